//! `cargo xtask test [--only part,part] [--list]`: everything that has to pass.
//!
//! A failing part does not stop the others, so that one run shows all that is wrong.

mod parts;
mod summary;

use std::process::ExitCode;
use std::time::Instant;

use anyhow::Result;
use lexopt::prelude::*;

use crate::setup::cache::Cache;
use crate::table::table;
use crate::workspace::Workspace;
use parts::{PARTS, Part, Place, select};
use summary::{Outcome, Report, summary};

pub(crate) fn main(mut arguments: lexopt::Parser) -> Result<ExitCode> {
    let mut only = None;
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("only") => only = Some(arguments.value()?.string()?),
            Long("list") => {
                println!("{}", list());
                return Ok(ExitCode::SUCCESS);
            }
            other => return Err(other.unexpected().into()),
        }
    }
    let selected = select(only.as_deref())?;
    let place = Place {
        workspace: Workspace::locate()?,
        cache: Cache::open()?,
    };
    let mut reports = Vec::new();
    for part in selected {
        let report = run(part, &place, &reports);
        reports.push(report);
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
    let outcome = if blocked {
        Outcome::NotRun
    } else {
        println!("\n=== {}: {}", part.name, part.what);
        match (part.run)(place) {
            Ok(()) => Outcome::Passed,
            Err(error) => {
                println!("{} FAILED: {error:#}", part.name);
                Outcome::Failed
            }
        }
    };
    Report {
        part: part.name,
        outcome,
        took: start.elapsed(),
    }
}
