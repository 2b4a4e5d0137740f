//! The release build: the site for the browser, then the server with the site inside.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::process::{command, run};
use crate::setup::cache::Cache;
use crate::setup::tool::{Tool, path_with};
use crate::stamp;
use crate::workspace::Workspace;

/// Builds unless the release on disk is up to date. The tools must be there.
pub(crate) fn build(workspace: &Workspace, cache: &Cache) -> Result<()> {
    let tools = tools(workspace, cache)?.map(|tool| tool.key());
    // Taken before the build: what someone edits while it runs must count as a change.
    let inputs = stamp::of_inputs(&workspace.root, &tools)?;
    let noted = fs::read_to_string(workspace.release_stamp()).ok();
    if noted == Some(note(workspace, inputs)?) {
        eprintln!("the release is up to date");
        return Ok(());
    }
    eprintln!("building the release");
    // Whatever is wrong is in its message; a backtrace through cargo-leptos only buries it.
    run(leptos(workspace, cache)?
        .args(["build", "--release", "--split"])
        .env("RUST_BACKTRACE", "0"))?;
    let binary = workspace.release_binary();
    ensure!(binary.is_file(), "the build left no `{}`", binary.display());
    fs::write(workspace.release_stamp(), note(workspace, inputs)?)
        .context("note what the release was built of")
}

/// cargo-leptos, which finds the other tools on PATH, ours before the user's own.
pub(crate) fn leptos(workspace: &Workspace, cache: &Cache) -> Result<Command> {
    let mut leptos = command(Tool::cargo_leptos(cache).path(), &workspace.root);
    leptos.env("PATH", path_with(&tools(workspace, cache)?)?);
    Ok(leptos)
}

fn tools(workspace: &Workspace, cache: &Cache) -> Result<[Tool; 3]> {
    Ok([
        Tool::cargo_leptos(cache),
        Tool::wasm_bindgen(workspace, cache)?,
        Tool::wasm_opt(cache),
    ])
}

/// The stamp's text: the inputs, and the outputs as they are now.
fn note(workspace: &Workspace, inputs: u64) -> Result<String> {
    let outputs = stamp::of_outputs(&[workspace.release_binary(), workspace.site()])?;
    Ok(format!("{inputs:016x} {outputs:016x}\n"))
}
