//! Running other programs. xtask writes its own messages to standard error, so that the standard
//! output of `cargo xtask run` is the server's.

use anyhow::{Context, Result, anyhow, bail};
use std::collections::VecDeque;
use std::env;
use std::ffi::{OsStr, OsString};
use std::io::{self, BufRead, BufReader, IsTerminal};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, ExitStatus, Stdio};

/// The last lines of a failed command that its error repeats.
const LAST_LINES: usize = 120;

/// The lines with names of failed tests that it repeats.
const FAILED_LINES_MAX: usize = 60;

/// A command in `folder`, without the variables that `cargo run` set for xtask alone: they would
/// reach build scripts below and make Cargo build things again that a direct call has built.
pub(crate) fn command(program: impl AsRef<OsStr>, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder);
    for (name, _) in env::vars_os() {
        if name.to_str().is_some_and(is_xtasks_own) {
            command.env_remove(name);
        }
    }
    command
}

fn is_xtasks_own(name: &str) -> bool {
    name == "CARGO" || name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
}

/// Runs a command, which inherits standard output and error. Where nobody watches (its output goes to a file or a log),
/// the cause of the error has the last lines as well.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let line = line(command);
    let (status, last_lines) = if io::stdout().is_terminal() {
        let status = command.status();
        (status, String::new())
    } else {
        passed_on(command)
    };
    let status = status.with_context(|| format!("start `{line}`"))?;
    if !status.success() {
        return Err(anyhow!(last_lines).context(format!("`{line}` ended with {status}")));
    }
    Ok(())
}

/// Runs a command and writes its lines to standard output as they come. Returns the last of them, and before these the
/// lines that name failed tests.
fn passed_on(command: &mut Command) -> (io::Result<ExitStatus>, String) {
    let mut failed = Vec::new();
    let mut last = VecDeque::new();
    let status = io::pipe().and_then(|(reader, writer)| {
        let mut child = command.stdout(writer.try_clone()?).stderr(writer).spawn()?;
        // The command owns the writing end, too, and the lines end only when all have closed it.
        command.stdout(Stdio::null()).stderr(Stdio::null());
        for line in BufReader::new(reader).split(b'\n') {
            let line = String::from_utf8_lossy(&line?).into_owned();
            println!("{line}");
            if line.contains("FAILED") && failed.len() < FAILED_LINES_MAX {
                failed.push(line.clone());
            }
            if last.len() == LAST_LINES {
                last.pop_front();
            }
            last.push_back(line);
        }
        child.wait()
    });
    failed.extend(last);
    (status, failed.join("\n"))
}

/// Replaces this process, so that signals and the exit code are the command's own.
pub(crate) fn exec(command: &mut Command) -> Result<ExitCode> {
    let line = line(command);
    Err(CommandExt::exec(command)).with_context(|| format!("start `{line}`"))
}

/// Runs a command silently; returns its standard output.
pub(crate) fn read(command: &mut Command) -> Result<String> {
    let line = line(command);
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("start `{line}`"))?;
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr);
        bail!("`{line}` ended with {}: {}", output.status, stderr.trim());
    }
    String::from_utf8(output.stdout).with_context(|| format!("read the output of `{line}`"))
}

/// `PATH` with `folders` before everything that is on `path`.
pub(crate) fn path_starting_with(folders: Vec<PathBuf>, path: &OsStr) -> Result<OsString> {
    env::join_paths(folders.into_iter().chain(env::split_paths(path)))
        .context("put the tools on PATH")
}

pub(crate) fn is_on_path(program: &str) -> bool {
    let users = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&users).any(|folder| folder.join(program).is_file())
}

/// The command line, for messages.
fn line(command: &Command) -> String {
    let words: Vec<_> = std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| word.to_string_lossy())
        .collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::{command, passed_on, read, run};
    use std::path::Path;

    #[test]
    fn an_error_has_the_failed_command_and_its_output() {
        let mut failing = command("sh", Path::new("/"));
        failing.args(["-c", "echo no luck >&2; exit 3"]);
        let error = read(&mut failing)
            .expect_err("exit 3 is a failure")
            .to_string();
        assert!(
            error.contains("exit 3` ended with exit status: 3: no luck"),
            "{error}"
        );
    }

    #[test]
    fn the_cause_of_an_error_has_the_last_lines() {
        let mut failing = command("sh", Path::new("/"));
        failing.args(["-c", "echo one; echo two >&2; exit 3"]);
        let (status, lines) = passed_on(&mut failing);
        assert_eq!(status.expect("it starts").code(), Some(3));
        assert_eq!(lines, "one\ntwo");
    }

    #[test]
    fn an_error_has_the_missing_program() {
        let error = run(&mut command("watchroom-no-such-program", Path::new("/")))
            .expect_err("there is no such program")
            .to_string();
        assert_eq!(error, "start `watchroom-no-such-program`");
    }
}
