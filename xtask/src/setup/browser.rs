//! The browsers of the browser tests: what the user names, else Debian's package, else Playwright's
//! own download. What is missing is installed from Debian's packages where that can be done from here,
//! since they bring the libraries along that a download only asks for; else Playwright downloads it.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::playwright::program;
use super::{Found, Need, debian};
use crate::process::{command, is_on_path, read, run};
use crate::workspace::Workspace;

/// What draws and runs a page.
#[derive(Clone, Copy)]
struct Engine {
    name: &'static str,
    /// As Playwright calls it.
    playwrights: &'static str,
    /// Names another program to take.
    variable: Option<&'static str>,
    /// The program of Debian's package, and what else it cannot work without.
    debians: &'static str,
    beside: &'static [&'static str],
    packages: &'static [&'static str],
}

const CHROMIUM: Engine = Engine {
    name: "Chromium",
    playwrights: "chromium",
    variable: Some("WATCHROOM_CHROMIUM"),
    debians: "/usr/bin/chromium",
    beside: &[],
    packages: &["chromium"],
};

const FIREFOX: Engine = Engine {
    name: "Firefox",
    playwrights: "firefox",
    variable: Some("WATCHROOM_FIREFOX"),
    debians: "/usr/bin/firefox-esr",
    beside: &[],
    packages: &["firefox-esr"],
};

/// Debian has it without a browser around it: a window with a driver, which wants a screen.
const WEBKIT: Engine = Engine {
    name: "WebKit",
    playwrights: "webkit",
    variable: None,
    debians: "/usr/bin/WebKitWebDriver",
    beside: &["Xvfb"],
    packages: &["webkit2gtk-driver", "xvfb"],
};

const ENGINES: [Engine; 3] = [CHROMIUM, FIREFOX, WEBKIT];

/// Playwright asks its servers five times in all. Where nothing answers, because a firewall drops what
/// is sent, each of them ends after this time, in milliseconds.
const CONNECT_MS_MAX: &str = "10000";

pub(crate) struct Browser {
    engine: Engine,
    end2end: PathBuf,
}

impl Browser {
    pub(crate) fn all(workspace: &Workspace) -> Vec<Self> {
        let browser = |engine| Self {
            engine,
            end2end: workspace.end2end(),
        };
        ENGINES.map(browser).into()
    }

    /// The path of Chromium for the environment of whoever starts it.
    pub(crate) fn chromium(workspace: &Workspace) -> Result<PathBuf> {
        let chromium = Self {
            engine: CHROMIUM,
            end2end: workspace.end2end(),
        };
        let (path, _) = chromium
            .usable()
            .context("find Chromium: `cargo xtask setup --for test` installs it")?;
        Ok(path)
    }

    /// One that starts, with its version.
    fn usable(&self) -> Option<(PathBuf, String)> {
        // Whoever names a browser wants that one and no other.
        if let Some(named) = self.named() {
            return version(named);
        }
        self.debians().or_else(|| self.playwrights())
    }

    fn named(&self) -> Option<PathBuf> {
        env::var_os(self.engine.variable?).map(PathBuf::from)
    }

    fn debians(&self) -> Option<(PathBuf, String)> {
        if !self.engine.beside.iter().all(|program| is_on_path(program)) {
            return None;
        }
        let program = PathBuf::from(self.engine.debians);
        // The driver of WebKit does not tell its version; its package does.
        version(program.clone()).or_else(|| {
            let arguments = ["--show", "--showformat=${Version}", self.engine.packages[0]];
            let said = read(command("dpkg-query", Path::new("/")).args(arguments)).ok()?;
            program.is_file().then_some((program, said))
        })
    }

    /// Playwright's own download, which is laid out differently for each: Playwright starts it.
    fn playwrights(&self) -> Option<(PathBuf, String)> {
        let script = format!(
            "const browser = require('@playwright/test').{};
             browser.launch().then((launched) => {{
               console.log(launched.version(), browser.executablePath());
               return launched.close();
             }});",
            self.engine.playwrights
        );
        let said = read(command("node", &self.end2end).args(["--eval", &script])).ok()?;
        let (version, path) = said.trim().split_once(' ')?;
        Some((path.into(), version.to_owned()))
    }
}

impl Need for Browser {
    fn name(&self) -> String {
        self.engine.name.to_owned()
    }

    fn find(&self) -> Option<Found> {
        self.usable().map(|(path, version)| Found {
            version,
            place: path.display().to_string(),
        })
    }

    fn usual_time(&self) -> &'static str {
        "a minute or two, together with the other browsers"
    }

    /// Installs the other missing ones along with it, so that the package manager is asked once.
    fn install(&self) -> Result<()> {
        let missing = || {
            let browser = |engine| Self {
                engine,
                end2end: self.end2end.clone(),
            };
            let browsers = ENGINES.map(browser).into_iter();
            browsers
                .filter(|browser| browser.usable().is_none())
                .collect::<Vec<_>>()
        };
        for browser in missing() {
            if let (Some(named), Some(variable)) = (browser.named(), browser.engine.variable) {
                bail!(
                    "{variable} names `{}`, which does not start; name a {} that does, or unset it",
                    named.display(),
                    browser.engine.name
                );
            }
        }
        if debian::can_install() {
            match debian::install(&packages(&missing())) {
                Ok(()) => {}
                Err(error) => eprintln!("{error:#}; trying Playwright's own browsers"),
            }
        }
        let missing_still = missing();
        if missing_still.is_empty() {
            return Ok(());
        }
        let names = missing_still
            .iter()
            .map(|browser| browser.engine.playwrights);
        let downloaded = run(program("playwright", &self.end2end)
            .arg("install")
            .args(names)
            .env("PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT", CONNECT_MS_MAX));
        let missing = missing();
        if missing.is_empty() {
            return Ok(());
        }
        if downloaded.is_err() {
            eprintln!("Playwright's own browsers cannot be had here; trying the system's packages");
        }
        debian::install(&packages(&missing))
    }
}

fn packages(browsers: &[Browser]) -> Vec<&'static str> {
    browsers
        .iter()
        .flat_map(|browser| browser.engine.packages)
        .copied()
        .collect()
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
