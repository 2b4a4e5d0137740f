//! Paths of this clone.

use anyhow::{Context, Result};
use std::env;
use std::path::PathBuf;

/// The folders of the workspace that `cargo xtask` was called in.
pub(crate) struct Workspace {
    pub(crate) root: PathBuf,
    /// Cargo's target folder, which `CARGO_TARGET_DIR` may have put outside the workspace.
    pub(crate) target: PathBuf,
}

impl Workspace {
    pub(crate) fn locate() -> Result<Self> {
        let package = env::var_os("CARGO_MANIFEST_DIR")
            .context("find the workspace: run this as `cargo xtask`")?;
        let root = PathBuf::from(package)
            .parent()
            .context("find the workspace above xtask")?
            .to_owned();
        // Cargo put this program into `<target>/debug`, so the target folder needs no asking.
        let program = env::current_exe().context("find this program's own path")?;
        let target = program
            .ancestors()
            .nth(2)
            .context("find the target folder above this program")?
            .to_owned();
        Ok(Self { root, target })
    }

    pub(crate) fn release_binary(&self) -> PathBuf {
        self.target.join("release/watchroom")
    }

    /// A program that `cargo build --example` made.
    pub(crate) fn example(&self, name: &str) -> PathBuf {
        self.target.join("debug/examples").join(name)
    }

    /// The digest of the inputs that the release was built from; see [`crate::stamp`].
    pub(crate) fn release_stamp(&self) -> PathBuf {
        self.target.join("release/watchroom.stamp")
    }

    /// The default file of `cargo xtask bench history --record`.
    pub(crate) fn recording(&self) -> PathBuf {
        self.target.join("host.jsonl")
    }

    /// `site-root` of the workspace's `Cargo.toml`, which ignores `CARGO_TARGET_DIR`.
    pub(crate) fn site(&self) -> PathBuf {
        self.root.join("target/site")
    }

    pub(crate) fn end2end(&self) -> PathBuf {
        self.root.join("end2end")
    }
}
