//! `cargo xtask audit`: checks the dependencies against `deny.toml`.

use crate::process::{command, run};
use crate::setup::cache::Cache;
use crate::setup::ensure_met;
use crate::setup::tool::Tool;
use crate::workspace::Workspace;
use anyhow::Result;
use std::process::ExitCode;

pub(crate) fn main(arguments: lexopt::Parser) -> Result<ExitCode> {
    super::no_arguments(arguments)?;
    let workspace = Workspace::locate()?;
    let cache = Cache::open()?;
    let cargo_deny = Tool::cargo_deny(&cache);
    let program = cargo_deny.path();
    ensure_met(&[Box::new(cargo_deny)], &cache)?;

    let deny = |arguments: &[&str]| run(command(&program, &workspace.root).args(arguments));
    deny(&["check", "licenses", "bans", "sources"])?;
    // Without the database the result is neither a finding nor a pass.
    if deny(&["fetch", "db"]).is_err() {
        println!("known vulnerabilities: NOT CHECKED, the advisory database cannot be reached");
        return Ok(ExitCode::SUCCESS);
    }
    deny(&["check", "--disable-fetch", "advisories"])?;
    Ok(ExitCode::SUCCESS)
}
