//! The browser of the browser tests: what `WATCHROOM_CHROMIUM` names, else Debian's package, else
//! Playwright's own download, else Debian's package installed now.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::playwright::program;
use super::{Found, Need, debian};
use crate::process::{command, read, run};
use crate::workspace::Workspace;

const VARIABLE: &str = "WATCHROOM_CHROMIUM";
const DEBIANS: &str = "/usr/bin/chromium";

pub(crate) struct Chromium {
    end2end: PathBuf,
}

impl Chromium {
    pub(crate) fn of(workspace: &Workspace) -> Self {
        Self {
            end2end: workspace.end2end(),
        }
    }

    /// A Chromium that starts, with its version.
    fn usable(&self) -> Option<(PathBuf, String)> {
        // Whoever names a browser wants that one and no other.
        if let Some(named) = env::var_os(VARIABLE) {
            return version(named.into());
        }
        version(PathBuf::from(DEBIANS)).or_else(|| version(self.playwrights()?))
    }

    /// Where Playwright's own download lies or would lie.
    fn playwrights(&self) -> Option<PathBuf> {
        let script = "console.log(require('@playwright/test').chromium.executablePath())";
        let said = read(command("node", &self.end2end).args(["--eval", script])).ok()?;
        Some(PathBuf::from(said.trim()))
    }

    /// The path for the tests' environment.
    pub(crate) fn path(&self) -> Result<PathBuf> {
        let (path, _) = self
            .usable()
            .context("find a browser: `cargo xtask setup --for test` installs one")?;
        Ok(path)
    }
}

impl Need for Chromium {
    fn name(&self) -> String {
        "Chromium".to_owned()
    }

    fn find(&self) -> Option<Found> {
        self.usable().map(|(path, version)| Found {
            version,
            place: path.display().to_string(),
        })
    }

    fn usual_time(&self) -> &'static str {
        "a minute or two"
    }

    fn install(&self) -> Result<()> {
        if let Some(named) = env::var_os(VARIABLE) {
            bail!(
                "{VARIABLE} names `{}`, which does not start; name a Chromium that does, or unset it",
                named.display()
            );
        }
        let download = run(program("playwright", &self.end2end).args(["install", "chromium"]));
        if download.is_ok() && self.usable().is_some() {
            return Ok(());
        }
        eprintln!("Playwright's own Chromium cannot be had here; trying Debian's package");
        debian::install(
            "chromium",
            &format!("install Chromium from your system's packages and name it in {VARIABLE}"),
        )
    }
}

/// Starting it is the only test that tells of missing libraries.
fn version(program: PathBuf) -> Option<(PathBuf, String)> {
    let said = read(command(&program, Path::new("/")).arg("--version")).ok()?;
    let version = said
        .split_whitespace()
        .find(|word| word.starts_with(|first: char| first.is_ascii_digit()))?
        .to_owned();
    Some((program, version))
}
