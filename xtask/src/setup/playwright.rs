//! The npm packages of the browser tests and of the page's benchmarks, exactly as the
//! `package-lock.json` beside each has them.

use super::{Found, Need};
use crate::process::{command, run};
use crate::workspace::Workspace;
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};

pub(crate) struct Packages {
    used_by: &'static str,
    folder: PathBuf,
}

impl Packages {
    pub(crate) fn of(workspace: &Workspace) -> Self {
        Self {
            used_by: "the browser tests",
            folder: workspace.end2end(),
        }
    }

    /// Much larger than those of the tests, which do without.
    pub(crate) fn of_bench(workspace: &Workspace) -> Self {
        Self {
            used_by: "the page's benchmarks",
            folder: workspace.end2end().join("bench"),
        }
    }

    fn lock(&self) -> PathBuf {
        self.folder.join("package-lock.json")
    }

    /// A copy of the lock that was installed last; npm wipes it together with the packages.
    fn installed_lock(&self) -> PathBuf {
        self.folder.join("node_modules/.installed-lock.json")
    }
}

impl Need for Packages {
    fn name(&self) -> String {
        format!("packages of {}", self.used_by)
    }

    fn find(&self) -> Option<Found> {
        let installed = fs::read(self.installed_lock()).ok()?;
        (installed == fs::read(self.lock()).ok()?).then(|| Found {
            version: "as locked".to_owned(),
            place: self.folder.join("node_modules").display().to_string(),
        })
    }

    fn usual_time(&self) -> &'static str {
        "some seconds"
    }

    fn install(&self) -> Result<()> {
        run(command("npm", &self.folder).args([
            "ci",
            "--no-audit",
            "--no-fund",
            "--fetch-retries=5",
        ]))
        .context("fetch the npm packages: check the network and run this again")?;
        fs::copy(self.lock(), self.installed_lock())
            .context("note which packages are installed")?;
        Ok(())
    }
}

/// A program of the npm packages, run in `end2end`.
pub(crate) fn program(name: &str, end2end: &Path) -> std::process::Command {
    command(end2end.join("node_modules/.bin").join(name), end2end)
}
