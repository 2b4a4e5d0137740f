//! Stands in for wasm-bindgen while cargo-leptos builds: runs it, then shortens the names in what it
//! wrote, takes the words from panics and puts functions in order, before cargo-leptos optimises
//! that and names the files by their content.

mod names;
mod order;
mod panics;
mod wasm;

use std::env;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

use crate::process::run;
use crate::workspace::Workspace;

/// What cargo-leptos looks for on PATH.
const PROGRAM: &str = "wasm-bindgen";

/// Names the real one.
const REAL: &str = "WATCHROOM_WASM_BINDGEN";

/// Makes this program stand in for `real` in commands that get the folder on their PATH and these
/// variables.
pub(crate) fn stand_in(
    workspace: &Workspace,
    real: PathBuf,
) -> Result<(PathBuf, [(&'static str, PathBuf); 1])> {
    let folder = workspace.target.join("stand-in");
    fs::create_dir_all(&folder).with_context(|| format!("create `{}`", folder.display()))?;
    let program = folder.join(PROGRAM);
    let own = env::current_exe().context("find this program's own path")?;
    if fs::read_link(&program).ok().as_ref() != Some(&own) {
        let _ = fs::remove_file(&program);
        symlink(&own, &program).with_context(|| format!("link `{}`", program.display()))?;
    }
    Ok((folder, [(REAL, real)]))
}

/// Whether this program was called by that name.
pub(crate) fn is_called() -> bool {
    env::args_os().next().is_some_and(|own| {
        Path::new(&own)
            .file_name()
            .is_some_and(|name| name == PROGRAM)
    })
}

/// Does what wasm-bindgen does, and more.
pub(crate) fn main() -> Result<ExitCode> {
    let real = env::var_os(REAL).with_context(|| format!("find wasm-bindgen: set {REAL}"))?;
    let arguments: Vec<OsString> = env::args_os().skip(1).collect();
    run(Command::new(real).args(&arguments))?;
    let value = |flag: &str| {
        let mut texts = arguments.iter().filter_map(|argument| argument.to_str());
        texts.find_map(|text| text.strip_prefix(flag)?.strip_prefix('='))
    };
    if let Some((folder, name)) = value("--out-dir").zip(value("--out-name")) {
        shrink(
            &Path::new(folder).join(format!("{name}_bg.wasm")),
            &Path::new(folder).join(format!("{name}.js")),
        )
        .context("shrink what wasm-bindgen wrote")?;
    }
    Ok(ExitCode::SUCCESS)
}

fn shrink(module: &Path, script: &Path) -> Result<()> {
    let read = |path: &Path| fs::read(path).with_context(|| format!("read `{}`", path.display()));
    let old = read(module)?;
    let text = String::from_utf8(read(script)?).context("the script is not text")?;
    let mut names = names::Names::new(&text)?;
    let quiet = panics::without_words(&old)?;
    let renamed = wasm::renamed(&quiet, &mut names)?;
    fs::write(module, order::named_by_place(&renamed)?)?;
    fs::write(script, names.renamed(&text))?;
    Ok(())
}
