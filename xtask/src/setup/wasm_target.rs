//! The standard library for the browser's side.

use super::{Found, Need};
use crate::process::{command, read, run};
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};

const TARGET: &str = "wasm32-unknown-unknown";

/// The target of the toolchain that this very program was built with: inside `cargo xtask`, rustup
/// has already chosen it by `rust-toolchain.toml`.
pub(crate) struct WasmTarget;

impl Need for WasmTarget {
    fn name(&self) -> String {
        format!("Rust target {TARGET}")
    }

    /// Queries the compiler, since a target may be installed without rustup.
    fn find(&self) -> Option<Found> {
        let libraries = libraries().ok()?;
        let has_std = fs::read_dir(&libraries)
            .ok()?
            .flatten()
            .any(|entry| entry.file_name().to_string_lossy().starts_with("libstd-"));
        has_std.then(|| Found {
            version: compiler_version().unwrap_or_default(),
            place: libraries.display().to_string(),
        })
    }

    fn usual_time(&self) -> &'static str {
        "some seconds"
    }

    fn install(&self) -> Result<()> {
        run(command("rustup", Path::new("/")).args(["target", "add", TARGET])).with_context(|| {
            format!(
                "get the target from rustup: check the network and try `rustup target add \
                 {TARGET}` by hand; if Rust is not from rustup, install its standard library for \
                 {TARGET} from where Rust came from"
            )
        })
    }
}

fn libraries() -> Result<PathBuf> {
    let mut rustc = command("rustc", Path::new("/"));
    let output = read(rustc.args(["--print", "target-libdir", "--target", TARGET]))?;
    Ok(PathBuf::from(output.trim()))
}

fn compiler_version() -> Option<String> {
    let output = read(command("rustc", Path::new("/")).arg("--version")).ok()?;
    output.split_whitespace().nth(1).map(str::to_owned)
}
