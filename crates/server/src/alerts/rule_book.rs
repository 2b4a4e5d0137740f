use super::documents::StoredRule;
use super::zones::time_zone;
use alerts::{RULES_MAX, Rule, RuleFile, Silencer, parse_rules};
use protocol::OwnHost;
use protocol::alerting::RuleOrigin;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const DEFAULT_RULES: &str = include_str!("default_rules.toml");

/// So many files of rules are read, and so many bytes of each.
const FILES_MAX: usize = 100;
const FILE_BYTES_MAX: u64 = 1 << 20;

/// So many maintenance windows of all files are used.
const MAINTENANCE_MAX: usize = 500;

/// A rule, and where it comes from.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) rule: Rule,
    pub(super) origin: RuleOrigin,
    pub(super) file: Option<String>,
    pub(super) by: Option<String>,
}

/// Which rules there are by the configuration and its files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RuleSources {
    /// The directory of files of rules.
    pub(crate) directory: PathBuf,
    /// Whether the rules that come with the program are among them.
    pub(crate) has_defaults: bool,
}

/// All rules. Of the same name, one of a file comes before a stored one, and that before one of the program's.
#[derive(Debug, Clone, Default)]
pub(super) struct RuleBook {
    defaults: Vec<Entry>,
    /// By the name of the file.
    files: BTreeMap<String, Vec<Entry>>,
    /// The maintenance windows, by the name of the file.
    maintenance: BTreeMap<String, Vec<Arc<Silencer>>>,
    stored: BTreeMap<String, Entry>,
    errors: Vec<String>,
}

impl RuleBook {
    /// Reads the files again. One that is invalid keeps the rules that it had.
    pub(super) async fn reload(&mut self, sources: &RuleSources, own: &OwnHost) {
        self.errors.clear();
        self.defaults.clear();
        if sources.has_defaults {
            match parse_rules("the default rules", DEFAULT_RULES, own, &time_zone) {
                Ok(file) => self.defaults = entries(file.rules, RuleOrigin::Default, None),
                Err(error) => self.errors.push(error.to_string()),
            }
        }
        let found = match files(&sources.directory).await {
            Ok(found) => found,
            Err(error) => {
                let directory = sources.directory.display();
                self.errors
                    .push(format!("read the directory `{directory}`: {error}"));
                return self.report();
            }
        };
        let is_found = |name: &String| found.iter().any(|(file, _)| file == name);
        self.files.retain(|name, _| is_found(name));
        self.maintenance.retain(|name, _| is_found(name));
        for (name, path) in found {
            let file = match read(&path).await {
                Ok(text) => {
                    let file = parse_rules(&name, &text, own, &time_zone);
                    file.map_err(|error| error.to_string())
                }
                Err(error) => Err(format!("read {name}: {error}")),
            };
            match file {
                Ok(RuleFile { rules, maintenance }) => {
                    let entries = entries(rules, RuleOrigin::File, Some(&name));
                    self.files.insert(name.clone(), entries);
                    self.maintenance.insert(name, maintenance);
                }
                Err(error) => self.errors.push(error),
            }
        }
        self.find_twice();
        self.report();
    }

    fn find_twice(&mut self) {
        let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
        let mut errors = Vec::new();
        for (file, entries) in &self.files {
            for entry in entries {
                let name = entry.rule.name();
                if let Some(other) = seen.insert(name, file) {
                    errors.push(format!(
                        "{file}: the rule `{name}` is in {other}, too, which is not used"
                    ));
                }
            }
        }
        let count = self.merged().len();
        if count > RULES_MAX {
            errors.push(format!(
                "there are {count} rules, of which {RULES_MAX} are used"
            ));
        }
        let count = self.maintenance.values().flatten().count();
        if count > MAINTENANCE_MAX {
            errors.push(format!(
                "there are {count} maintenance windows, of which {MAINTENANCE_MAX} are used"
            ));
        }
        self.errors.extend(errors);
    }

    fn report(&self) {
        for error in &self.errors {
            tracing::error!(error, "Rules were not loaded; those from before stay.");
        }
    }

    /// The maintenance windows of files.
    pub(super) fn maintenance(&self) -> impl Iterator<Item = &Silencer> {
        let all = self.maintenance.values().flatten();
        all.take(MAINTENANCE_MAX).map(Arc::as_ref)
    }

    /// Why files were not loaded.
    pub(super) fn errors(&self) -> &[String] {
        &self.errors
    }

    /// Replaces the stored rules.
    pub(super) fn set_stored(&mut self, stored: Vec<(String, StoredRule)>, own: &OwnHost) {
        for (name, StoredRule { rule, by }) in stored {
            match Rule::new(rule, own) {
                Ok(rule) => self.put_stored(rule, by),
                Err(error) => {
                    tracing::error!(%error, rule = name, "A stored rule is not accepted any more.");
                }
            }
        }
    }

    pub(super) fn put_stored(&mut self, rule: Rule, by: String) {
        let entry = Entry {
            origin: RuleOrigin::Stored,
            file: None,
            by: Some(by),
            rule,
        };
        self.stored.insert(entry.rule.name().to_owned(), entry);
    }

