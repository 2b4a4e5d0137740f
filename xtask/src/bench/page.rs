//! `cargo xtask bench page [part …] [--minutes N]`: the page in a browser. Playwright runs the
//! scripts in `end2end/bench`, which print measurements.

use super::machine;
use crate::playwright::playwright;
use crate::process::run;
use crate::release;
use crate::setup::cache::Cache;
use crate::setup::{ensure_met, for_page_bench};
use crate::workspace::Workspace;
use anyhow::{Result, ensure};
use lexopt::prelude::*;
use std::process::ExitCode;

const MINUTES_MAX: u32 = 600;

const PARTS: [&str; 3] = ["latency", "soak", "lighthouse"];

pub(super) fn main(mut arguments: lexopt::Parser) -> Result<ExitCode> {
    let mut minutes: u32 = 10;
    let mut parts = Vec::new();
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("minutes") => minutes = arguments.value()?.parse()?,
            Value(part) => {
                let part = part.string()?;
                ensure!(
                    PARTS.contains(&part.as_str()),
                    "there is no `{part}` to measure of the page; there are {}",
                    PARTS.join(", ")
                );
                parts.push(part);
            }
            other => return Err(other.unexpected().into()),
        }
    }
    if parts.is_empty() {
        parts.extend(PARTS.map(str::to_owned));
    }
    ensure!(
        (1..=MINUTES_MAX).contains(&minutes),
        "`--minutes` goes from 1 to {MINUTES_MAX}"
    );
    let workspace = Workspace::locate()?;
    let cache = Cache::open()?;
    ensure_met(&for_page_bench(&workspace, &cache)?, &cache)?;
    release::build(&workspace, &cache)?;
    println!("{}\n", machine::description());
    run(playwright(&workspace)?
        .args(["--config", "bench/playwright.config.ts"])
        .args(parts)
        .env("WATCHROOM_BENCH_MINUTES", minutes.to_string()))?;
    Ok(ExitCode::SUCCESS)
}
