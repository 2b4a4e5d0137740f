//! The release build: the site for the browser, then the server with the site inside.

use std::fs;

use anyhow::{Context, Result, ensure};

use crate::process::{command, run};
use crate::setup::cache::Cache;
use crate::setup::tool::{Tool, path_with};
use crate::stamp;
use crate::workspace::Workspace;

/// Builds unless the release on disk is up to date. The tools must be there.
pub(crate) fn build(workspace: &Workspace, cache: &Cache) -> Result<()> {
    let tools = [
        &Tool::cargo_leptos(cache),
        &Tool::wasm_bindgen(workspace, cache)?,
        &Tool::wasm_opt(cache),
    ];
    let keys = tools.map(Tool::key);
    // Taken before the build: what someone edits while it runs must count as a change.
    let inputs = stamp::of_inputs(&workspace.root, &keys)?;
    let noted = fs::read_to_string(workspace.release_stamp()).ok();
    if noted == Some(note(workspace, inputs)?) {
        println!("the release is up to date");
        return Ok(());
    }
    println!("building the release (from scratch usually 6 minutes on 2 slow cores)");
    run(command("cargo", &workspace.root)
        .args(["leptos", "build", "--release"])
        .env("PATH", path_with(&tools)?))?;
    let binary = workspace.release_binary();
    ensure!(binary.is_file(), "the build left no `{}`", binary.display());
    fs::write(workspace.release_stamp(), note(workspace, inputs)?)
        .context("note what the release was built of")
}

/// The stamp's text: the inputs, and the outputs as they are now.
fn note(workspace: &Workspace, inputs: u64) -> Result<String> {
    let outputs = stamp::of_outputs(&[workspace.release_binary(), workspace.site()])?;
    Ok(format!("{inputs:016x} {outputs:016x}\n"))
}
