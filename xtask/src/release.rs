//! The release build: the site for the browser, then the server with the site inside.

use crate::process::{command, run};
use crate::setup::cache::Cache;
use crate::setup::tool::{Tool, path_with};
use crate::stamp;
use crate::workspace::Workspace;
use anyhow::{Context, Result, ensure};
use std::fs;
use std::process::Command;

/// Builds unless the release on disk is up to date. The tools must be there.
pub(crate) fn build(workspace: &Workspace, cache: &Cache) -> Result<()> {
    let tools = tools(workspace, cache)?.map(|tool| tool.key());
    // Taken before the build, so that an edit during the build counts as a change.
    let inputs = stamp::of_inputs(&workspace.root, &tools)?;
    let stamp = fs::read_to_string(workspace.release_stamp()).ok();
    if stamp == Some(stamp_text(workspace, inputs)?) {
        eprintln!("the release is up to date");
        return Ok(());
    }
    eprintln!("building the release (from scratch usually 6 minutes on 2 slow cores)");
    // Whatever is wrong is in its message; a backtrace through cargo-leptos only buries it.
    run(leptos(workspace, cache)?
        .args(["build", "--release", "--split"])
        .env("RUST_BACKTRACE", "0"))?;
    let binary = workspace.release_binary();
    ensure!(binary.is_file(), "the build left no `{}`", binary.display());
    fs::write(workspace.release_stamp(), stamp_text(workspace, inputs)?)
        .context("write the release's stamp")
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
fn stamp_text(workspace: &Workspace, inputs: u64) -> Result<String> {
    let outputs = stamp::of_outputs(&[workspace.release_binary(), workspace.site()])?;
    Ok(format!("{inputs:016x} {outputs:016x}\n"))
}
