//! Packages of the system, where the system is Debian or its like.

use crate::process::{command, is_on_path, read, run};
use anyhow::{Context, Result, bail, ensure};
use std::fs;
use std::path::Path;

/// How long to wait for another package manager, such as a new machine's first update, in seconds.
const LOCK_WAIT_S: &str = "DPkg::Lock::Timeout=300";

const RETRIES: &str = "Acquire::Retries=3";

/// Whether packages can be installed without a prompt and are Debian's own: Ubuntu's packages of
/// browsers only refer to another package manager.
pub(crate) fn can_install() -> bool {
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    is_debian(&release) && is_on_path("apt-get") && matches!(is_root(), Ok(true))
}

fn is_debian(os_release: &str) -> bool {
    os_release.lines().any(|line| line == "ID=debian")
}

fn is_root() -> Result<bool> {
    let output = read(command("id", Path::new("/")).arg("--user"))?;
    Ok(output.trim() == "0")
}

/// Installs packages as root, or returns an error with the command to run.
pub(crate) fn install(packages: &[&str]) -> Result<()> {
    let root = Path::new("/");
    let names = packages.join(" ");
    ensure!(
        is_on_path("apt-get"),
        "install these from your system's packages, by the names they have there: {names}"
    );
    if !is_root()? {
        bail!("run `sudo apt-get install {names}`, then this again");
    }
    run(command("apt-get", root).args(["--option", RETRIES, "update"]))?;
    run(command("apt-get", root)
        .args(["--option", RETRIES, "--option", LOCK_WAIT_S])
        .args(["install", "--yes", "--no-install-recommends"])
        .args(packages)
        .env("DEBIAN_FRONTEND", "noninteractive"))
    .context("install Debian's packages: check the network and run this again")
}

#[cfg(test)]
mod tests {
    use super::is_debian;

    #[test]
    fn debian_is_distinguished_from_its_derivatives() {
        assert!(is_debian("NAME=\"Debian GNU/Linux\"\nID=debian\n"));
        assert!(!is_debian("NAME=\"Ubuntu\"\nID=ubuntu\nID_LIKE=debian\n"));
        assert!(!is_debian(""));
    }
}
