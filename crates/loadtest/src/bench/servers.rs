//! The servers under test: how they are started, loaded and stopped.

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use loadtest::{Plan, Report, Target, Window};
use protocol::Stream;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustix::thread::{CpuSet, sched_setaffinity};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;
use std::{env, fs, thread};
use tempfile::TempDir;

/// How long a server may take to print its address.
const START_LIMIT: Duration = Duration::from_secs(20);

/// Bytes of a baseline's message, about as many as Watchroom's demo sends.
const MESSAGE_BYTES: &str = "300";

/// All load comes from one address and one account, whose limits apply to this machine, too, where a login is required.
const SENDER_LIMITS: [&str; 6] = [
    "WATCHROOM_LIMITS__VIEWERS_PER_ADDRESS",
    "WATCHROOM_LIMITS__CONNECTIONS_PER_ADDRESS",
    "WATCHROOM_LIMITS__REQUESTS_PER_SECOND",
    "WATCHROOM_LIMITS__REQUESTS_BURST",
    "WATCHROOM_LIMITS__REQUESTS_PER_SECOND_PER_ACCOUNT",
    "WATCHROOM_LIMITS__REQUESTS_BURST_PER_ACCOUNT",
];
const SENDER_MAX: &str = "1000000";

/// The servers that can be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Peer {
    /// The server to measure.
    Watchroom,
    /// One thread that writes a finished frame to raw sockets.
    Floor,
    /// Bun's own server, which is uWebSockets.
    Bun,
    /// The textbook axum server.
    Axum,
}

impl Peer {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Watchroom => "watchroom",
            Self::Floor => "floor",
            Self::Bun => "bun",
            Self::Axum => "axum",
        }
    }
}

/// The programs that are started.
#[derive(Args)]
pub(super) struct Programs {
    /// The server's binary.
    #[arg(long = "server")]
    watchroom: PathBuf,
    /// Bun's binary, to compare with it.
    #[arg(long)]
    bun: Option<PathBuf>,
    /// Pin the server to the first core and the load generator to the second, so that no result depends
    /// on the scheduler.
    #[arg(long, global = true)]
    pin: bool,
}

impl Programs {
    /// Starts a server that sends `rate` messages a second.
    pub(super) fn start(&self, peer: Peer, rate: u32, deflate: bool) -> Result<Server> {
        let data = TempDir::new()?;
        let rate = rate.to_string();
        let baseline = ["--rate", &rate, "--bytes", MESSAGE_BYTES];
        let mut command = match peer {
            Peer::Watchroom => {
                let mut command = self.command(&self.watchroom);
                command
                    .args(["serve", "--demo", "--demo-days=0", "--demo-seed=1"])
                    .args(["--demo-rate", &rate])
                    .args(["--listen", "127.0.0.1:0", "--data-dir"])
                    .arg(data.path());
                command
            }
            Peer::Floor | Peer::Axum => {
                let mut command = self.command(&env::current_exe()?);
                command.args(["baseline", peer.name()]).args(baseline);
                command
            }
            Peer::Bun => {
                let bun = self.bun.as_ref().context(
                    "find Bun; `cargo xtask setup --peers` installs it, `--peers` without `bun` does \
                     without it",
                )?;
                let mut command = self.command(bun);
                command
                    .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/peers/bun.js"))
                    .args(baseline)
                    .args(deflate.then_some("--deflate"));
                command
            }
        };
        Server::start(&mut command, data).with_context(|| format!("start {}", peer.name()))
    }

    /// Starts Watchroom with these arguments.
    pub(super) fn start_watchroom(&self, arguments: &[String]) -> Result<Server> {
        self.start_watchroom_in(TempDir::new()?, arguments)
    }

    /// The same, with a folder that is removed after it has stopped.
    pub(super) fn start_watchroom_in(
        &self,
        folder: TempDir,
        arguments: &[String],
    ) -> Result<Server> {
        let mut command = self.command(&self.watchroom);
        let limits = SENDER_LIMITS.map(|name| (name, SENDER_MAX));
        command.arg("serve").args(arguments).envs(limits);
        Server::start(&mut command, folder).context("start watchroom")
    }

    /// Runs a command of Watchroom's to its end, and returns what it prints.
    pub(super) fn run_watchroom(&self, arguments: &[&str]) -> Result<String> {
        let output = self.command(&self.watchroom).args(arguments).output()?;
        if !output.status.success() {
            let error = String::from_utf8_lossy(&output.stderr);
            bail!("`watchroom {}` failed: {error}", arguments.join(" "));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = if self.pin {
            let mut command = Command::new("taskset");
            command.args(["-c", "0"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        for (name, _) in env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("WATCHROOM_") || text == "DATABASE_URL" {
                command.env_remove(name);
            }
        }
        command
    }

    /// Puts the load of `plan` on a server.
    pub(super) fn load(&self, plan: &Plan) -> Result<Report> {
        if self.pin {
            let mut cores = CpuSet::new();
            cores.set(1);
            sched_setaffinity(None, &cores).context("pin the load generator to the second core")?;
        }
        Ok(loadtest::run(plan)?)
    }
}

/// A running server, which is stopped on drop.
pub(super) struct Server {
    child: Child,
    pub(super) url: String,
    /// Its folder; removed after the server has stopped.
    _folder: TempDir,
}

impl Server {
    /// Starts a server and waits until it has printed its address.
    fn start(command: &mut Command, folder: TempDir) -> Result<Self> {
        raise_open_files();
        let log = folder.path().join("stderr");
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(&log)?)
            .spawn()
            .context("start the program")?;
        let mut server = Self {
            child,
            url: String::new(),
            _folder: folder,
        };
        let stdout = server.child.stdout.take().context("read its output")?;
        let (sender, receiver) = mpsc::channel();
        // Reads on after the address, so that a full pipe never blocks the server.
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                let url = line.find("http://").or_else(|| line.find("https://"));
                if let Some(start) = url {
                    // Fails after the first address, when the receiver is gone.
                    let url = line[start..].split("/setup#").next();
                    let _ = sender.send(url.unwrap_or_default().to_owned());
                }
            }
        });
        match receiver.recv_timeout(START_LIMIT) {
            Ok(url) => server.url = url,
            Err(_) => {
                let output = fs::read_to_string(&log).unwrap_or_default();
                bail!("it printed no address but: {}", output.trim());
            }
        }
        Ok(server)
    }

    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// A plan for this server: `viewers` that receive the demo's streams for `seconds`.
    pub(super) fn plan(&self, viewers: usize, seconds: u32) -> Result<Plan> {
        Ok(Plan {
            streams: vec![Stream::Metrics, Stream::Events, Stream::Data],
            viewers,
            pid: Some(self.pid()),
            window: Window::Time(Duration::from_secs(seconds.into())),
            ..Plan::new(Target::parse(&self.url, false)?)
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Fails if the server has exited by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Raises the soft limit of open files, which servers inherit.
fn raise_open_files() {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    let limit = Rlimit {
        current: maximum,
        maximum,
    };
    // `loadtest::run` reports a limit that is too low.
    let _ = setrlimit(Resource::Nofile, limit);
}