    pub(super) fn remove_stored(&mut self, name: &str) {
        self.stored.remove(name);
    }

    pub(super) fn has_stored(&self, name: &str) -> bool {
        self.stored.contains_key(name)
    }

    pub(super) fn stored_count(&self) -> usize {
        self.stored.len()
    }

    /// The rule of a name that counts.
    pub(super) fn get(&self, name: &str) -> Option<Entry> {
        self.merged().remove(name)
    }

    /// Every rule that counts, by name.
    pub(super) fn merged(&self) -> BTreeMap<String, Entry> {
        let files = self.files.values().flatten();
        let all = self
            .defaults
            .iter()
            .chain(self.stored.values())
            .chain(files);
        let all = all.map(|entry| (entry.rule.name().to_owned(), entry.clone()));
        all.collect()
    }

    /// The rules to be evaluated.
    pub(super) fn evaluated(&self) -> impl Iterator<Item = Rule> {
        let enabled = self.merged().into_values();
        let enabled = enabled.filter(|entry| entry.rule.definition().enabled);
        enabled.take(RULES_MAX).map(|entry| entry.rule)
    }
}

fn entries(rules: Vec<Rule>, origin: RuleOrigin, file: Option<&str>) -> Vec<Entry> {
    let entries = rules.into_iter().map(|rule| Entry {
        rule,
        origin,
        file: file.map(str::to_owned),
        by: None,
    });
    entries.collect()
}

/// The files `*.toml` of the directory, by name; none if there is no directory.
async fn files(directory: &Path) -> io::Result<Vec<(String, PathBuf)>> {
    let mut found = Vec::new();
    let mut listing = match tokio::fs::read_dir(directory).await {
        Ok(listing) => listing,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(found),
        Err(error) => return Err(error),
    };
    while let Some(file) = listing.next_entry().await? {
        let path = file.path();
        let name = file.file_name().to_string_lossy().into_owned();
        let is_rules = path.extension().is_some_and(|it| it == "toml") && !name.starts_with('.');
        if is_rules {
            found.push((name, path));
        }
        if found.len() > FILES_MAX {
            let error = format!("it has more than {FILES_MAX} files of rules");
            return Err(io::Error::other(error));
        }
    }
    found.sort();
    Ok(found)
}

async fn read(path: &Path) -> io::Result<String> {
    let metadata = tokio::fs::metadata(path).await?;
    if !metadata.is_file() {
        return Err(io::Error::other("it is not a file"));
    }
    if metadata.len() > FILE_BYTES_MAX {
        return Err(io::Error::other("it has more than 1 MiB"));
    }
    tokio::fs::read_to_string(path).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources(directory: &Path) -> RuleSources {
        RuleSources {
            directory: directory.to_owned(),
            has_defaults: true,
        }
    }

    fn rule(name: &str, above: f64) -> String {
        format!("[[rule]]\nname = \"{name}\"\nseries = \"load\"\nabove = {above}\n")
    }

    #[tokio::test]
    async fn an_invalid_file_keeps_its_rules() {
        let own = OwnHost::new("web-1");
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("web.toml");
        let mut book = RuleBook::default();
        std::fs::write(&file, rule("Load", 1.0)).unwrap();
        book.reload(&sources(directory.path()), &own).await;
        assert!(book.errors().is_empty());
        std::fs::write(&file, "[[rule]]\nname = 1\n").unwrap();
        book.reload(&sources(directory.path()), &own).await;
        assert!(
            book.errors()[0].starts_with("web.toml, line 2: "),
            "{:?}",
            book.errors()
        );
        assert_eq!(book.get("Load").unwrap().rule.definition().above, Some(1.0));
        std::fs::remove_file(&file).unwrap();
        book.reload(&sources(directory.path()), &own).await;
        assert!(book.errors().is_empty() && book.get("Load").is_none());
    }

    #[tokio::test]
    async fn a_file_comes_before_a_stored_rule_and_that_before_a_default() {
        let own = OwnHost::new("web-1");
        let directory = tempfile::tempdir().unwrap();
        let mut book = RuleBook::default();
        book.reload(&sources(&directory.path().join("missing")), &own)
            .await;
        assert!(book.errors().is_empty());
        let name = "CPU is busy";
        assert_eq!(book.get(name).unwrap().origin, RuleOrigin::Default);
        let stored = parse_rules("", &rule(name, 2.0), &own, &time_zone).unwrap();
        let stored = stored.rules[0].clone();
        book.put_stored(stored, "anna".into());
        assert_eq!(book.get(name).unwrap().origin, RuleOrigin::Stored);
        std::fs::write(directory.path().join("a.toml"), rule(name, 3.0)).unwrap();
        book.reload(&sources(directory.path()), &own).await;
        assert_eq!(book.get(name).unwrap().origin, RuleOrigin::File);
        book.remove_stored(name);
        assert_eq!(book.evaluated().count(), 7);
    }
}
