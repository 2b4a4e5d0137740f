//! The parts of the test run, in the order in which they run: quick ones first.

use crate::playwright::{build_pages, playwright};
use crate::process::{command, run};
use crate::setup::cache::Cache;
use crate::setup::playwright::program;
use crate::setup::{ensure_met, for_test};
use crate::workspace::Workspace;
use crate::{first_load, release, wasm};
use anyhow::{Result, bail};
use std::process::Command;

/// The workspace and the cache that every part uses.
pub(super) struct Place {
    pub(super) workspace: Workspace,
    pub(super) cache: Cache,
}

impl Place {
    fn cargo(&self, arguments: &[&str]) -> Command {
        let mut cargo = command("cargo", &self.workspace.root);
        cargo.args(arguments);
        cargo
    }
}

pub(super) struct Part {
    pub(super) name: &'static str,
    pub(super) what: &'static str,
    /// Parts that must have passed, and that are selected along with this one.
    pub(super) needs: &'static [&'static str],
    pub(super) run: fn(&Place) -> Result<()>,
}

/// Clippy, tests and docs all use the whole workspace with the same features, so that Cargo builds the
/// dependencies only twice: once for checking, once for running.
pub(super) const PARTS: &[Part] = &[
    Part {
        name: "setup",
        what: "tools, npm packages and browsers",
        needs: &[],
        run: |place| ensure_met(&for_test(&place.workspace, &place.cache)?, &place.cache),
    },
    Part {
        name: "fmt",
        what: "formatting",
        needs: &[],
        run: |place| run(&mut place.cargo(&["fmt", "--all", "--check"])),
    },
    Part {
        name: "clippy",
        what: "lints on the server's side",
        needs: &[],
        run: |place| {
            run(place
                .cargo(&["clippy", "--workspace", "--all-targets"])
                .args(["--features", "client/ssr", "--", "--deny", "warnings"]))
        },
    },
    Part {
        name: "clippy-wasm",
        what: "lints on the browser's side",
        needs: &["setup"],
        run: |place| {
            run(place
                .cargo(&["clippy", "--package", "client", "--no-default-features"])
                .args([
                    "--features",
                    "hydrate",
                    "--target",
                    "wasm32-unknown-unknown",
                ])
                .args(["--", "--deny", "warnings"]))
        },
    },
    Part {
        name: "doc",
        what: "documentation without warnings",
        needs: &[],
        run: |place| {
            run(place
                .cargo(&["doc", "--workspace", "--no-deps"])
                .args(["--features", "client/ssr"])
                .env("RUSTDOCFLAGS", "--deny warnings"))
        },
    },
    Part {
        name: "unit",
        what: "unit and integration tests",
        needs: &[],
        run: |place| {
            run(place
                .cargo(&["test", "--workspace", "--no-fail-fast"])
                .args(["--features", "client/ssr"]))
        },
    },
    Part {
        name: "interleavings",
        what: "the journal under many schedules",
        needs: &[],
        run: |place| {
            run(place
                .cargo(&["test", "--package", "journal", "--test", "interleavings"])
                .args(["--features", "shuttle"]))
        },
    },
    Part {
        name: "build",
        what: "the release and the size of the first load",
        needs: &["setup"],
        run: |place| {
            release::build(&place.workspace, &place.cache)?;
            first_load::check(&place.workspace)
        },
    },
    Part {
        name: "json",
        what: "the page's reader of JSON, in WebAssembly",
        needs: &["setup"],
        run: |place| {
            let built = wasm::build(&place.workspace, &place.cache, "json-check", "nodejs")?;
            run(command("node", &place.workspace.root)
                .args(["--test", "crates/client/tests/json.test.mjs"])
                .env("WATCHROOM_JSON_CHECK", built.join("client.js")))
        },
    },
    Part {
        name: "tsc",
        what: "types of the browser tests",
        needs: &["setup"],
        run: |place| run(program("tsc", &place.workspace.end2end()).arg("--noEmit")),
    },
    Part {
        name: "page",
        what: "pages with fixed values for the browser tests",
        needs: &[],
        run: |place| build_pages(&place.workspace),
    },
    Part {
        name: "chromium",
        what: "the release in Chromium, on a desktop and a phone",
        needs: &["setup", "build", "page"],
        run: |place| browse(place, &["chromium", "chromium-phone"]),
    },
    Part {
        name: "firefox",
        what: "the release in Firefox, on a desktop and a phone",
        needs: &["setup", "build", "page"],
        run: |place| browse(place, &["firefox", "firefox-phone"]),
    },
    Part {
        name: "webkit",
        what: "the release in WebKit: a smoke test",
        needs: &["setup", "build", "page"],
        run: |place| browse(place, &["webkit"]),
    },
];

/// Runs projects of Playwright's configuration.
fn browse(place: &Place, projects: &[&str]) -> Result<()> {
    let project = |name| format!("--project={name}");
    run(playwright(&place.workspace)?.args(projects.iter().map(project)))
}

/// All parts, or those named in a comma-separated list with what they need, in the usual order.
pub(super) fn select(only: Option<&str>) -> Result<Vec<&'static Part>> {
    let Some(only) = only else {
        return Ok(PARTS.iter().collect());
    };
    let mut wanted = Vec::new();
    for name in only.split(',').map(str::trim) {
        let Some(part) = PARTS.iter().find(|part| part.name == name) else {
            let names: Vec<_> = PARTS.iter().map(|part| part.name).collect();
            bail!("there is no part `{name}`; there are: {}", names.join(", "));
        };
        wanted.push(part.name);
        wanted.extend(part.needs);
    }
    Ok(PARTS
        .iter()
        .filter(|part| wanted.contains(&part.name))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::{PARTS, select};

    fn check(only: Option<&str>, expected: &[&str]) {
        let selected = select(only).expect("the parts exist");
        let names: Vec<_> = selected.iter().map(|part| part.name).collect();
        assert_eq!(names, expected);
    }

    #[test]
    fn selected_parts_are_ordered_and_include_their_needs() {
        check(Some("unit,fmt"), &["fmt", "unit"]);
        check(Some("webkit"), &["setup", "build", "page", "webkit"]);
        check(Some("fmt, fmt"), &["fmt"]);
        assert_eq!(select(None).expect("all parts").len(), PARTS.len());
    }

    #[test]
    fn an_unknown_part_is_an_error_with_all_parts() {
        let Err(error) = select(Some("fmt,lint")) else {
            panic!("there is no part `lint`");
        };
        assert!(
            error
                .to_string()
                .starts_with("there is no part `lint`; there are: setup, fmt")
        );
    }

    #[test]
    fn needs_are_earlier_parts_and_transitive() {
        for (index, part) in PARTS.iter().enumerate() {
            for need in part.needs {
                let needed = PARTS[..index].iter().find(|earlier| earlier.name == *need);
                let needed = needed.expect("a needed part comes earlier");
                assert!(
                    needed
                        .needs
                        .iter()
                        .all(|deeper| part.needs.contains(deeper)),
                    "selection looks one step deep, so `{}` must name what `{need}` needs",
                    part.name
                );
            }
        }
    }
}
