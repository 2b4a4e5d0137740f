//! The per-user folder of tools, shared by all clones: `tools/<name>-<version>/`.
//!
//! A tool is built in `tools/.partial/` and renamed into place at the end, so a folder that is
//! exists is complete, and an interrupted build resumes.

use anyhow::{Context, Result};
use std::env;
use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

/// A cheap handle: only a path.
#[derive(Clone)]
pub(crate) struct Cache {
    tools: PathBuf,
}

impl Cache {
    /// Opens the cache of this user, which need not exist yet.
    pub(crate) fn open() -> Result<Self> {
        let root = root(|name| env::var_os(name), cfg!(target_os = "macos"))
            .context("find a cache folder: set HOME or WATCHROOM_CACHE")?;
        // Tools are started in other folders than this one.
        let root = std::path::absolute(&root)
            .with_context(|| format!("find the cache folder `{}`", root.display()))?;
        Ok(Self::at(&root))
    }

    pub(super) fn at(root: &Path) -> Self {
        Self {
            tools: root.join("tools"),
        }
    }

    /// The folder of a complete tool.
    pub(crate) fn finished(&self, key: &str) -> PathBuf {
        self.tools.join(key)
    }

    /// Where a tool is being built.
    pub(crate) fn partial(&self, key: &str) -> PathBuf {
        self.tools.join(".partial").join(key)
    }

    /// Moves what was installed in `root` of the folder [`partial`](Self::partial) to where it stays.
    pub(crate) fn put_in_place(&self, key: &str) -> Result<()> {
        let (partial, finished) = (self.partial(key), self.finished(key));
        // Only a folder without its program can be in the way: someone's interrupted attempt.
        if finished.exists() {
            fs::remove_dir_all(&finished)
                .with_context(|| format!("remove `{}`", finished.display()))?;
        }
        fs::rename(partial.join("root"), &finished)
            .with_context(|| format!("move the tool to `{}`", finished.display()))?;
        fs::remove_dir_all(&partial).with_context(|| format!("remove `{}`", partial.display()))
    }

    /// Prevents concurrent installations, until the file is dropped.
    pub(crate) fn lock(&self) -> Result<File> {
        fs::create_dir_all(&self.tools)
            .with_context(|| format!("create `{}`", self.tools.display()))?;
        let path = self.tools.join(".lock");
        let file = File::create(&path).with_context(|| format!("open `{}`", path.display()))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                eprintln!("waiting for another `cargo xtask` that is installing tools");
                file.lock()
                    .with_context(|| format!("lock `{}`", path.display()))?;
            }
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("lock `{}`", path.display()));
            }
        }
        Ok(file)
    }
}

fn root(variable: impl Fn(&str) -> Option<OsString>, macos: bool) -> Option<PathBuf> {
    let folder = |name: &str| {
        variable(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    if let Some(own) = folder("WATCHROOM_CACHE") {
        return Some(own);
    }
    let users = if macos {
        folder("HOME")?.join("Library/Caches")
    } else {
        match folder("XDG_CACHE_HOME") {
            Some(caches) => caches,
            None => folder("HOME")?.join(".cache"),
        }
    };
    Some(users.join("watchroom"))
}

#[cfg(test)]
mod tests {
    use super::root;
    use std::path::PathBuf;

    fn check(variables: &[(&str, &str)], macos: bool, expected: Option<&str>) {
        let lookup = |name: &str| {
            variables
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| value.into())
        };
        assert_eq!(
            root(lookup, macos),
            expected.map(PathBuf::from),
            "{variables:?}"
        );
    }

    #[test]
    fn the_cache_is_where_the_platform_keeps_caches() {
        check(&[("HOME", "/h")], false, Some("/h/.cache/watchroom"));
        check(&[("HOME", "/h")], true, Some("/h/Library/Caches/watchroom"));
        check(
            &[("HOME", "/h"), ("XDG_CACHE_HOME", "/x")],
            false,
            Some("/x/watchroom"),
        );
        check(
            &[("HOME", "/h"), ("XDG_CACHE_HOME", "")],
            false,
            Some("/h/.cache/watchroom"),
        );
        check(
            &[("HOME", "/h"), ("WATCHROOM_CACHE", "/c")],
            true,
            Some("/c"),
        );
        check(&[], false, None);
    }
}
