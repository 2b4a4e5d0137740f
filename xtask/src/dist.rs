//! What is given to users: an archive and a Debian package of the release, with what belongs to it.
//!
//! The same sources and tools make the same files: times are those of the last commit, and lists are sorted.

mod archive;
pub(crate) mod components;
mod debian;
pub(crate) mod licences;
mod notices;
mod sbom;

use crate::process::{command, is_on_path, read, run};
use crate::workspace::Workspace;
use anyhow::{Context, Result, ensure};
use std::fs;
use std::path::{Path, PathBuf};

/// The release to be packed.
pub(crate) struct Release {
    root: PathBuf,
    binary: PathBuf,
    version: String,
    /// Such as `x86_64-unknown-linux-gnu`.
    target: String,
    /// When it was committed, in seconds since 1970.
    committed_s: u64,
    /// Where the results go.
    folder: PathBuf,
}

impl Release {
    pub(crate) fn new(workspace: &Workspace, binary: PathBuf, version: &str) -> Result<Self> {
        let root = workspace.root.clone();
        let rustc = read(command("rustc", &root).arg("-vV"))?;
        let target = rustc.lines().find_map(|line| line.strip_prefix("host: "));
        let target = target.context("find this machine's target in `rustc -vV`")?;
        let committed = read(command("git", &root).args(["log", "-1", "--format=%ct"]))?;
        let committed_s = committed.trim().parse();
        Ok(Self {
            binary,
            version: version.to_owned(),
            target: target.to_owned(),
            committed_s: committed_s.context("read the time of the last commit")?,
            folder: workspace.target.join("dist"),
            root,
        })
    }

    fn name(&self) -> String {
        format!("watchroom-{}-{}", self.version, self.target)
    }

    /// A file of the workspace.
    fn source(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }
}

/// Makes all files, and returns them: the archive, the package where there is `dpkg-deb`, the list of components, and
/// the checksums of these.
pub(crate) fn make(release: &Release) -> Result<Vec<PathBuf>> {
    let folder = &release.folder;
    if folder.exists() {
        fs::remove_dir_all(folder).context("remove what was made before")?;
    }
    let tree = folder.join(release.name());
    fs::create_dir_all(&tree).context("create the folder of the archive")?;
    fill(release, &tree)?;
    let sbom = folder.join(format!("{}.cdx.json", release.name()));
    fs::copy(tree.join("sbom.cdx.json"), &sbom).context("copy the list of components")?;
    let mut made = vec![archive::make(release, &tree)?, sbom];
    match is_on_path("dpkg-deb") {
        true => made.push(debian::make(release, &tree)?),
        false => eprintln!("no Debian package was made: there is no dpkg-deb"),
    }
    made.push(checksums(folder, &made)?);
    Ok(made)
}

/// Everything that the archive and the package have.
fn fill(release: &Release, tree: &Path) -> Result<()> {
    let program = tree.join("watchroom");
    fs::copy(&release.binary, &program).context("copy the program")?;
    run(command("strip", tree).arg("--strip-all").arg(&program))?;
    run(command(&program, tree).args(["write-reference", "."]))?;
    for (from, to) in [
        ("README.md", "README.md"),
        ("CHANGELOG.md", "CHANGELOG.md"),
        ("LICENSE-MIT", "LICENSE-MIT"),
        ("LICENSE-APACHE", "LICENSE-APACHE"),
        ("deploy/watchroom.service", "watchroom.service"),
        ("deploy/watchroom.toml", "watchroom.toml"),
        ("docs/install.md", "INSTALL.md"),
    ] {
        copy(&release.source(from), &tree.join(to))?;
    }
    let components = components::of(&release.root, &release.target)?;
    write(&tree.join("THIRD-PARTY.md"), &notices::text(&components))?;
    let sbom = sbom::json(release, &components);
    write(&tree.join("sbom.cdx.json"), &sbom)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    let parent = to.parent().unwrap_or(to);
    fs::create_dir_all(parent)
        .and_then(|()| fs::copy(from, to))
        .with_context(|| format!("copy `{}` to `{}`", from.display(), to.display()))?;
    Ok(())
}

fn write(path: &Path, text: &str) -> Result<()> {
    let parent = path.parent().unwrap_or(path);
    fs::create_dir_all(parent)
        .and_then(|()| fs::write(path, text))
        .with_context(|| format!("write `{}`", path.display()))
}

/// `sha256sum --check SHA256SUMS` checks them.
fn checksums(folder: &Path, files: &[PathBuf]) -> Result<PathBuf> {
    let names = files.iter().filter_map(|file| file.file_name());
    let mut tool = match is_on_path("sha256sum") {
        true => command("sha256sum", folder),
        false => command("shasum", folder),
    };
    if !is_on_path("sha256sum") {
        tool.args(["-a", "256"]);
    }
    let sums = read(tool.args(names))?;
    ensure!(sums.lines().count() == files.len(), "a checksum is missing");
    let path = folder.join("SHA256SUMS");
    write(&path, &sums)?;
    Ok(path)
}
