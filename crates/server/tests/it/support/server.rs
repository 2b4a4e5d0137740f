use super::{Viewer, soon};
use protocol::{Alert, AlertState, Durable, Level, Log, Stream, Timestamp};
use server::Server;
use server::config::{Config, LimitsConfig};
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// What a start says while another server has the store, or a test has only just closed it.
const IN_USE: [&str; 2] = ["another server is using it", "database is locked"];

const START_EVERY: Duration = Duration::from_millis(100);

/// The same as in the program.
const DRAIN_GRACE: Duration = Duration::from_millis(2_400);

/// The documented limit of a stop.
const DRAIN_MAX: Duration = Duration::from_secs(5);

/// A server on a port of its own. Its simulated host has neither logs nor alerts: these streams
/// belong to the tests, which append to them.
pub(crate) struct TestServer {
    server: Server,
    config: Config,
    _data_dir: TempDir,
}

impl TestServer {
    /// Without a store, for tests about that.
    pub(crate) async fn in_memory() -> Self {
        Self::start(|config| config.database_url = "memory:".into()).await
    }

    /// With a store in its data directory, as by default.
    pub(crate) async fn start(change: impl FnOnce(&mut Config)) -> Self {
        let data_dir = tempfile::tempdir().unwrap();
        let mut config = Config {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            data_dir: data_dir.path().join("made/by/the/server"),
            demo: true,
            demo_days: 0,
            demo_seed: 7,
            restart_spread_ms: 0,
            limits: unlimited_addresses(),
            ..Config::default()
        };
        change(&mut config);
        let server = Box::pin(Server::start(&config)).await.unwrap();
        Self {
            server,
            config,
            _data_dir: data_dir,
        }
    }

    /// Changes the settings of its next start.
    pub(crate) fn reconfigured(mut self, change: impl FnOnce(&mut Config)) -> Self {
        change(&mut self.config);
        self
    }

    /// Stops cleanly, and restarts with the same data.
    pub(crate) async fn restart(self) -> Self {
        self.restart_after(async |_| ()).await
    }

    /// The same, with a change of the data directory in between.
    pub(crate) async fn restart_after(self, meanwhile: impl AsyncFnOnce(&Path)) -> Self {
        soon("the server's end", self.server.drain(DRAIN_GRACE)).await;
        meanwhile(&self.config.data_dir).await;
        // On a busy machine the former one may take longer than its grace to close the store.
        let start = async {
            loop {
                match Box::pin(Server::start(&self.config)).await {
                    Ok(server) => break server,
                    Err(error) if IN_USE.iter().any(|why| error.to_string().contains(why)) => {
                        tokio::time::sleep(START_EVERY).await;
                    }
                    Err(error) => panic!("{error}"),
                }
            }
        };
        Self {
            server: soon("a start", start).await,
            ..self
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.server.address()
    }

    pub(crate) fn data_dir(&self) -> &Path {
        &self.config.data_dir
    }

    pub(crate) fn routes(&self) -> &[server::DeclaredRoute] {
        self.server.routes()
    }

    pub(crate) fn reload_certificate(&self) {
        self.server.reload_certificate();
    }

    pub(crate) fn epoch(&self) -> &str {
        self.server.journal().epoch()
    }

    pub(crate) fn journal(&self) -> &journal::Journal {
        self.server.journal()
    }

    pub(crate) fn head(&self) -> u64 {
        self.server.journal().head()
    }

    /// Appends lines to the log of a server without a store, with no message between them.
    pub(crate) fn log(&self, lines: &[&str]) {
        self.server.journal().append(&log_lines(lines));
    }

    /// The same with a store.
    pub(crate) async fn log_stored(&self, lines: &[&str]) {
        self.append_stored(log_lines(lines)).await;
    }

    /// Appends messages of any kind to a server with a store. What is withdrawn, since the commit took too long, is
    /// appended again.
    pub(crate) async fn append_stored(&self, messages: Vec<Durable>) {
        soon("a commit", async {
            while self.server.append(messages.clone()).await.is_err() {}
        })
        .await;
    }

    /// Appends lines of about half a KiB, which soon fill sockets.
    pub(crate) fn log_long_lines(&self, lines: usize) {
        self.log(&vec!["x".repeat(400).as_str(); lines]);
    }

    /// Appends any message to the log of a server without a store.
    pub(crate) fn append(&self, message: Durable) {
        self.server.journal().append(&[message]);
    }

    /// Waits until the sockets of viewers of `data` that do not read are full.
    pub(crate) async fn fill_sockets(&self) {
        let mut witness = Viewer::connect(self, "/ws?streams=data").await;
        // Live messages may have gaps for the witness, too.
        witness.chain.expect_skips(Stream::Data);
        for _ in 0..2_000 {
            witness.next().await;
        }
    }

    pub(crate) fn alert(&self, level: Level, rule: &str) {
        self.append(Durable::Alert(Alert {
            timestamp: Timestamp::from_unix_ms(0),
            state: AlertState::Firing,
            level,
            rule: rule.into(),
            message: "something is wrong".into(),
            value: None,
            host: None,
            id: None,
            series: None,
            fired_at: None,
            runbook: None,
        }));
    }

    /// Disconnects the viewers, and stops the server in time.
    pub(crate) async fn drain(self, viewers: impl Send) {
        drop(viewers);
        self.stop().await;
    }

    /// Stops the server in time.
    pub(crate) async fn stop(self) {
        let start = Instant::now();
        soon("the server's end", self.server.drain(DRAIN_GRACE)).await;
        assert!(start.elapsed() < DRAIN_MAX, "{:?}", start.elapsed());
    }
}

/// All clients of a test have one address, whose limits apply to this machine, too, where a login is required.
fn unlimited_addresses() -> LimitsConfig {
    const MAX: u32 = 1_000_000;
    LimitsConfig {
        viewers_per_address: MAX as usize,
        connections_per_address: MAX as usize,
        requests_per_second: MAX,
        requests_burst: MAX,
        requests_per_second_per_account: MAX,
        requests_burst_per_account: MAX,
        ..Config::default().limits
    }
}

/// With the present time, so that none expires.
fn log_lines(lines: &[&str]) -> Vec<Durable> {
    let line = |line: &&str| {
        Durable::Log(Log {
            timestamp: Timestamp::now(),
            level: Level::Info,
            source: "test".into(),
            message: (*line).into(),
        })
    };
    lines.iter().map(line).collect()
}
