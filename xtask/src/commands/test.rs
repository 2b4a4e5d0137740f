//! `cargo xtask test [--only part,part] [--repeat N] [--load] [--list]`: all tests.
//!
//! A failing part does not stop the others, so that one run shows all failures.

mod load;
mod parts;
mod summary;

use crate::setup::cache::Cache;
use crate::table::table;
use crate::workspace::Workspace;
use anyhow::{Result, ensure};
use lexopt::prelude::*;
use load::Load;
use parts::{PARTS, Part, Place, select};
use std::process::ExitCode;
use std::time::Instant;
use summary::{Outcome, Report, summary};

const ROUNDS_MAX: u32 = 1_000;

pub(crate) fn main(mut arguments: lexopt::Parser) -> Result<ExitCode> {
    let (mut only, mut rounds, mut with_load) = (None, 1, false);
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("only") => only = Some(arguments.value()?.string()?),
            Long("repeat") => rounds = arguments.value()?.parse()?,
            Long("load") => with_load = true,
            Long("list") => {
                println!("{}", list());
                return Ok(ExitCode::SUCCESS);
            }
            other => return Err(other.unexpected().into()),
        }
    }
    ensure!(
        (1..=ROUNDS_MAX).contains(&rounds),
        "--repeat takes a number from 1 to {ROUNDS_MAX}"
    );
    let selected = select(only.as_deref())?;
    let place = Place {
        workspace: Workspace::locate()?,
        cache: Cache::open()?,
    };
    let mut reports = Vec::new();
    for _ in 0..rounds {
        let mut round = Vec::new();
        for part in &selected {
            // Parts that others need are builds, which a load would only slow down.
            let is_test = !PARTS.iter().any(|other| other.needs.contains(&part.name));
            let load = (with_load && is_test).then(Load::start);
            let report = run(part, &place, &round);
            drop(load);
            round.push(report);
        }
        reports.append(&mut round);
    }
    println!("\n{}", summary(&reports));
    let failed = reports
        .iter()
        .any(|report| report.outcome != Outcome::Passed);
    Ok(if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

fn list() -> String {
    let rows: Vec<_> = PARTS
        .iter()
        .map(|part| [part.name.to_owned(), part.what.to_owned()])
        .collect();
    table(&rows)
}

/// Runs a part, unless one that it needs did not pass.
fn run(part: &Part, place: &Place, earlier: &[Report]) -> Report {
    let start = Instant::now();
    let blocked = earlier
        .iter()
        .any(|report| report.outcome != Outcome::Passed && part.needs.contains(&report.part));
    let mut error = None;
    let outcome = if blocked {
        Outcome::NotRun
    } else {
        println!("\n=== {}: {}", part.name, part.what);
        match (part.run)(place) {
            Ok(()) => Outcome::Passed,
            Err(failure) => {
                println!("{} FAILED: {failure}", part.name);
                error = Some(format!("{failure:#}"));
                Outcome::Failed
            }
        }
    };
    Report {
        part: part.name,
        outcome,
        error,
        took: start.elapsed(),
    }
}
