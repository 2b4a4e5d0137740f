//! Packages of the system, where the system is Debian or its like.

use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::process::{command, is_on_path, read, run};

/// Installs a package as root; says what to do where that is not possible.
pub(crate) fn install(package: &str, elsewhere: &str) -> Result<()> {
    let root = Path::new("/");
    if !is_on_path("apt-get") {
        bail!("{elsewhere}");
    }
    if read(command("id", root).arg("--user"))?.trim() != "0" {
        bail!("run `sudo apt-get install {package}`, then this again");
    }
    run(command("apt-get", root).arg("update"))?;
    run(command("apt-get", root)
        .args(["install", "--yes", package])
        .env("DEBIAN_FRONTEND", "noninteractive"))
    .with_context(|| format!("install Debian's {package}: check the network and run this again"))
}
