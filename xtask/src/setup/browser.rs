//! The browsers of the browser tests: the user's choice, else Debian's package, else Playwright's own
//! download. Missing browsers are installed from Debian's packages where possible, since these include
//! the libraries that a download requires; else Playwright downloads them.

use super::playwright::program;
use super::{Found, Need, debian};
use crate::process::{command, is_on_path, read, run};
use crate::workspace::Workspace;
use anyhow::{Context, Result, bail};
use std::env;
use std::path::{Path, PathBuf};

/// A browser engine.
#[derive(Clone, Copy)]
struct Engine {
    name: &'static str,
    /// Its name in Playwright.
    playwrights: &'static str,
    /// The environment variable that selects another program.
    variable: Option<&'static str>,
    /// The program of Debian's package, and other programs it needs.
    debians: &'static str,
    required: &'static [&'static str],
    packages: &'static [&'static str],
}

const CHROMIUM: Engine = Engine {
    name: "Chromium",
    playwrights: "chromium",
    variable: Some("WATCHROOM_CHROMIUM"),
    debians: "/usr/bin/chromium",
    required: &[],
    packages: &["chromium"],
};

const FIREFOX: Engine = Engine {
    name: "Firefox",
    playwrights: "firefox",
    variable: Some("WATCHROOM_FIREFOX"),
    debians: "/usr/bin/firefox-esr",
    required: &[],
    packages: &["firefox-esr"],
};

/// Debian packages only a driver with a window, which needs a display.
const WEBKIT: Engine = Engine {
    name: "WebKit",
    playwrights: "webkit",
    variable: None,
    debians: "/usr/bin/WebKitWebDriver",
    required: &["Xvfb"],
    packages: &["webkit2gtk-driver", "xvfb"],
};

const ENGINES: [Engine; 3] = [CHROMIUM, FIREFOX, WEBKIT];

/// The timeout of each of Playwright's five attempts to download, in milliseconds, for networks whose
/// firewall drops packets.
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

    /// The path of Chromium, for an environment variable.
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

    /// A program that starts, with its version.
    fn usable(&self) -> Option<(PathBuf, String)> {
        // The user's choice has no fallback.
        if let Some(named) = self.named() {
            return version(named);
        }
        self.debians().or_else(|| self.playwrights())
    }

    fn named(&self) -> Option<PathBuf> {
        env::var_os(self.engine.variable?).map(PathBuf::from)
    }

    fn debians(&self) -> Option<(PathBuf, String)> {
        if !self
            .engine
            .required
            .iter()
            .all(|program| is_on_path(program))
        {
            return None;
        }
        let program = PathBuf::from(self.engine.debians);
        // WebKit's driver has no `--version`; its package has one.
        version(program.clone()).or_else(|| {
            let arguments = ["--show", "--showformat=${Version}", self.engine.packages[0]];
            let output = read(command("dpkg-query", Path::new("/")).args(arguments)).ok()?;
            program.is_file().then_some((program, output))
        })
    }

    /// Playwright's own download. Playwright starts it, since each browser's paths differ.
    fn playwrights(&self) -> Option<(PathBuf, String)> {
        let script = format!(
            "const browser = require('@playwright/test').{};
             browser.launch().then((launched) => {{
               console.log(launched.version(), browser.executablePath());
               return launched.close();
             }});",
            self.engine.playwrights
        );
        let output = read(command("node", &self.end2end).args(["--eval", &script])).ok()?;
        let (version, path) = output.trim().split_once(' ')?;
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

    /// Installs all missing browsers, so that the package manager runs once.
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
        let still_missing = missing();
        if still_missing.is_empty() {
            return Ok(());
        }
        let names = still_missing
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
            eprintln!("Playwright cannot download its browsers; trying the system's packages");
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

/// Starts the program, since only that detects missing libraries.
fn version(program: PathBuf) -> Option<(PathBuf, String)> {
    let output = read(command(&program, Path::new("/")).arg("--version")).ok()?;
    let version = output
        .split_whitespace()
        .find(|word| word.starts_with(|first: char| first.is_ascii_digit()))?
        .to_owned();
    Some((program, version))
}
