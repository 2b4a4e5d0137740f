//! `cargo xtask dist [--binary FILE]`

use crate::dist::{self, Release};
use crate::process::{command, read};
use crate::setup::cache::Cache;
use crate::setup::{ensure_met, for_run};
use crate::workspace::Workspace;
use crate::{first_load, release};
use anyhow::{Context, Result};
use lexopt::prelude::*;
use std::path::PathBuf;
use std::process::ExitCode;

pub(crate) fn main(mut arguments: lexopt::Parser) -> Result<ExitCode> {
    let mut binary = None;
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("binary") => binary = Some(PathBuf::from(arguments.value()?)),
            other => return Err(other.unexpected().into()),
        }
    }
    let workspace = Workspace::locate()?;
    let binary = match binary {
        Some(binary) => std::fs::canonicalize(&binary)
            .with_context(|| format!("find the program `{}`", binary.display()))?,
        None => {
            let cache = Cache::open()?;
            ensure_met(&for_run(&workspace, &cache)?, &cache)?;
            release::build(&workspace, &cache)?;
            first_load::check(&workspace)?;
            workspace.release_binary()
        }
    };
    let version = read(command(&binary, &workspace.root).arg("--version"))?;
    let version = version.trim().rsplit(' ').next().unwrap_or_default();
    let release = Release::new(&workspace, binary, version)?;
    for file in dist::make(&release)? {
        println!("{}", file.display());
    }
    Ok(ExitCode::SUCCESS)
}
