//! `cargo xtask bench history`: measures the history of a recording of a real host.
//!
//! `crates/history/examples/bench` measures; xtask only builds and runs it, so that no other command has
//! to be linked with it.

use std::ffi::OsString;
use std::path::{Path, PathBuf, absolute};
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};
use lexopt::prelude::*;

use super::machine;
use crate::process::{command, run};
use crate::workspace::Workspace;

/// An hour: the length that the published numbers are for.
const RECORD_SECONDS: u32 = 3_600;

/// What a user may choose.
#[derive(Debug, PartialEq, Eq)]
struct Options {
    /// Record for so long instead of measuring.
    record_seconds: Option<u32>,
    /// The recording; otherwise one in the target folder.
    file: Option<PathBuf>,
    /// Flags of the program that measures, each with its number.
    passed_on: Vec<OsString>,
}

impl Options {
    fn parse(mut arguments: lexopt::Parser) -> Result<Self> {
        let mut options = Self {
            record_seconds: None,
            file: None,
            passed_on: Vec::new(),
        };
        while let Some(argument) = arguments.next()? {
            match argument {
                Long("record") => {
                    options.record_seconds = Some(match arguments.optional_value() {
                        Some(seconds) => seconds.parse()?,
                        None => RECORD_SECONDS,
                    });
                }
                Long(flag @ ("days" | "hosts")) => {
                    let flag = format!("--{flag}");
                    let number: u32 = arguments.value()?.parse()?;
                    ensure!(number > 0, "`{flag}` must not be 0");
                    let number = number.to_string();
                    options.passed_on.extend([flag, number].map(OsString::from));
                }
                Value(file) if options.file.is_none() => options.file = Some(file.into()),
                other => return Err(other.unexpected().into()),
            }
        }
        Ok(options)
    }
}

pub(super) fn main(arguments: lexopt::Parser) -> Result<ExitCode> {
    let options = Options::parse(arguments)?;
    let workspace = Workspace::locate()?;
    let file = options.file.unwrap_or_else(|| workspace.recording());
    let file = absolute(&file).with_context(|| format!("find `{}`", file.display()))?;
    match options.record_seconds {
        Some(seconds) => {
            eprintln!(
                "recording this machine for {seconds} s into {}",
                file.display()
            );
            let seconds = OsString::from(seconds.to_string());
            measure(&workspace, &["--record".into(), seconds, file.into()])
        }
        None => {
            ensure!(
                Path::new(&file).is_file(),
                "there is no recording `{}`; `cargo xtask bench history --record` makes one of this \
                 machine in an hour, `--record=60` in a minute",
                file.display()
            );
            println!("{}\n", machine::description());
            let mut arguments = vec![file.into()];
            arguments.extend(options.passed_on);
            measure(&workspace, &arguments)
        }
    }?;
    Ok(ExitCode::SUCCESS)
}

fn measure(workspace: &Workspace, arguments: &[OsString]) -> Result<()> {
    run(command("cargo", &workspace.root)
        .args([
            "run",
            "--release",
            "--package",
            "history",
            "--example",
            "bench",
            "--",
        ])
        .args(arguments))
}

#[cfg(test)]
mod tests {
    use super::Options;

    fn parse(arguments: &[&str]) -> anyhow::Result<Options> {
        Options::parse(lexopt::Parser::from_args(arguments))
    }

    #[test]
    fn recording_takes_an_hour_unless_said_otherwise() {
        let seconds = |arguments| parse(arguments).expect("these are right").record_seconds;
        assert_eq!(seconds(&["--record"]), Some(3_600));
        assert_eq!(seconds(&["--record=60", "file"]), Some(60));
        assert_eq!(seconds(&["file"]), None);
    }

    #[test]
    fn sizes_are_passed_on() {
        let options = parse(&["--days=2", "file", "--hosts", "6"]).expect("these are right");
        assert_eq!(options.passed_on, ["--days", "2", "--hosts", "6"]);
        for wrong in [&["--days=0"][..], &["--day=1"], &["one", "two"]] {
            assert!(parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
