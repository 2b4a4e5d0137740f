//! Installs a tool into the cache, from crates.io or npm.

use super::on_path;
use crate::process::{command, path_starting_with, run};
use anyhow::{Result, ensure};
use std::ffi::OsStr;
use std::path::Path;

/// A program of a package on crates.io.
pub(super) struct CargoPackage<'tool> {
    pub(super) name: &'tool str,
    pub(super) version: &'tool str,
    pub(super) program: &'tool str,
    /// For `cargo install`.
    pub(super) build_arguments: &'tool [&'tool str],
}

impl CargoPackage<'_> {
    /// Puts the program into `<root>/bin`, with `partial` as the folder to work in and `path` as the
    /// user's PATH.
    pub(super) fn install(&self, partial: &Path, root: &Path, path: &OsStr) -> Result<()> {
        if on_path::first("cargo-binstall", path).is_some() {
            match self.download(partial, root, path) {
                Ok(()) => return Ok(()),
                Err(error) => eprintln!("{error:#}; building {} from source instead", self.name),
            }
        }
        self.build(partial, root, path)
    }

    /// Downloads a built program. `cargo binstall` would also compile one, but slowly.
    fn download(&self, partial: &Path, root: &Path, path: &OsStr) -> Result<()> {
        run(command("cargo", partial)
            .args([
                "binstall",
                "--no-confirm",
                "--disable-strategies",
                "compile",
            ])
            .args(["--version", self.version, "--root"])
            .arg(root)
            .arg(self.name)
            .env("PATH", path))?;
        let program = root.join("bin").join(self.program);
        ensure!(
            program.is_file(),
            "`cargo binstall` left no `{}`",
            program.display()
        );
        Ok(())
    }

    /// Builds without optimization: cargo-leptos then builds in less than half the time (433 s instead of
    /// 1,052 s at level 1, on 2 busy cores). For a page it and wasm-bindgen take two seconds of CPU,
    /// compared with 39 of wasm-opt.
    fn build(&self, partial: &Path, root: &Path, path: &OsStr) -> Result<()> {
        // In the cache no `.cargo/config.toml` of a workspace is in force, and with its own
        // folder on PATH Cargo does not advise to add it.
        let path = path_starting_with(vec![root.join("bin")], path)?;
        run(command("cargo", partial)
            .args(["install", self.name, "--version", self.version])
            .args(self.build_arguments)
            .arg("--root")
            .arg(root)
            .env("PATH", path)
            .env("CARGO_TARGET_DIR", partial.join("target"))
            .env("CARGO_PROFILE_RELEASE_LTO", "off")
            .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "256")
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0"))
    }
}

/// Puts a package of npm into `<root>/node_modules`.
pub(super) fn npm_install(package: &str, version: &str, partial: &Path, root: &Path) -> Result<()> {
    run(command("npm", partial)
        .args(["install", "--no-audit", "--no-fund", "--prefix"])
        .arg(root)
        .arg(format!("{package}@{version}")))
}
