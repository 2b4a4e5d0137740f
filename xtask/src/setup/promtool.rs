//! Prometheus's own check of what `/metrics` answers. The test of it runs without, too, with rules of its own.

use super::{Found, Need, debian, on_path};
use crate::process::{command, read};
use anyhow::Result;
use std::env;
use std::path::Path;

pub(crate) struct Promtool;

impl Need for Promtool {
    fn name(&self) -> String {
        "promtool".to_owned()
    }

    fn find(&self) -> Option<Found> {
        let path = env::var_os("PATH").unwrap_or_default();
        let program = on_path::first("promtool", &path)?;
        let output = read(command(&program, Path::new("/")).arg("--version")).ok()?;
        Some(Found {
            version: version(&output)?.to_owned(),
            place: program.display().to_string(),
        })
    }

    fn usual_time(&self) -> &'static str {
        "a minute"
    }

    /// Debian has it in one package with the server, which then listens on port 9090.
    fn install(&self) -> Result<()> {
        debian::install(&["prometheus"])
    }
}

/// As in `promtool, version 2.42.0+ds (branch: debian/sid, revision: 2.42.0+ds-5+b5)`.
fn version(output: &str) -> Option<&str> {
    output.split_whitespace().nth(2)
}

#[cfg(test)]
mod tests {
    use super::version;

    #[test]
    fn the_version_is_the_third_word() {
        let output = "promtool, version 2.42.0+ds (branch: debian/sid, revision: 2.42.0+ds-5)\n";
        assert_eq!(version(output), Some("2.42.0+ds"));
        assert_eq!(version(""), None);
    }
}
