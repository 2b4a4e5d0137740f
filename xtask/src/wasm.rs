//! The client as a module of WebAssembly of its own, for what calls its functions beside the page.

use crate::process::{command, run};
use crate::setup::cache::Cache;
use crate::setup::tool::Tool;
use crate::workspace::Workspace;
use anyhow::Result;
use std::path::PathBuf;

const TARGET: &str = "wasm32-unknown-unknown";
const PROFILE: &str = "wasm-release";

/// Builds it with a feature in addition to the page's, for a `target` of wasm-bindgen. Returns its folder.
pub(crate) fn build(
    workspace: &Workspace,
    cache: &Cache,
    feature: &str,
    target: &str,
) -> Result<PathBuf> {
    // cargo-leptos's own folder, to share dependencies.
    let front = workspace.target.join("front");
    run(command("cargo", &workspace.root)
        .args(["build", "--lib", "--package", "client"])
        .args(["--no-default-features", "--features"])
        .arg(["hydrate,", feature].concat())
        .args(["--target", TARGET, "--profile", PROFILE, "--target-dir"])
        .arg(&front))?;
    let built = workspace.target.join(["client-", feature].concat());
    let wasm = front.join(TARGET).join(PROFILE).join("client.wasm");
    run(command(
        Tool::wasm_bindgen(workspace, cache)?.path(),
        &workspace.root,
    )
    .args(["--target", target, "--no-typescript"])
    .args(["--out-name", "client", "--out-dir"])
    .args([&built, &wasm]))?;
    Ok(built)
}
