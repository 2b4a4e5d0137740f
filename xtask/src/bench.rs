//! `cargo xtask bench <benchmark>`: prints measurements.
//!
//! Benchmarks of servers are scenarios of `loadtest bench`, which are built and called here. `page` and
//! `chart` run in a browser, `history` is an example of the crate `history`, `model` a test of the crate `journal`.

mod chart;
mod history;
mod machine;
mod model;
mod page;

use crate::process::{command, run};
use crate::release;
use crate::setup::cache::Cache;
use crate::setup::tool::Tool;
use crate::setup::{Need, ensure_met, for_run};
use crate::workspace::Workspace;
use anyhow::{Result, bail};
use std::ffi::OsString;
use std::process::ExitCode;

type Main = fn(lexopt::Parser) -> Result<ExitCode>;

const OTHERS: [(&str, Main); 4] = [
    ("page", page::main),
    ("chart", chart::main),
    ("history", history::main),
    ("model", model::main),
];

const SCENARIOS: [&str; 12] = [
    "fanout",
    "stalled",
    "deflate",
    "cut",
    "kill",
    "attack",
    "network",
    "memory",
    "history-load",
    "login",
    "ingest",
    "rooms",
];

pub(crate) fn main(mut arguments: lexopt::Parser) -> Result<ExitCode> {
    let name = match arguments.next()? {
        Some(lexopt::Arg::Value(name)) => name.to_string_lossy().into_owned(),
        _ => bail!("name a benchmark: {}", names()),
    };
    if let Some((_, main)) = OTHERS.iter().find(|(known, _)| *known == name) {
        return main(arguments);
    }
    if !SCENARIOS.contains(&name.as_str()) {
        bail!("there is no benchmark `{name}`; there are {}", names());
    }
    scenario(&name, arguments.raw_args()?.collect())
}

fn names() -> String {
    let others = OTHERS.map(|(name, _)| name);
    [&SCENARIOS[..], &others].concat().join(", ")
}

/// Builds the release server and the load generator, and runs a scenario with these flags.
fn scenario(name: &str, flags: Vec<OsString>) -> Result<ExitCode> {
    let workspace = Workspace::locate()?;
    let cache = Cache::open()?;
    ensure_met(&for_run(&workspace, &cache)?, &cache)?;
    release::build(&workspace, &cache)?;
    run(command("cargo", &workspace.root).args([
        "build",
        "--release",
        "--quiet",
        "--package",
        "loadtest",
    ]))?;
    let server = workspace.release_binary();
    let mut loadtest = command(server.with_file_name("loadtest"), &workspace.root);
    loadtest.arg("bench").arg("--server").arg(&server);
    let bun = Tool::bun(&cache);
    if bun.find().is_some() {
        loadtest.arg("--bun").arg(bun.path());
    }
    loadtest.arg(name).args(flags);
    println!("{}\n", machine::description());
    if name == "history-load" {
        loadtest.arg("--data-dir").arg(history::fill(&workspace)?);
    }
    run(&mut loadtest)?;
    Ok(ExitCode::SUCCESS)
}
