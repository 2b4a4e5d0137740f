//! The model test of the journal, with more steps than the tests have.

use crate::process::{command, run};
use crate::workspace::Workspace;
use anyhow::Result;
use std::process::ExitCode;

const STEPS: &str = "1000000";

pub(super) fn main(_: lexopt::Parser) -> Result<ExitCode> {
    let workspace = Workspace::locate()?;
    run(command("cargo", &workspace.root)
        .args(["test", "--release", "--package", "journal", "--lib"])
        .args(["model::random", "--", "--nocapture"])
        .env("JOURNAL_MODEL_STEPS", STEPS))?;
    Ok(ExitCode::SUCCESS)
}
