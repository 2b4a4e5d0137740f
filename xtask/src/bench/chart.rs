//! `cargo xtask bench chart`: the cost of a frame of charts, compared with uPlot in the same browser.
//! The renderer is built as in the page, plus an entry point for this benchmark.

use super::machine;
use crate::playwright::playwright;
use crate::process::run;
use crate::setup::cache::Cache;
use crate::setup::{ensure_met, for_page_bench};
use crate::wasm;
use crate::workspace::Workspace;
use anyhow::{Result, ensure};
use std::process::ExitCode;

pub(super) fn main(mut arguments: lexopt::Parser) -> Result<ExitCode> {
    ensure!(arguments.next()?.is_none(), "`bench chart` has no options");
    let workspace = Workspace::locate()?;
    let cache = Cache::open()?;
    ensure_met(&for_page_bench(&workspace, &cache)?, &cache)?;
    let built = wasm::build(&workspace, &cache, "bench", "web")?;
    println!("{}\n", machine::description());
    run(playwright(&workspace)?
        .args(["--config", "bench/playwright.config.ts", "chart.bench.ts"])
        .env("WATCHROOM_CHART_BENCH", &built))?;
    Ok(ExitCode::SUCCESS)
}
