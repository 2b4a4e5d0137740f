#[expect(
    dead_code,
    reason = "the store's own tests do more to a database than these"
)]
#[path = "../../../store/tests/support/postgres.rs"]
pub(crate) mod postgres;

use journal::Chain;
use protocol::{ChannelName, Data, Durable, Event, Level, Stream, Timestamp};
use server::Server;
use server::config::Config;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;

/// The timeout of all waits.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The reference.
pub(crate) fn reference() -> String {
    std::fs::read_to_string(root().join("docs/protocol.md")).unwrap()
}

/// The blocks of the reference that are fenced under this name.
pub(crate) fn blocks(text: &str, name: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut block: Option<String> = None;
    for line in text.lines() {
        match &mut block {
            None if line == format!("```{name}") => block = Some(String::new()),
            Some(_) if line == "```" => blocks.extend(block.take()),
            Some(block) => {
                block.push_str(line);
                block.push('\n');
            }
            None => {}
        }
    }
    blocks
}

/// Ends its task when dropped.
pub(crate) struct Filler(tokio::task::JoinHandle<()>);

impl Drop for Filler {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// A message that a channel of this stream may have.
fn channel_message(stream: Stream) -> Durable {
    let timestamp = Timestamp::from_unix_ms(0);
    match stream {
        Stream::Events => Durable::Event(Event {
            timestamp,
            level: Level::Error,
            source: "channel".into(),
            message: "for its members".into(),
        }),
        _ => Durable::Data(Data {
            timestamp,
            label: "for its members".into(),
            ..Data::default()
        }),
    }
}

/// Any free port of this machine.
pub(crate) const ANYWHERE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// A server that shows the simulated host, with samples in quick succession.
pub(crate) struct Demo {
    pub(crate) server: Server,
    data_dir: TempDir,
}

impl Demo {
    pub(crate) async fn start(listen: SocketAddr) -> Self {
        Self::with(listen, |_| ()).await
    }

    /// With other settings.
    pub(crate) async fn with(listen: SocketAddr, set: impl FnOnce(&mut Config)) -> Self {
        let data_dir = tempfile::tempdir().unwrap();
        let mut config = Config {
            listen,
            data_dir: data_dir.path().to_owned(),
            demo: true,
            demo_days: 0,
            demo_seed: 7,
            // Other hosts are sent only if requested.
            demo_hosts: 3,
            interval_ms: 100,
            restart_spread_ms: 0,
            ..Config::default()
        };
        set(&mut config);
        Self {
            server: Server::start(&config).await.unwrap(),
            data_dir,
        }
    }

    pub(crate) async fn anywhere() -> Self {
        Self::start(ANYWHERE).await
    }

    pub(crate) fn data_dir(&self) -> &Path {
        self.data_dir.path()
    }

    /// Waits until so many samples more have been taken.
    pub(crate) async fn samples(&self, count: usize) {
        let journal = self.server.journal();
        let mut head = journal.watch();
        let start = journal.head();
        let enough = async {
            while self.seqs(&[Stream::Metrics], start).len() < count {
                head.changed().await.unwrap();
            }
        };
        tokio::time::timeout(PATIENCE, enough).await.unwrap();
    }

    /// After whatever else is in the log, publishes a message of a channel.
    pub(crate) fn fill_channels(&self, streams: &[Stream]) -> Filler {
        let journal = self.server.journal().clone();
        let streams = streams.to_vec();
        Filler(tokio::spawn(async move {
            let mut head = journal.watch();
            let (mut newest, mut number) = (0, 0);
            while head.changed().await.is_ok() {
                if *head.borrow_and_update() <= newest {
                    continue;
                }
                number += 1;
                let channel = if number % 2 == 0 { "r7" } else { "r8" };
                let channel = ChannelName::new(channel).unwrap();
                let message = channel_message(streams[number % streams.len()]);
                let frames = journal.prepare_in(&channel, &[message]);
                newest = frames[0].seq();
                journal.publish(newest);
            }
        }))
    }

    /// The numbers that the streams' messages about the own host have beyond a position, as the journal has
    /// them.
    pub(crate) fn seqs(&self, streams: &[Stream], after: u64) -> Vec<u64> {
        let batch = self.server.journal().batch(after);
        assert_eq!(batch.after, after, "the ring holds all");
        let wanted = batch.frames.iter();
        wanted
            .filter(|frame| streams.contains(&frame.stream()) && frame.chain() == Chain::Own)
            .map(|frame| frame.seq())
            .collect()
    }
}
