//! Detects whether the release on disk is up to date.
//!
//! `cargo leptos build` deletes and rebuilds the site even if nothing changed. The stamp lets a second
//! `cargo xtask run` start at once.

use crate::files::files_under;
use anyhow::{Context, Result};
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// What the release is made of, files and folders, relative to the workspace.
const INPUTS: &[&str] = &[
    ".cargo/config.toml",
    "Cargo.lock",
    "Cargo.toml",
    "crates",
    "public",
    "rust-toolchain.toml",
    "style",
];

/// A digest of the inputs by content, so that a touched or checked-out file counts only if it
/// differs, and of `tools`, the keys of the tools that make the release of them.
pub(crate) fn of_inputs(root: &Path, tools: &[String]) -> Result<u64> {
    let mut hasher = DefaultHasher::new();
    tools.hash(&mut hasher);
    for input in INPUTS {
        for file in files_under(&root.join(input))? {
            file.strip_prefix(root).unwrap_or(&file).hash(&mut hasher);
            let content = fs::read(&file).with_context(|| format!("read `{}`", file.display()))?;
            content.hash(&mut hasher);
        }
    }
    Ok(hasher.finish())
}

/// A digest of the outputs by size and time, which a build by hand changes.
pub(crate) fn of_outputs(outputs: &[PathBuf]) -> Result<u64> {
    let mut hasher = DefaultHasher::new();
    for output in outputs {
        for file in files_under(output)? {
            let metadata =
                fs::metadata(&file).with_context(|| format!("read `{}`", file.display()))?;
            let modified = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
            (file, metadata.len(), modified).hash(&mut hasher);
        }
    }
    Ok(hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::{of_inputs, of_outputs};
    use std::fs;
    use std::path::PathBuf;

    /// A folder of this test alone, empty at the start.
    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("xtask-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join("crates/server")).expect("a temporary folder can be made");
        folder
    }

    #[test]
    fn only_a_change_of_content_or_tools_changes_the_inputs() {
        let root = folder("inputs");
        let source = root.join("crates/server/main.rs");
        let tools = |version: &str| vec![format!("cargo-leptos-{version}")];
        let digest = |version| of_inputs(&root, &tools(version)).expect("the folder is readable");

        fs::write(&source, "fn main() {}").expect("write a source");
        let first = digest("1");
        fs::write(&source, "fn main() {}").expect("write it again");
        assert_eq!(digest("1"), first, "the same content at another time");
        assert_ne!(digest("2"), first, "another tool");
        fs::rename(&source, root.join("crates/server/lib.rs")).expect("rename the source");
        assert_ne!(digest("1"), first, "another name");
        fs::remove_dir_all(root).expect("remove the folder");
    }

    #[test]
    fn a_missing_or_grown_output_changes_the_outputs() {
        let root = folder("outputs");
        let binary = root.join("watchroom");
        let digest = || of_outputs(std::slice::from_ref(&binary)).expect("the folder is readable");

        let missing = digest();
        fs::write(&binary, "1").expect("write a binary");
        let small = digest();
        fs::write(&binary, "22").expect("write a larger one");
        assert_ne!(missing, small);
        assert_ne!(small, digest());
        fs::remove_dir_all(root).expect("remove the folder");
    }
}
