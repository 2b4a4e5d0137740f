//! The crates of others that are in the release, in the server or in its page.

use crate::process::{command, read};
use anyhow::{Context, Result};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// One crate.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Component {
    pub(crate) name: String,
    pub(crate) version: String,
    /// An SPDX expression.
    pub(crate) licence: String,
    pub(crate) repository: String,
    /// Of the package that crates.io has, in hexadecimal.
    pub(crate) sha256: Option<String>,
}

/// The separator of columns: no licence or address has a tab.
const FORMAT: &str = "{p}\t{l}\t{r}";

/// All of them, by name and version.
pub(crate) fn of(root: &Path, target: &str) -> Result<BTreeSet<Component>> {
    let lock = fs::read_to_string(root.join("Cargo.lock")).context("read Cargo.lock")?;
    let checksums = checksums(&lock);
    let server = ["--package", "server", "--target", target];
    let page = [
        "--package",
        "client",
        "--no-default-features",
        "--features",
        "hydrate",
        "--target",
        "wasm32-unknown-unknown",
    ];
    let mut components = BTreeSet::new();
    for package in [&server[..], &page[..]] {
        let mut cargo = command("cargo", root);
        cargo.args(["tree", "--locked", "--edges", "normal", "--prefix", "none"]);
        cargo.args(["--no-dedupe", "--format", FORMAT]);
        let tree = read(cargo.args(package))?;
        components.extend(tree.lines().filter_map(|line| component(line, &checksums)));
    }
    Ok(components)
}

/// As in `serde v1.0.228`, and `(/path)` behind it for a crate of this workspace, which is none of others.
fn component(line: &str, checksums: &BTreeMap<(&str, &str), &str>) -> Option<Component> {
    let mut columns = line.split('\t');
    let mut package = columns.next()?.split(' ');
    let (name, version) = (package.next()?, package.next()?.strip_prefix('v')?);
    if package.any(|word| word.starts_with("(/")) {
        return None;
    }
    let mut text = || columns.next().unwrap_or_default().trim().to_owned();
    Some(Component {
        name: name.to_owned(),
        version: version.to_owned(),
        // Some write `MIT/Apache-2.0`, which is no expression any more.
        licence: text().replace('/', " OR "),
        repository: text(),
        sha256: checksums.get(&(name, version)).map(|it| (*it).to_owned()),
    })
}

/// The checksums of a lock file, by name and version. Cargo writes it itself, a key a line.
fn checksums(lock: &str) -> BTreeMap<(&str, &str), &str> {
    let packages = lock.split("[[package]]").skip(1);
    packages.filter_map(fields).collect()
}

fn fields(package: &str) -> Option<((&str, &str), &str)> {
    let value = |key: &str| {
        let mut lines = package.lines();
        lines.find_map(|line| line.strip_prefix(key)?.strip_suffix('"'))
    };
    let id = (value("name = \"")?, value("version = \"")?);
    Some((id, value("checksum = \"")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = "version = 4\n\n[[package]]\nname = \"serde\"\nversion = \"1.0.228\"\n\
        source = \"registry\"\nchecksum = \"9a8e\"\n\n[[package]]\nname = \"server\"\nversion = \"0.1.0\"\n";

    #[test]
    fn a_crate_of_others_has_its_checksum() {
        let checksums = checksums(LOCK);
        let line = "serde v1.0.228\tMIT/Apache-2.0\thttps://github.com/serde-rs/serde";
        let expected = Component {
            name: "serde".to_owned(),
            version: "1.0.228".to_owned(),
            licence: "MIT OR Apache-2.0".to_owned(),
            repository: "https://github.com/serde-rs/serde".to_owned(),
            sha256: Some("9a8e".to_owned()),
        };
        assert_eq!(component(line, &checksums), Some(expected));
        let macros = component("serde_derive v1.0.228 (proc-macro)\tMIT\t", &checksums);
        assert_eq!(macros.and_then(|it| it.sha256), None);
    }

    #[test]
    fn own_crates_are_none_of_others() {
        let line = "server v0.1.0 (/src/crates/server)\tMIT OR Apache-2.0\t";
        assert_eq!(component(line, &BTreeMap::new()), None);
        assert_eq!(component("", &BTreeMap::new()), None);
    }
}
