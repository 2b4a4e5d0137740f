use crate::app::{App, PageSettings};
use crate::clock::Clock;
use crate::config::{Config, StorePlace};
use crate::health::{Health, Readiness};
use crate::http::{self, Guard, Site};
use crate::intake::{Appender, Unavailable};
use crate::open_log::{self, OpenLogError, OpenedLog};
use crate::sampler;
use crate::tasks::Tasks;
use crate::viewers::{Hub, HubLimits};
use collector::{Collector, Demo};
use journal::Journal;
use protocol::{Durable, Event, Level, Timestamp};
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// How long a stop waits for its own event: a little longer than a commit may take before its messages are
/// published all the same.
const STOP_EVENT_TIME_MAX: Duration = Duration::from_millis(1_200);

/// A running server.
pub struct Server {
    address: SocketAddr,
    journal: Journal,
    appender: Appender,
    hub: Hub,
    tasks: Tasks,
    stop: watch::Sender<bool>,
    /// Dropped, it ends the sampler.
    sampler: mpsc::Sender<()>,
}

/// Why a server cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address is in use, or not this host's.
    #[error("listen on {address}: {source}{hint}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The system's error.
        source: io::Error,
        /// How to solve it.
        hint: &'static str,
    },
    /// The data directory cannot be made or written to.
    #[error("write to the data directory `{path}`: {source}; name another with --data-dir")]
    DataDir {
        /// The directory.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The log cannot be opened.
    #[error(transparent)]
    Log(#[from] OpenLogError),
}

impl Server {
    /// Starts everything; once this returns, the server answers.
    pub async fn start(config: &Config) -> Result<Self, StartError> {
        // Set once a process; a second server finds it set.
        let _ = any_spawner::Executor::init_tokio();
        if config.store_place() != StorePlace::Memory {
            prepare_data_dir(&config.data_dir)?;
        }
        let listener =
            http::bind(config.listen).map_err(|source| listen_error(config.listen, source))?;
        let address = listener
            .local_addr()
            .map_err(|source| listen_error(config.listen, source))?;

        let health = Health::default();
        let OpenedLog {
            own,
            journal,
            appender,
            backlog_reader,
            archive,
            store_tasks,
        } = open_log::open(config, &health).await?;
        let clock = Clock::start();
        let hub = Hub::new(
            journal.clone(),
            backlog_reader,
            clock,
            hub_limits(config),
            sweeps(config),
        );
        let page = PageSettings {
            ws_url: Some(config.ws_url.clone()).filter(|url| !url.is_empty()),
        };
        let guard = Guard::new(config.allowed_hosts.clone(), config.allowed_origins.clone());
        let readiness = Readiness::new(health.clone(), config.interval_ms);
        let app = App::new(
            hub.clone(),
            archive,
            appender.downgrade(),
            guard,
            Site::find(),
            page,
            readiness,
        );

        let (stop, stopped) = watch::channel(false);
        let mut tasks = Tasks::default();
        if let Some(store_tasks) = store_tasks {
            store_tasks.start(config.retention.for_store(), &mut tasks, &stopped);
        }
        let router = http::router(&app);
        let viewers_max = config.limits.viewers;
        tasks.spawn(
            "accept",
            http::serve(listener, router, viewers_max, stopped.clone()),
        );
        hub.start(
            &mut tasks,
            &stopped,
            Duration::from_millis(config.restart_spread_ms),
        );
        let started = format!("Watchroom {} started", crate::VERSION);
        append_event(&appender, Level::Success, started).await;
        let sampler = start_sampler(config, own.name(), &appender, &hub, &health, &mut tasks);
        Ok(Self {
            address,
            journal,
            appender,
            hub,
            tasks,
            stop,
            sampler,
        })
    }

    /// The address that it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The journal of all messages.
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Appends messages; they are committed and published when this returns.
    ///
    /// # Errors
    ///
    /// While the store is unavailable.
    pub async fn append(&self, messages: Vec<Durable>) -> Result<(), Unavailable> {
        self.appender.commit(messages).await
    }

    /// Stops accepting, closes all viewers' connections, and waits for the tasks to end.
    pub async fn drain(self, grace: Duration) {
        drop(self.sampler);
        let stopping = append_event(&self.appender, Level::Info, "Watchroom is stopping".into());
        // A store that hangs must not use up the time in which viewers are disconnected.
        let _ = tokio::time::timeout(STOP_EVENT_TIME_MAX, stopping).await;
        drop(self.appender);
        self.hub.close();
        // Without receivers there are no tasks left to stop.
        let _ = self.stop.send(true);
        if tokio::time::timeout(grace, self.hub.emptied())
            .await
            .is_err()
        {
            tracing::warn!(
                viewers = self.hub.count(),
                "Some viewers did not leave in time."
            );
        }
        self.tasks.drain(grace).await;
    }
}

fn prepare_data_dir(path: &Path) -> Result<(), StartError> {
    let probe = path.join(".writable");
    std::fs::create_dir_all(path)
        .and_then(|()| std::fs::write(&probe, b""))
        .and_then(|()| std::fs::remove_file(&probe))
        .map_err(|source| StartError::DataDir {
            path: path.to_owned(),
            source,
        })
}

fn listen_error(address: SocketAddr, source: io::Error) -> StartError {
    let hint = match source.kind() {
        io::ErrorKind::AddrInUse => {
            "; another program listens there: stop it, or choose another port with --listen"
        }
        io::ErrorKind::PermissionDenied => "; choose a port above 1023 with --listen",
        _ => "",
    };
    StartError::Listen {
        address,
        source,
        hint,
    }
}

fn hub_limits(config: &Config) -> HubLimits {
    HubLimits {
        viewers_max: config.limits.viewers,
        viewers_per_address_max: config.limits.viewers_per_address,
        messages_per_second: config.limits.messages_per_second,
        messages_burst: config.limits.messages_burst,
        heartbeat_ms: config.heartbeat_ms,
    }
}

/// Half of the cores is left for the kernel's share of a send, and for everything else.
fn sweeps(config: &Config) -> usize {
    match config.sweeps {
        0 => std::thread::available_parallelism().map_or(1, |cores| cores.get().div_ceil(2)),
        sweeps => sweeps,
    }
}

fn start_sampler(
    config: &Config,
    host: &str,
    appender: &Appender,
    hub: &Hub,
    health: &Health,
    tasks: &mut Tasks,
) -> mpsc::Sender<()> {
    let (stop, stopped) = mpsc::channel();
    let host = host.to_owned();
    let (appender, hub, health) = (appender.downgrade(), hub.clone(), health.clone());
    let interval = Duration::from_millis(config.interval_ms);
    let has_past = config.demo_days > 0;
    let demo = config.demo.then_some(Demo {
        seed: config.demo_seed,
        rate: Some(config.demo_rate).filter(|rate| *rate > 0),
        labels: config.demo_labels,
        hosts: config.demo_hosts,
        start: None,
    });
    tasks.spawn_thread("sampler", move || {
        // The first sample takes a moment, for which the start does not wait.
        let now = Instant::now();
        let collector = match demo {
            Some(mut demo) => {
                // Live samples that continue a history have the real time of day.
                demo.start = has_past.then(Timestamp::now);
                Collector::demo(demo, interval, now)
            }
            None => Collector::local(&host, interval, now),
        };
        sampler::run(collector, &appender, &hub, &health, &stopped);
    });
    stop
}

/// Appends an event about the server; it is published when this returns.
async fn append_event(appender: &Appender, level: Level, message: String) {
    let timestamp = Timestamp::now();
    let event = Event {
        timestamp,
        level,
        source: "server".into(),
        message,
    };
    appender.publish(vec![event.into()]).await;
    appender.flush().await;
}
