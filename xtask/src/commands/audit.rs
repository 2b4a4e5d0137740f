//! `cargo xtask audit`: what the dependencies bring along, judged by `deny.toml`.

use std::process::ExitCode;

use anyhow::Result;

use crate::process::{command, run};
use crate::setup::cache::Cache;
use crate::setup::ensure_met;
use crate::setup::tool::{Tool, path_with};
use crate::workspace::Workspace;

pub(crate) fn main(arguments: lexopt::Parser) -> Result<ExitCode> {
    super::no_arguments(arguments)?;
    let workspace = Workspace::locate()?;
    let cache = Cache::open()?;
    ensure_met(&[Box::new(Tool::cargo_deny(&cache))], &cache)?;

    let path = path_with(&[&Tool::cargo_deny(&cache)])?;
    let deny = |arguments: &[&str]| {
        run(command("cargo", &workspace.root)
            .arg("deny")
            .args(arguments)
            .env("PATH", &path))
    };
    deny(&["check", "licenses", "bans", "sources"])?;
    // Not every machine reaches the database; that must not look like a finding, nor like none.
    if deny(&["fetch", "db"]).is_err() {
        println!("known vulnerabilities: NOT CHECKED, the advisory database cannot be reached");
        return Ok(ExitCode::SUCCESS);
    }
    deny(&["check", "--disable-fetch", "advisories"])?;
    Ok(ExitCode::SUCCESS)
}
