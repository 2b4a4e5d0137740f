use super::Release;
use crate::process::{command, run};
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};

/// A compressed archive of one folder, which belongs to root in it. GNU tar makes the same bytes each time.
pub(super) fn make(release: &Release, tree: &Path) -> Result<PathBuf> {
    let name = release.name();
    let path = release.folder.join(format!("{name}.tar.gz"));
    let folder = tree.parent().context("find the folder of the archive")?;
    let mut tar = command("tar", folder);
    if cfg!(target_os = "linux") {
        tar.args(["--sort=name", "--owner=0", "--group=0", "--numeric-owner"]);
        tar.arg(format!("--mtime=@{}", release.committed_s));
    }
    run(tar.args(["-czf"]).arg(&path).arg(&name))?;
    Ok(path)
}
