//! Packages of the system, where the system is Debian or its like.

use std::path::Path;

use anyhow::{Context, Result, bail, ensure};

use crate::process::{command, is_on_path, read, run};

/// Installs packages as root; says what to do where that is not possible.
pub(crate) fn install(packages: &[&str]) -> Result<()> {
    let root = Path::new("/");
    let names = packages.join(" ");
    ensure!(
        is_on_path("apt-get"),
        "install these from your system's packages, by the names they have there: {names}"
    );
    if read(command("id", root).arg("--user"))?.trim() != "0" {
        bail!("run `sudo apt-get install {names}`, then this again");
    }
    run(command("apt-get", root).arg("update"))?;
    run(command("apt-get", root)
        .args(["install", "--yes", "--no-install-recommends"])
        .args(packages)
        .env("DEBIAN_FRONTEND", "noninteractive"))
    .context("install Debian's packages: check the network and run this again")
}
