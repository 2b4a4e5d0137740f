//! `cargo xtask bench chart`: the cost of a frame of charts, compared with uPlot in the same browser.
//! The renderer is built as in the page, plus an entry point for this benchmark.

use super::machine;
use crate::playwright::playwright;
use crate::process::{command, run};
use crate::setup::cache::Cache;
use crate::setup::tool::Tool;
use crate::setup::{ensure_met, for_page_bench};
use crate::workspace::Workspace;
use anyhow::{Result, ensure};
use std::process::ExitCode;

const TARGET: &str = "wasm32-unknown-unknown";
const PROFILE: &str = "wasm-release";

pub(super) fn main(mut arguments: lexopt::Parser) -> Result<ExitCode> {
    ensure!(arguments.next()?.is_none(), "`bench chart` has no options");
    let workspace = Workspace::locate()?;
    let cache = Cache::open()?;
    ensure_met(&for_page_bench(&workspace, &cache)?, &cache)?;
    // cargo-leptos's own folder, to share dependencies.
    let front = workspace.target.join("front");
    run(command("cargo", &workspace.root)
        .args(["build", "--lib", "--package", "client"])
        .args(["--no-default-features", "--features", "hydrate,bench"])
        .args(["--target", TARGET, "--profile", PROFILE, "--target-dir"])
        .arg(&front))?;
    let built = workspace.target.join("chart-bench");
    let wasm = front.join(TARGET).join(PROFILE).join("client.wasm");
    run(command(
        Tool::wasm_bindgen(&workspace, &cache)?.path(),
        &workspace.root,
    )
    .args([
        "--target",
        "web",
        "--no-typescript",
        "--out-name",
        "client",
        "--out-dir",
    ])
    .args([&built, &wasm]))?;
    println!("{}\n", machine::description());
    run(playwright(&workspace)?
        .args(["--config", "bench/playwright.config.ts", "chart.bench.ts"])
        .env("WATCHROOM_CHART_BENCH", &built))?;
    Ok(ExitCode::SUCCESS)
}
