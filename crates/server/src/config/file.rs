//! The configuration file.

use super::source::{Assignment, Source};
use super::value::RawValue;
use super::{ConfigError, Setting, settings};
use std::path::Path;

/// What the file sets. A deprecated key comes before the one that replaced it, which is therefore stronger.
pub(super) fn read(path: &Path) -> Result<Vec<Assignment>, ConfigError> {
    let text = std::fs::read_to_string(path).map_err(|source| ConfigError::UnreadableFile {
        path: path.to_owned(),
        source,
    })?;
    parse(path, &text)
}

fn parse(path: &Path, text: &str) -> Result<Vec<Assignment>, ConfigError> {
    let table: toml::Table = toml::from_str(text).map_err(|error| ConfigError::NotToml {
        path: path.to_owned(),
        problem: error.to_string().trim_end().to_owned(),
    })?;
    let mut leaves = Vec::new();
    collect_leaves("", table, &mut leaves);
    let assigned = leaves.into_iter().map(|(key, value)| {
        let (setting, is_deprecated) = find(&key).ok_or_else(|| ConfigError::UnknownKey {
            path: path.to_owned(),
            known: neighbours(&key),
            key,
        })?;
        Ok(Assignment {
            setting,
            source: Source::File(path.to_owned()),
            is_deprecated,
            raw: RawValue::Toml(value),
        })
    });
    let mut assigned = assigned.collect::<Result<Vec<_>, ConfigError>>()?;
    assigned.sort_by_key(|assignment| !assignment.is_deprecated);
    Ok(assigned)
}

/// The setting of a key, and whether the key is deprecated.
fn find(key: &str) -> Option<(&'static Setting, bool)> {
    let renamed = || settings::all().find(|setting| setting.deprecated_key == Some(key));
    let setting = settings::named(key).map(|setting| (setting, false));
    setting.or_else(|| Some((renamed()?, true)))
}

/// The keys with their values, groups joined by dots. A table where a setting stands is its value.
fn collect_leaves(group: &str, table: toml::Table, leaves: &mut Vec<(String, toml::Value)>) {
    for (name, value) in table {
        let key = match group {
            "" => name,
            group => format!("{group}.{name}"),
        };
        match value {
            toml::Value::Table(table) if settings::named(&key).is_none() => {
                collect_leaves(&key, table, leaves);
            }
            value => leaves.push((key, value)),
        }
    }
}

/// The settings of the innermost group around a key that has any.
fn neighbours(key: &str) -> String {
    let mut group = key;
    let keys: Vec<_> = loop {
        group = group.rsplit_once('.').map_or("", |(outer, _)| outer);
        let in_group = |known: &&str| match group {
            "" => !known.contains('.'),
            group => known
                .strip_prefix(group)
                .is_some_and(|rest| rest.starts_with('.')),
        };
        let keys: Vec<_> = settings::all()
            .map(|setting| setting.key)
            .filter(in_group)
            .collect();
        if !keys.is_empty() {
            break keys;
        }
    };
    format!("`{}`", keys.join("`, `"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_unknown(text: &str, expected: &str) {
        let error = parse(Path::new("w.toml"), text).expect_err("an unknown key");
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn an_unknown_key_is_answered_with_those_beside_it() {
        check_unknown(
            "[ring]\nframe = 1\n",
            "configuration file `w.toml`: there is no setting `ring.frame`; there are `ring.frames`, \
             `ring.bytes`, `ring.bulk_bytes`",
        );
        let known: Vec<_> = protocol::Stream::ALL
            .iter()
            .flat_map(|stream| {
                ["days", "mib"].map(|it| format!("`retention.streams.{stream}.{it}`"))
            })
            .collect();
        check_unknown(
            "retention.streams.metric.days = 1\n",
            &format!(
                "configuration file `w.toml`: there is no setting `retention.streams.metric.days`; there are {}",
                known.join(", ")
            ),
        );
    }

    #[test]
    fn a_deprecated_key_is_weaker_than_its_replacement() {
        let text = "[retention.tiers]\nsecond.days = 5\n[keep]\nsamples_days = 4\n";
        let assigned = parse(Path::new("w.toml"), text).expect("both names are known");
        let names: Vec<_> = assigned.iter().map(Assignment::name).collect();
        assert_eq!(names, ["keep.samples_days", "retention.tiers.second.days"]);
    }
}
