//! `cargo xtask fuzz [--seconds N] [target]`

use crate::files::files_under;
use crate::process::{command, read, run};
use crate::setup::cache::Cache;
use crate::setup::ensure_met;
use crate::setup::tool::Tool;
use crate::workspace::Workspace;
use anyhow::{Context, Result, ensure};
use lexopt::prelude::*;
use std::path::Path;
use std::process::ExitCode;

const SECONDS_PER_TARGET: u32 = 60;

pub(crate) fn main(mut arguments: lexopt::Parser) -> Result<ExitCode> {
    let mut seconds = SECONDS_PER_TARGET;
    let mut only = None;
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("seconds") => seconds = arguments.value()?.parse()?,
            Value(target) if only.is_none() => only = Some(target.string()?),
            other => return Err(other.unexpected().into()),
        }
    }
    let workspace = Workspace::locate()?;
    let targets = selected(targets(&workspace.root.join("fuzz/fuzz_targets"))?, only)?;
    let cache = Cache::open()?;
    let cargo_fuzz = Tool::cargo_fuzz(&cache);
    let program = cargo_fuzz.path();
    ensure_met(&[Box::new(cargo_fuzz)], &cache)?;
    read(command("rustup", &workspace.root).args(["run", "nightly", "cargo", "--version"]))
        .context("find the nightly toolchain: run `rustup toolchain install nightly`")?;

    for target in targets {
        println!("fuzzing {target} for {seconds} s");
        run(command("rustup", &workspace.root)
            .args(["run", "nightly"])
            .arg(&program)
            .args(["run", &target, "--"])
            .arg(format!("-max_total_time={seconds}")))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The names of the fuzz targets: one file each.
fn targets(folder: &Path) -> Result<Vec<String>> {
    let files = files_under(folder)?;
    let stems = files.iter().filter_map(|file| file.file_stem());
    Ok(stems
        .map(|stem| stem.to_string_lossy().into_owned())
        .collect())
}

fn selected(all: Vec<String>, only: Option<String>) -> Result<Vec<String>> {
    let Some(only) = only else { return Ok(all) };
    ensure!(
        all.contains(&only),
        "there is no fuzz target `{only}`; there are: {}",
        all.join(", ")
    );
    Ok(vec![only])
}

#[cfg(test)]
mod tests {
    use super::selected;

    #[test]
    fn an_unknown_target_is_an_error_with_all_targets() {
        let all = || vec!["inflate".to_owned(), "client_message".to_owned()];
        assert_eq!(selected(all(), None).expect("all targets"), all());
        assert_eq!(
            selected(all(), Some("inflate".to_owned())).expect("one target"),
            ["inflate"]
        );
        let error = selected(all(), Some("inflat".to_owned())).expect_err("no such target");
        assert!(
            error
                .to_string()
                .ends_with("there are: inflate, client_message")
        );
    }
}
