//! Man pages and shell completions, made from the command line's definition for packages.

use crate::cli::Cli;
use anyhow::Context;
use clap::{Command, CommandFactory};
use clap_complete::Shell;
use std::fs;
use std::path::Path;

/// Writes `man/*.1` and `completions/*` into a folder, which is created if it is missing.
///
/// # Errors
///
/// If the folder cannot be written to.
pub fn write(folder: &Path) -> anyhow::Result<()> {
    let (man, completions) = (folder.join("man"), folder.join("completions"));
    for path in [&man, &completions] {
        fs::create_dir_all(path).with_context(|| format!("create `{}`", path.display()))?;
    }
    clap_mangen::generate_to(visible_commands(), &man).context("write man pages")?;
    for shell in [Shell::Bash, Shell::Fish, Shell::Zsh] {
        clap_complete::generate_to(shell, &mut visible_commands(), "watchroom", &completions)
            .with_context(|| format!("write completions for {shell}"))?;
    }
    Ok(())
}

/// The command line without what only the program itself uses, which completions would offer.
fn visible_commands() -> Command {
    let all = Cli::command();
    let visible = all.get_subcommands().filter(|it| !it.is_hide_set());
    let about = all.get_about().cloned().unwrap_or_default();
    Command::new("watchroom")
        .about(about)
        .version(crate::VERSION)
        .propagate_version(true)
        .subcommands(visible.cloned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_and_completions_are_of_the_commands_that_help_shows() {
        let folder = tempfile::tempdir().expect("a folder");
        write(folder.path()).expect("they are written");
        let page = fs::read_to_string(folder.path().join("man/watchroom-serve.1"));
        assert!(page.expect("a page").contains("allowed\\-host"));
        for name in ["watchroom.bash", "_watchroom", "watchroom.fish"] {
            let text = fs::read_to_string(folder.path().join("completions").join(name));
            let text = text.expect(name);
            assert!(text.contains("healthcheck"), "{name}");
            assert!(!text.contains("probe-filesystems"), "{name}");
        }
    }
}
