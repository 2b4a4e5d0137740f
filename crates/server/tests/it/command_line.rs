//! The command line.

mod accounts;
mod errors;
mod operating;
mod serving;
mod settings;
mod storing;

use rustix::process::{Pid, Signal, kill_process};
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc;
use std::time::Duration;
use tempfile::TempDir;

/// The timeout of all waits.
const PATIENCE: Duration = Duration::from_secs(60);

/// A directory to run the program in, without settings.
pub(crate) struct Workplace {
    folder: TempDir,
}

impl Workplace {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn write(&self, name: &str, content: &str) {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_watchroom"));
        command.args(args).current_dir(self.path());
        for (name, _) in std::env::vars_os() {
            let name_text = name.to_string_lossy();
            let customary = ["DATABASE_URL", "JWT_SECRET", "WS_HOST", "WS_PORT"];
            if name_text.starts_with("WATCHROOM_") || customary.contains(&&*name_text) {
                command.env_remove(name);
            }
        }
        command
            .env("XDG_DATA_HOME", self.path().join("data"))
            // So that a backtrace would be printed.
            .env("RUST_BACKTRACE", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Finished {
        Finished::of(&mut self.command(args))
    }
}

/// A program that has ended.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Finished {
    fn of(command: &mut Command) -> Self {
        let child = command.spawn().unwrap();
        Self::from(in_time(child, |child| child.wait_with_output().unwrap()))
    }

    /// Asserts that it failed with one sentence that contains all of these.
    #[track_caller]
    fn failed_with(&self, parts: &[&str]) {
        assert!(!self.status.success(), "{self:?}");
        assert_eq!(self.stdout, "", "{self:?}");
        for part in parts {
            assert!(
                self.stderr.contains(part),
                "it does not say {part:?}: {self:?}"
            );
        }
        for part in ["panicked", "backtrace", "Backtrace", "Error {", "Os {"] {
            assert!(!self.stderr.contains(part), "{self:?}");
        }
    }
}

impl From<Output> for Finished {
    fn from(output: Output) -> Self {
        Self {
            status: output.status,
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// A program that serves.
pub(crate) struct Running {
    child: Child,
    stdout: BufReader<ChildStdout>,
    first_line: String,
    pub(crate) address: SocketAddr,
}

impl Running {
    /// Starts it, and waits for its line.
    pub(crate) fn start(command: &mut Command) -> Self {
        let child = command.spawn().unwrap();
        in_time(child, |mut child| {
            let mut stdout = BufReader::new(child.stdout.take().unwrap());
            let mut first_line = String::new();
            stdout.read_line(&mut first_line).unwrap();
            let address = first_line
                .trim_end()
                .strip_prefix("Watchroom listening on ")
                .and_then(|url| url.split("://").nth(1)?.split('/').next()?.parse().ok());
            let Some(address) = address else {
                let output = child.wait_with_output().unwrap();
                panic!("it said {first_line:?}: {output:?}");
            };
            Self {
                child,
                stdout,
                first_line,
                address,
            }
        })
    }

    /// Sends SIGTERM, and waits for its end; `stdout` is the whole output.
    pub(crate) fn terminate(self) -> Finished {
        self.signal(Signal::TERM);
        self.finish()
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// How many of its threads have this name.
    #[cfg(target_os = "linux")]
    pub(crate) fn threads_named(&self, name: &str) -> usize {
        let threads = std::fs::read_dir(format!("/proc/{}/task", self.child.id())).unwrap();
        let names = threads.map(|thread| {
            // A thread that has just ended has no name.
            std::fs::read_to_string(thread.unwrap().path().join("comm")).unwrap_or_default()
        });
        names.filter(|thread| thread.trim_end() == name).count()
    }

    pub(crate) fn finish(self) -> Finished {
        let Self {
            child,
            mut stdout,
            first_line,
            ..
        } = self;
        in_time(child, move |child| {
            let mut rest = String::new();
            stdout.read_to_string(&mut rest).unwrap();
            let finished = Finished::from(child.wait_with_output().unwrap());
            Finished {
                stdout: first_line + &rest,
                ..finished
            }
        })
    }
}

/// Runs this with a timeout, after which the program is killed.
fn in_time<T: Send + 'static>(child: Child, work: impl FnOnce(Child) -> T + Send + 'static) -> T {
    let id = Pid::from_child(&child);
    let (done, doing) = mpsc::channel();
    let worker = std::thread::spawn(move || {
        // An error means that the timeout has passed.
        let _ = done.send(work(child));
    });
    match doing.recv_timeout(PATIENCE) {
        Ok(result) => result,
        Err(mpsc::RecvTimeoutError::Timeout) => {
            let _ = kill_process(id, Signal::KILL);
            panic!("it took longer than {PATIENCE:?}");
        }
        Err(mpsc::RecvTimeoutError::Disconnected) => {
            std::panic::resume_unwind(worker.join().unwrap_err())
        }
    }
}
