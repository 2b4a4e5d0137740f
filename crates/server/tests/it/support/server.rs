use super::soon;
use protocol::{Alert, AlertState, Durable, Level, Log, Timestamp};
use server::Server;
use server::config::Config;
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tempfile::TempDir;

/// What a stop may take, twice, as in the program itself.
const DRAIN_GRACE: Duration = Duration::from_millis(2_400);

/// The promise about a stop.
const DRAIN_MAX: Duration = Duration::from_secs(5);

/// A server on a port of its own. Its simulated host has neither logs nor alerts: these streams
/// belong to the tests, which append to them.
pub(crate) struct TestServer {
    server: Server,
    config: Config,
    _data_dir: TempDir,
}

impl TestServer {
    /// Without a store: most tests are about what the memory holds.
    pub(crate) async fn start(change: impl FnOnce(&mut Config)) -> Self {
        Self::keeping(|config| {
            config.database_url = "memory:".into();
            change(config);
        })
        .await
    }

    /// With a store in its data directory, as it is by default.
    pub(crate) async fn keeping(change: impl FnOnce(&mut Config)) -> Self {
        let data_dir = tempfile::tempdir().unwrap();
        let mut config = Config {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            data_dir: data_dir.path().join("made/by/the/server"),
            demo: true,
            demo_days: 0,
            demo_seed: 7,
            restart_spread_ms: 0,
            ..Config::default()
        };
        change(&mut config);
        let server = Server::start(&config).await.unwrap();
        Self {
            server,
            config,
            _data_dir: data_dir,
        }
    }

    /// With other settings from its next start on.
    pub(crate) fn reconfigured(mut self, change: impl FnOnce(&mut Config)) -> Self {
        change(&mut self.config);
        self
    }

    /// Ends in good order, and starts again on the same data.
    pub(crate) async fn restart(self) -> Self {
        self.restart_after(async |_| ()).await
    }

    /// The same, and between the two something happens to the data directory.
    pub(crate) async fn restart_after(self, meanwhile: impl AsyncFnOnce(&Path)) -> Self {
        soon("the server's end", self.server.drain(DRAIN_GRACE)).await;
        meanwhile(&self.config.data_dir).await;
        Self {
            server: Server::start(&self.config).await.unwrap(),
            ..self
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.server.address()
    }

    pub(crate) fn epoch(&self) -> &str {
        self.server.journal().epoch()
    }

    pub(crate) fn head(&self) -> u64 {
        self.server.journal().head()
    }

    /// Appends lines to the log of a server without a store, with nothing between them.
    pub(crate) fn log(&self, lines: &[&str]) {
        self.server.journal().append(&log_lines(lines));
    }

    /// The same with a store.
    pub(crate) async fn log_kept(&self, lines: &[&str]) {
        self.keep(log_lines(lines)).await;
    }

    /// Appends messages of any kind to a server with a store.
    pub(crate) async fn keep(&self, messages: Vec<Durable>) {
        soon("a commit", self.server.append(messages)).await;
    }

    /// Lines of about half a KiB, enough of which fill any socket.
    pub(crate) fn log_at_length(&self, lines: usize) {
        self.log(&vec!["x".repeat(400).as_str(); lines]);
    }

    /// Appends any message to the log of a server without a store.
    pub(crate) fn append(&self, message: Durable) {
        self.server.journal().append(&[message]);
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
        }));
    }

    /// Whoever is left leaves, and the server ends in time.
    pub(crate) async fn drain(self, viewers: impl Send) {
        drop(viewers);
        self.stop().await;
    }

    /// The server ends in time, whoever is there.
    pub(crate) async fn stop(self) {
        let start = Instant::now();
        soon("the server's end", self.server.drain(DRAIN_GRACE)).await;
        assert!(start.elapsed() < DRAIN_MAX, "{:?}", start.elapsed());
    }
}

/// Of now, so that none is too old to be kept.
fn log_lines(lines: &[&str]) -> Vec<Durable> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let line = |line: &&str| {
        Durable::Log(Log {
            timestamp: Timestamp::from_unix_ms(now.as_millis() as i64),
            level: Level::Info,
            source: "test".into(),
            message: (*line).into(),
        })
    };
    lines.iter().map(line).collect()
}
