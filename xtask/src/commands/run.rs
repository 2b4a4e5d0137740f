//! `cargo xtask run [--demo] [flags of `watchroom serve`]`

use std::process::ExitCode;

use anyhow::Result;

use crate::process::{become_it, command};
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
    // What is meant for xtask must not reach the server: it takes `WATCHROOM_…` for settings.
    become_it(
        command(workspace.release_binary(), &workspace.root)
            .arg("serve")
            .args(servers_own)
            .env_remove("WATCHROOM_CACHE")
            .env_remove("WATCHROOM_CHROMIUM")
            .env_remove("WATCHROOM_FIREFOX"),
    )
}
