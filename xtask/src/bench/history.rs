//! `cargo xtask bench history`: size and query times of the store, for a recording of a real host.
//!
//! `crates/history/examples/bench` measures; xtask only builds and calls it.

use super::machine;
use crate::process::{command, run};
use crate::workspace::Workspace;
use anyhow::{Context, Result, ensure};
use lexopt::prelude::*;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf, absolute};
use std::process::ExitCode;

const RECORD_SECONDS: u32 = 3_600;

/// Flags of this benchmark.
#[derive(Debug, PartialEq, Eq)]
struct Options {
    /// How long to record; measures a recording if absent.
    record_seconds: Option<u32>,
    /// The recording; by default the one in the target folder.
    file: Option<PathBuf>,
    /// Flags of the example, each with its number.
    example_flags: Vec<OsString>,
}

impl Options {
    fn parse(mut arguments: lexopt::Parser) -> Result<Self> {
        let mut options = Self {
            record_seconds: None,
            file: None,
            example_flags: Vec::new(),
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
                    options
                        .example_flags
                        .extend([flag, number].map(OsString::from));
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
            run_example(&workspace, &["--record".into(), seconds, file.into()])
        }
        None => {
            ensure_recorded(&file)?;
            println!("{}\n", machine::description());
            let mut arguments = vec![file.into()];
            arguments.extend(options.example_flags);
            run_example(&workspace, &arguments)
        }
    }?;
    Ok(ExitCode::SUCCESS)
}

/// Fills a data directory with two weeks of 200 series, from the recording in the target folder.
pub(super) fn fill(workspace: &Workspace) -> Result<PathBuf> {
    let recording = workspace.recording();
    ensure_recorded(&recording)?;
    let data = workspace.target.join("history-load");
    if data.exists() {
        fs::remove_dir_all(&data).context("remove the data directory of an earlier run")?;
    }
    fs::create_dir_all(&data)?;
    eprintln!("writing 14 days of 6 hosts, which takes about two minutes");
    let mut arguments: Vec<OsString> = vec!["--generate".into()];
    arguments.extend([&data, &recording].map(OsString::from));
    arguments.extend(["--days", "14", "--hosts", "6"].map(OsString::from));
    run_example(workspace, &arguments)?;
    Ok(data)
}

fn ensure_recorded(file: &Path) -> Result<()> {
    ensure!(
        file.is_file(),
        "there is no recording `{}`; `cargo xtask bench history --record` makes one of this machine in \
         an hour, `--record=60` in a minute",
        file.display()
    );
    Ok(())
}

fn run_example(workspace: &Workspace, arguments: &[OsString]) -> Result<()> {
    run(command("cargo", &workspace.root)
        .args(["run", "--release", "--package", "history"])
        .args(["--example", "bench", "--"])
        .args(arguments))
}

#[cfg(test)]
mod tests {
    use super::Options;

    fn parse(arguments: &[&str]) -> anyhow::Result<Options> {
        Options::parse(lexopt::Parser::from_args(arguments))
    }

    #[test]
    fn a_recording_takes_an_hour_by_default() {
        let seconds = |arguments| parse(arguments).expect("these are right").record_seconds;
        assert_eq!(seconds(&["--record"]), Some(3_600));
        assert_eq!(seconds(&["--record=60", "file"]), Some(60));
        assert_eq!(seconds(&["file"]), None);
    }

    #[test]
    fn sizes_are_example_flags() {
        let options = parse(&["--days=2", "file", "--hosts", "6"]).expect("these are right");
        assert_eq!(options.example_flags, ["--days", "2", "--hosts", "6"]);
        for wrong in [&["--days=0"][..], &["--day=1"], &["one", "two"]] {
            assert!(parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
