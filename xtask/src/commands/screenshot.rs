//! `cargo xtask screenshot`: takes all screenshots of the page, with scripts in `end2end`: for the
//! README, the gallery of all states in `target/gallery`, and the golden files of the tests. Review them
//! before you commit them.

use crate::playwright::{build_pages, playwright};
use crate::process::run;
use crate::release;
use crate::setup::cache::Cache;
use crate::setup::{ensure_met, for_test};
use crate::workspace::Workspace;
use anyhow::Result;
use std::process::ExitCode;

pub(crate) fn main(arguments: lexopt::Parser) -> Result<ExitCode> {
    super::no_arguments(arguments)?;
    let workspace = Workspace::locate()?;
    let cache = Cache::open()?;
    ensure_met(&for_test(&workspace, &cache)?, &cache)?;
    release::build(&workspace, &cache)?;
    build_pages(&workspace)?;
    run(playwright(&workspace)?.args(["--config", "screenshots.config.ts"]))?;
    run(playwright(&workspace)?.args(["golden", "--project=chromium", "--update-snapshots=all"]))?;
    Ok(ExitCode::SUCCESS)
}
