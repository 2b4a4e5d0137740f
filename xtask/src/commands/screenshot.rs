//! `cargo xtask screenshot`: the images of the README, made by a script in `end2end/screenshots`.

use std::process::ExitCode;

use anyhow::Result;

use crate::process::run;
use crate::release;
use crate::setup::cache::Cache;
use crate::setup::chromium::Chromium;
use crate::setup::{ensure_met, for_test, playwright};
use crate::workspace::Workspace;

pub(crate) fn main(arguments: lexopt::Parser) -> Result<ExitCode> {
    super::no_arguments(arguments)?;
    let workspace = Workspace::locate()?;
    let cache = Cache::open()?;
    ensure_met(&for_test(&workspace, &cache)?, &cache)?;
    release::build(&workspace, &cache)?;
    run(playwright::program("playwright", &workspace.end2end())
        .args(["test", "--config", "screenshots.config.ts"])
        .env("WATCHROOM_BIN", workspace.release_binary())
        .env("WATCHROOM_CHROMIUM", Chromium::of(&workspace).path()?))?;
    Ok(ExitCode::SUCCESS)
}
