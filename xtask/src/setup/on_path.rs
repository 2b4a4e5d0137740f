//! Programs that the user has on PATH already.

use crate::process::{command, read};
use std::env;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// The program that a shell would start by this name, if it reports this version. A program of another
/// version hides later ones, since a call by name starts the first.
pub(super) fn find(program: &str, version: &str, path: &OsStr) -> Option<PathBuf> {
    let found = first(program, path)?;
    // By another program's name, xtask itself acts as its wrapper.
    let own = env::current_exe().and_then(fs::canonicalize).ok();
    if own.is_some() && fs::canonicalize(&found).ok() == own {
        return None;
    }
    let output = read(command(&found, Path::new("/")).arg("--version")).ok()?;
    has_version(&output, version).then_some(found)
}

pub(super) fn first(program: &str, path: &OsStr) -> Option<PathBuf> {
    let mut candidates = env::split_paths(path).map(|folder| folder.join(program));
    candidates.find(|candidate| is_executable(candidate))
}

fn is_executable(path: &Path) -> bool {
    fs::metadata(path)
        .is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

/// As in `wasm-bindgen 0.2.130`, `wasm-opt version 132 (version_132)` and `1.4.4`.
fn has_version(output: &str, version: &str) -> bool {
    output.split_whitespace().any(|word| word == version)
}

#[cfg(test)]
mod tests {
    use super::has_version;

    #[test]
    fn only_the_very_version_counts() {
        assert!(has_version("wasm-bindgen 0.2.130\n", "0.2.130"));
        assert!(has_version("wasm-bindgen 0.2.130 (0a1b2c3d4)\n", "0.2.130"));
        assert!(has_version("wasm-opt version 132 (version_132)\n", "132"));
        assert!(has_version("1.4.4\n", "1.4.4"));
        assert!(!has_version("wasm-bindgen 0.2.13\n", "0.2.130"));
        assert!(!has_version("cargo-leptos 0.3.100\n", "0.3.10"));
        assert!(!has_version("", "0.3.10"));
    }
}
