//! `cargo xtask build`

use crate::setup::cache::Cache;
use crate::setup::{ensure_met, for_run};
use crate::workspace::Workspace;
use crate::{first_load, release};
use anyhow::Result;
use std::process::ExitCode;

pub(crate) fn main(arguments: lexopt::Parser) -> Result<ExitCode> {
    super::no_arguments(arguments)?;
    let workspace = Workspace::locate()?;
    let cache = Cache::open()?;
    ensure_met(&for_run(&workspace, &cache)?, &cache)?;
    release::build(&workspace, &cache)?;
    first_load::check(&workspace)?;
    Ok(ExitCode::SUCCESS)
}
