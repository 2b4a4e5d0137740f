//! `cargo xtask setup [--check] [--for run|test] [--peers]`

use crate::setup::cache::Cache;
use crate::setup::{check, ensure_met, for_peers, for_run, for_test};
use crate::workspace::Workspace;
use anyhow::{Result, bail};
use lexopt::prelude::*;
use std::process::ExitCode;

pub(crate) fn main(mut arguments: lexopt::Parser) -> Result<ExitCode> {
    let mut only_check = false;
    let mut purpose = "test".to_owned();
    let mut with_peers = false;
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("check") => only_check = true,
            Long("peers") => with_peers = true,
            Long("for") => purpose = arguments.value()?.string()?,
            other => return Err(other.unexpected().into()),
        }
    }
    let workspace = Workspace::locate()?;
    let cache = Cache::open()?;
    let mut needs = match purpose.as_str() {
        "run" => for_run(&workspace, &cache)?,
        "test" => for_test(&workspace, &cache)?,
        other => bail!("--for takes `run` or `test`, not `{other}`"),
    };
    if with_peers {
        needs.extend(for_peers(&workspace, &cache));
    }
    if !only_check {
        ensure_met(&needs, &cache)?;
    }
    let (table, complete) = check(&needs);
    println!("{table}");
    Ok(if complete {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
