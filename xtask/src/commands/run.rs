//! `cargo xtask run [--demo] [flags of `watchroom serve`]`

use crate::process::{command, exec};
use crate::release;
use crate::setup::cache::Cache;
use crate::setup::{ensure_met, for_run};
use crate::workspace::Workspace;
use anyhow::Result;
use std::process::ExitCode;

pub(crate) fn main(mut arguments: lexopt::Parser) -> Result<ExitCode> {
    let server_arguments: Vec<_> = arguments.raw_args()?.collect();
    let workspace = Workspace::locate()?;
    let cache = Cache::open()?;
    ensure_met(&for_run(&workspace, &cache)?, &cache)?;
    release::build(&workspace, &cache)?;
    // The server would read xtask's own variables as settings.
    exec(
        command(workspace.release_binary(), &workspace.root)
            .arg("serve")
            .args(server_arguments)
            .env_remove("WATCHROOM_CACHE")
            .env_remove("WATCHROOM_CHROMIUM")
            .env_remove("WATCHROOM_FIREFOX"),
    )
}
