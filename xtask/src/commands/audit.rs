//! `cargo xtask audit`: checks the dependencies against `deny.toml`.
//!
//! Without cargo-deny, as on a machine without a network, it checks what needs nothing but Cargo: the licences of what is in
//! the release.

use crate::dist::{components, licences};
use crate::process::{command, read, run};
use crate::setup::cache::Cache;
use crate::setup::ensure_met;
use crate::setup::tool::Tool;
use crate::workspace::Workspace;
use anyhow::{Context, Result, ensure};
use std::fs;
use std::process::ExitCode;

pub(crate) fn main(arguments: lexopt::Parser) -> Result<ExitCode> {
    super::no_arguments(arguments)?;
    let workspace = Workspace::locate()?;
    let cache = Cache::open()?;
    let cargo_deny = Tool::cargo_deny(&cache);
    let program = cargo_deny.path();
    if let Err(error) = ensure_met(&[Box::new(cargo_deny)], &cache) {
        println!("cargo-deny is not installed, and could not be: {error:#}");
        println!("vulnerabilities, yanked versions, bans and sources: NOT CHECKED");
        check_licences(&workspace)?;
        return Ok(ExitCode::SUCCESS);
    }

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

/// Checks the licences of the crates that are in the release against those of `deny.toml`.
fn check_licences(workspace: &Workspace) -> Result<()> {
    let deny = fs::read_to_string(workspace.root.join("deny.toml")).context("read deny.toml")?;
    let allowed = licences::allowed(&deny);
    ensure!(!allowed.is_empty(), "deny.toml allows no licence");
    let rustc = read(command("rustc", &workspace.root).arg("-vV"))?;
    let target = rustc.lines().find_map(|line| line.strip_prefix("host: "));
    let target = target.context("find this machine's target in `rustc -vV`")?;
    let components = components::of(&workspace.root, target)?;
    let mut refused = Vec::new();
    for it in &components {
        if !licences::is_allowed(&it.licence, &allowed) {
            refused.push(format!("{} {}: `{}`", it.name, it.version, it.licence));
        }
    }
    ensure!(
        refused.is_empty(),
        "licences that deny.toml does not allow:\n{}",
        refused.join("\n")
    );
    println!("licences: {} crates, all of them allowed", components.len());
    Ok(())
}
