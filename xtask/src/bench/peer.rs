//! The servers that are compared, and how they are started and ended.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::str::FromStr;
use std::sync::mpsc;
use std::time::Duration;
use std::{env, thread};

use anyhow::{Context, Result, bail};

use super::options::Options;
use crate::process::{command, run};
use crate::release;
use crate::setup::cache::Cache;
use crate::setup::tool::Tool;
use crate::setup::{ensure_met, for_run};
use crate::workspace::Workspace;

/// How long a server may take to say where it listens.
const START_LIMIT: Duration = Duration::from_secs(20);

/// Bytes of a baseline's message, about as many as Watchroom's demo sends.
const MESSAGE_BYTES: &str = "300";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Peer {
    /// The release server.
    Watchroom,
    /// The ordinary axum way.
    Axum,
    /// What the kernel alone costs.
    Floor,
    /// uWebSockets, as Bun has it.
    Bun,
}

impl Peer {
    pub(super) const ALL: [Self; 4] = [Self::Watchroom, Self::Floor, Self::Bun, Self::Axum];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Watchroom => "watchroom",
            Self::Axum => "axum",
            Self::Floor => "floor",
            Self::Bun => "bun",
        }
    }
}

impl FromStr for Peer {
    type Err = anyhow::Error;

    fn from_str(name: &str) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|peer| peer.name() == name)
            .with_context(|| {
                format!("find a peer called `{name}`: there are watchroom, floor, bun and axum")
            })
    }
}

/// What is run, built and installed.
pub(super) struct Programs {
    workspace: Workspace,
    watchroom: PathBuf,
    loadtest: PathBuf,
    bun: PathBuf,
    pin: bool,
}

impl Programs {
    /// Builds and installs whatever the peers of `options` need.
    pub(super) fn prepare(options: &Options) -> Result<Self> {
        let workspace = Workspace::locate()?;
        let cache = Cache::open()?;
        let bun = Tool::bun(&cache);
        let bun_path = bun.path();
        if options.peers.contains(&Peer::Bun) {
            ensure_met(&[Box::new(bun)], &cache)
                .context("install Bun; `--peers` without `bun` does without it")?;
        }
        let watchroom = match &options.server {
            Some(server) => server.clone(),
            None if options.peers.contains(&Peer::Watchroom) => {
                ensure_met(&for_run(&workspace, &cache)?, &cache)?;
                release::build(&workspace, &cache)?;
                workspace.release_binary()
            }
            None => workspace.release_binary(),
        };
        run(command("cargo", &workspace.root).args([
            "build",
            "--release",
            "--quiet",
            "--package",
            "loadtest",
        ]))?;
        Ok(Self {
            loadtest: workspace.release_binary().with_file_name("loadtest"),
            workspace,
            watchroom,
            bun: bun_path,
            pin: options.pin,
        })
    }

    pub(super) fn workspace(&self) -> &Workspace {
        &self.workspace
    }

    /// A command in the workspace.
    fn command(&self, program: &Path) -> Command {
        command(program, &self.workspace.root)
    }

    /// The load generator, on the second core if each keeps to one.
    pub(super) fn loadtest(&self) -> Command {
        let mut command = self.command(Path::new(if self.pin { "taskset" } else { "env" }));
        if self.pin {
            command.args(["-c", "1"]);
        }
        command.arg(&self.loadtest);
        command
    }

    /// Starts Watchroom with these arguments, and waits until it listens.
    pub(super) fn start_watchroom(&self, arguments: &[String]) -> Result<Server> {
        let folder = scratch_folder()?;
        let mut command = self.server(&self.watchroom);
        Server::start(command.arg("serve").args(arguments), folder).context("start watchroom")
    }

    /// A command that becomes a server, on the first core if each keeps to one.
    fn server(&self, program: &Path) -> Command {
        // The shell raises the soft limit of open files for servers that do not, and becomes them.
        let mut command = self.command(Path::new("sh"));
        command
            .args(["-c", "ulimit -Sn \"$(ulimit -Hn)\"; exec \"$@\"", "sh"])
            .args(self.pin.then_some(["taskset", "-c", "0"]).iter().flatten())
            .arg(program);
        for (name, _) in env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("WATCHROOM_") || text == "DATABASE_URL" {
                command.env_remove(name);
            }
        }
        command
    }

    /// Starts a server that sends `rate` messages a second, and waits until it listens.
    pub(super) fn start(&self, peer: Peer, rate: u32, deflate: bool) -> Result<Server> {
        let folder = scratch_folder()?;
        let program = match peer {
            Peer::Watchroom => &self.watchroom,
            Peer::Axum | Peer::Floor => &self.loadtest,
            Peer::Bun => &self.bun,
        };
        let mut command = self.server(program);
        let rate = rate.to_string();
        match peer {
            Peer::Watchroom => command
                .args(["serve", "--demo", "--demo-days=0", "--demo-seed=1"])
                .args(["--demo-rate", &rate])
                .args(["--listen", "127.0.0.1:0", "--data-dir"])
                .arg(folder.join("data")),
            Peer::Axum | Peer::Floor => command.args([
                "baseline",
                peer.name(),
                "--rate",
                &rate,
                "--bytes",
                MESSAGE_BYTES,
            ]),
            Peer::Bun => command
                .arg("crates/loadtest/peers/bun.js")
                .args(["--rate", &rate, "--bytes", MESSAGE_BYTES])
                .args(deflate.then_some("--deflate")),
        };
        Server::start(&mut command, folder).with_context(|| format!("start {}", peer.name()))
    }
}

/// A server that is ended, and its folder removed, when this is dropped.
pub(super) struct Server {
    child: Child,
    folder: PathBuf,
    pub(super) url: String,
}

impl Server {
    fn start(command: &mut Command, folder: PathBuf) -> Result<Self> {
        let log = folder.join("stderr");
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(&log).with_context(|| format!("create `{}`", log.display()))?)
            .spawn()
            .context("start the program")?;
        // From here on the guard ends it, whatever happens.
        let mut server = Self {
            child,
            folder,
            url: String::new(),
        };
        let stdout = server.child.stdout.take().context("read its output")?;
        let (sender, receiver) = mpsc::channel();
        // It reads on after the address, so that a talkative server does not block; it ends with
        // the server.
        thread::Builder::new()
            .name("server output".to_owned())
            .spawn(move || {
                let lines = BufReader::new(stdout).lines().map_while(Result::ok);
                for line in lines {
                    if let Some(start) = line.find("http://") {
                        // Nobody listens any more after the first.
                        let _ = sender.send(line[start..].to_owned());
                    }
                }
            })
            .context("start a thread")?;
        match receiver.recv_timeout(START_LIMIT) {
            Ok(url) => server.url = url,
            Err(_) => {
                let said = fs::read_to_string(&log).unwrap_or_default();
                bail!("it did not say where it listens; it said: {}", said.trim());
            }
        }
        Ok(server)
    }

    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to do.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// A new empty folder.
pub(super) fn scratch_folder() -> Result<PathBuf> {
    let parent = env::temp_dir();
    for number in 0..1_000 {
        let folder = parent.join(format!("watchroom-bench-{}-{number}", std::process::id()));
        if fs::create_dir(&folder).is_ok() {
            return Ok(folder);
        }
    }
    bail!("make a folder in `{}`", parent.display())
}
