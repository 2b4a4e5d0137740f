//! `cargo xtask run [--demo] [flags of `watchroom serve`]`

use std::os::unix::process::CommandExt;
use std::process::ExitCode;

use anyhow::{Context, Result};

use crate::process::command;
use crate::release;
use crate::setup::cache::Cache;
use crate::setup::{ensure_met, for_run};
use crate::workspace::Workspace;

pub(crate) fn main(mut arguments: lexopt::Parser) -> Result<ExitCode> {
    let servers_own: Vec<_> = arguments.raw_args()?.collect();
    let workspace = Workspace::locate()?;
    let cache = Cache::open()?;
    ensure_met(&for_run(&workspace, &cache)?, &cache)?;
    release::build(&workspace, &cache)?;

    let binary = workspace.release_binary();
    // The server takes this process's place, so that signals and the exit code are its own. What
    // is meant for xtask must not reach it: it takes `WATCHROOM_…` variables for settings.
    let error = command(&binary, &workspace.root)
        .arg("serve")
        .args(servers_own)
        .env_remove("WATCHROOM_CACHE")
        .env_remove("WATCHROOM_CHROMIUM")
        .exec();
    Err(error).with_context(|| format!("start `{}`", binary.display()))
}
