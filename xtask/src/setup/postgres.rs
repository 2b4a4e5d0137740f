//! PostgreSQL's own programs, of which the store's tests start a private server. No server of the
//! system's is used or touched.

use super::{Found, Need, debian};
use crate::process::{command, read};
use anyhow::Result;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// Where Debian's packages put each version.
const DEBIANS: &str = "/usr/lib/postgresql";

pub(crate) struct Postgres;

impl Need for Postgres {
    fn name(&self) -> String {
        "PostgreSQL".to_owned()
    }

    fn find(&self) -> Option<Found> {
        let programs = places().find(|programs| programs.join("initdb").is_file())?;
        Some(Found {
            version: version(&programs.join("postgres"))?,
            place: programs.display().to_string(),
        })
    }

    fn usual_time(&self) -> &'static str {
        "a minute"
    }

    fn install(&self) -> Result<()> {
        debian::install(&["postgresql"])
    }
}

/// Debian's, the newest first, then what is on PATH; the tests look in the same order.
fn places() -> impl Iterator<Item = PathBuf> {
    let debians = fs::read_dir(DEBIANS).into_iter().flatten().flatten();
    let mut versions: Vec<_> = debians
        .filter_map(|entry| {
            Some((
                entry.file_name().to_str()?.parse::<u32>().ok()?,
                entry.path(),
            ))
        })
        .collect();
    versions.sort();
    let debians = versions
        .into_iter()
        .rev()
        .map(|(_, version)| version.join("bin"));
    let path = env::var_os("PATH").unwrap_or_default();
    debians.chain(env::split_paths(&path).collect::<Vec<_>>())
}

/// As in `postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)`.
fn version(program: &Path) -> Option<String> {
    let output = read(command(program, Path::new("/")).arg("--version")).ok()?;
    output.split_whitespace().nth(2).map(str::to_owned)
}
