//! A Debian package: the files at their places, and a plain control file.

use super::{Release, copy, write};
use crate::files::files_under;
use crate::process::{command, read, run};
use anyhow::{Context, Result, bail};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Where the files of the archive belong; those of the man pages are compressed.
const PLACES: &[(&str, &str)] = &[
    ("watchroom", "usr/bin/watchroom"),
    (
        "watchroom.service",
        "usr/lib/systemd/system/watchroom.service",
    ),
    ("watchroom.toml", "etc/watchroom/watchroom.toml"),
    ("README.md", "usr/share/doc/watchroom/README.md"),
    ("INSTALL.md", "usr/share/doc/watchroom/INSTALL.md"),
    ("CHANGELOG.md", "usr/share/doc/watchroom/CHANGELOG.md"),
    ("LICENSE-MIT", "usr/share/doc/watchroom/LICENSE-MIT"),
    ("LICENSE-APACHE", "usr/share/doc/watchroom/LICENSE-APACHE"),
    ("THIRD-PARTY.md", "usr/share/doc/watchroom/THIRD-PARTY.md"),
    ("sbom.cdx.json", "usr/share/doc/watchroom/sbom.cdx.json"),
    (
        "completions/watchroom.bash",
        "usr/share/bash-completion/completions/watchroom",
    ),
    (
        "completions/_watchroom",
        "usr/share/zsh/vendor-completions/_watchroom",
    ),
    (
        "completions/watchroom.fish",
        "usr/share/fish/vendor_completions.d/watchroom.fish",
    ),
];

pub(super) fn make(release: &Release, tree: &Path) -> Result<PathBuf> {
    let architecture = architecture(&release.target)?;
    let root = release.folder.join("debian");
    for (from, to) in PLACES {
        copy(&tree.join(from), &root.join(to))?;
    }
    for page in files_under(&tree.join("man"))? {
        let name = page.file_name().context("name a man page")?;
        let to = root.join("usr/share/man/man1").join(name);
        copy(&page, &to)?;
        run(command("gzip", &root)
            .args(["--best", "--no-name"])
            .arg(&to))?;
    }
    let files = files_under(&root)?;
    let bytes: u64 = files
        .iter()
        .filter_map(|it| it.metadata().ok())
        .map(|it| it.len())
        .sum();
    let control = control(release, architecture, bytes / 1_024, &needed_glibc(tree)?);
    write(&root.join("DEBIAN/control"), &control)?;
    write(
        &root.join("DEBIAN/conffiles"),
        "/etc/watchroom/watchroom.toml\n",
    )?;
    write(&root.join("usr/share/doc/watchroom/copyright"), COPYRIGHT)?;
    for script in ["postinst", "prerm", "postrm"] {
        let path = root.join("DEBIAN").join(script);
        copy(&release.source("deploy/debian").join(script), &path)?;
    }
    set_modes(&root)?;
    let name = format!("watchroom_{}_{architecture}.deb", release.version);
    let path = release.folder.join(name);
    run(command("dpkg-deb", &release.folder)
        .args(["--root-owner-group", "--build", "debian"])
        .arg(&path)
        .env("SOURCE_DATE_EPOCH", release.committed_s.to_string()))?;
    Ok(path)
}

/// <https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/>
const COPYRIGHT: &str = "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\n\
                         Files: *\nCopyright: the authors of Watchroom\nLicense: MIT or Apache-2.0\n \
                         The texts are in LICENSE-MIT and LICENSE-APACHE beside this file, and those of the\n \
                         components in THIRD-PARTY.md.\n";

fn control(release: &Release, architecture: &str, kib: u64, glibc: &str) -> String {
    format!(
        "Package: watchroom\n\
         Version: {}\n\
         Architecture: {architecture}\n\
         Maintainer: Watchroom <watchroom@localhost>\n\
         Installed-Size: {kib}\n\
         Depends: libc6 (>= {glibc}), libgcc-s1\n\
         Recommends: systemd\n\
         Section: admin\n\
         Priority: optional\n\
         Description: self-hosted real-time dashboard\n \
         One program samples its host every second, streams the metrics to any number of\n \
         browsers, and stores their history.\n",
        release.version
    )
}

/// Debian's name of the architecture.
fn architecture(target: &str) -> Result<&'static str> {
    Ok(match target.split('-').next().unwrap_or_default() {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "armv7" => "armhf",
        "riscv64gc" => "riscv64",
        other => bail!("no Debian package is made for the architecture `{other}`"),
    })
}

/// The oldest glibc that has all functions that the program calls.
fn needed_glibc(tree: &Path) -> Result<String> {
    let symbols = read(command("objdump", tree).args(["-T", "watchroom"]))?;
    newest_glibc(&symbols).context("find the needed glibc in the program's symbols")
}

/// As in `0000 DF *UND* 0000 (GLIBC_2.34) __libc_start_main`.
fn newest_glibc(symbols: &str) -> Option<String> {
    let words = symbols.split(|it: char| it.is_whitespace() || it == '(' || it == ')');
    let versions = words.filter_map(|word| {
        let (major, minor) = word.strip_prefix("GLIBC_")?.split_once('.')?;
        let minor = minor.split('.').next()?;
        Some((major.parse::<u32>().ok()?, minor.parse::<u32>().ok()?))
    });
    let (major, minor) = versions.max()?;
    Some(format!("{major}.{minor}"))
}

/// Whatever the umask: programs and folders can be executed by everyone, and all can be read.
fn set_modes(root: &Path) -> Result<()> {
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        fs::set_permissions(&folder, Permissions::from_mode(0o755))?;
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let is_script = folder.ends_with("DEBIAN") && fs::read(&path)?.starts_with(b"#!");
            let is_program = is_script || folder.ends_with("usr/bin");
            let mode = if is_program { 0o755 } else { 0o644 };
            fs::set_permissions(&path, Permissions::from_mode(mode))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::newest_glibc;

    #[test]
    fn versions_are_compared_as_numbers() {
        let symbols = "0000 DF *UND* 0000 (GLIBC_2.9) a\n0000 DF *UND* 0000 (GLIBC_2.34) b\n\
                       0000 DF *UND* 0000 (GLIBC_2.2.5) c\n0000 DF *UND* 0000 (GCC_3.3) d\n";
        assert_eq!(newest_glibc(symbols).as_deref(), Some("2.34"));
        assert_eq!(newest_glibc(""), None);
    }
}
