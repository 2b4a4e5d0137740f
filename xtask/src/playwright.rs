//! Runs Playwright on the release, with all that its scripts take from the environment.

use crate::process::{command, run};
use crate::setup::browser::Browser;
use crate::setup::playwright::program;
use crate::workspace::Workspace;
use anyhow::Result;
use std::process::Command;

/// Builds the example that renders pages with fixed values, with the features that the unit tests
/// have, so that Cargo builds nothing twice.
pub(crate) fn build_pages(workspace: &Workspace) -> Result<()> {
    run(command("cargo", &workspace.root)
        .args(["build", "--workspace", "--example", "render"])
        .args(["--features", "client/ssr"]))
}

/// Playwright, which then finds the release and the pages.
pub(crate) fn playwright(workspace: &Workspace) -> Result<Command> {
    let mut playwright = program("playwright", &workspace.end2end());
    playwright
        .arg("test")
        .env("WATCHROOM_BIN", workspace.release_binary())
        .env("WATCHROOM_RENDER", workspace.example("render"))
        .env("WATCHROOM_CHROMIUM", Browser::chromium(workspace)?);
    Ok(playwright)
}
