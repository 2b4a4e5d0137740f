use crate::accounts::{Accounts, LoginPolicy};
use crate::alerts::{Alerts, NotifierSettings, Notifiers, dead_mans_switch};
use crate::app::{App, PageSettings};
use crate::boards::Boards;
use crate::checks::Check;
use crate::clock::Clock;
use crate::config::{Config, StorePlace};
use crate::control;
use crate::health::{Health, Readiness};
use crate::http::{
    self, BasePath, ConnectionLimits, DeclaredRoute, Edge, EdgeParts, Guard, Listening,
    RequestRates, Site, TrustedProxies,
};
use crate::inputs::scrape::Scraping;
use crate::inputs::statsd;
use crate::intake::{Appender, Unavailable};
use crate::memory;
use crate::metrics::Metrics;
use crate::open_log::{self, OpenLogError, OpenedLog};
use crate::outgoing::{Mailer, Outgoing};
use crate::reading::Archive;
use crate::rooms::Rooms;
use crate::sampler;
use crate::service_manager::ServiceManager;
use crate::shares::Holder;
use crate::tasks::Tasks;
use crate::tls::{CertificateError, Tls};
use crate::viewers::{Hub, HubLimits};
use axum::Router;
use collector::{Collector, Demo};
use journal::Journal;
use protocol::{Durable, Event, Level, Timestamp};
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// How long a stop waits for its own event: a little longer than a commit may take before its messages are
/// published all the same.
const STOP_EVENT_TIME_MAX: Duration = Duration::from_millis(1_200);

/// How long a stop waits for what inputs still have to commit.
const STOP_INPUTS_TIME_MAX: Duration = Duration::from_millis(1_200);

/// Connections besides viewers: pages, assets, handshakes in progress.
const OTHER_CONNECTIONS_MAX: usize = 1_000;

/// A running server.
pub struct Server {
    address: SocketAddr,
    routes: Vec<DeclaredRoute>,
    accounts: Accounts,
    alerts: Option<Alerts>,
    url: String,
    tls: Option<Tls>,
    journal: Journal,
    appender: Appender,
    hub: Hub,
    guard: Guard,
    edge: Edge,
    connections: Arc<ConnectionLimits>,
    account_rates: Arc<RequestRates<Holder>>,
    readiness: Readiness,
    tasks: Tasks,
    stop: watch::Sender<bool>,
    /// What reports without a request. It ends before the rest, while messages can still be committed.
    inputs: Tasks,
    stop_inputs: watch::Sender<bool>,
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
    /// The certificate for TLS cannot be used.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
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
        let tls = config.certificate_source().map(Tls::new).transpose()?;
        let listener =
            http::bind(config.listen).map_err(|source| listen_error(config.listen, source))?;
        let address = listener
            .local_addr()
            .map_err(|source| listen_error(config.listen, source))?;

        let (health, metrics) = (Health::default(), Metrics::default());
        let OpenedLog {
            own,
            journal,
            appender,
            points,
            idempotency_keys,
            backlog_reader,
            archive,
            store_tasks,
        } = open_log::open(config, &health, &metrics).await?;
        let clock = Clock::start();
        let hub = Hub::new(
            journal.clone(),
            backlog_reader,
            clock,
            hub_limits(config),
            sweeps(config),
            metrics,
        );
        let store = archive.as_ref().map(Archive::shared_store);
        let epoch = journal.epoch().to_string();
        let accounts = Accounts::open(config, store, appender.downgrade(), &epoch)
            .await
            .map_err(OpenLogError::Read)?;
        if let Some(archive) = &archive {
            let load = idempotency_keys.load(archive.store(), &accounts);
            load.await.map_err(OpenLogError::Read)?;
        }
        let page = PageSettings {
            ws_url: Some(config.ws_url.clone()).filter(|url| !url.is_empty()),
            board_images: config.board_images.clone(),
            base_path: config.base_path.clone(),
        };
        let guard = Guard::new(
            config.allowed_hosts.clone(),
            config.allowed_origins.clone(),
            accounts.policy().clone(),
        );
        let readiness = Readiness::new(health.clone(), config.interval_ms);
        let alerts = archive
            .as_ref()
            .map(|archive| Alerts::new(config, archive.clone(), appender.downgrade()));
        let scheme = if tls.is_some() { "https" } else { "http" };
        let url = format!("{scheme}://{address}{}", config.base_path);
        let closing_hub = hub.clone();
        accounts.start(url.clone(), address.port(), move || {
            closing_hub.check_grants();
        });
        let notifiers = alerts.as_ref().map(|alerts| {
            let page_url = match config.alerts.page_url.as_str() {
                "" => url.clone(),
                page_url => page_url.to_owned(),
            };
            let settings = NotifierSettings {
                outgoing: Outgoing::new(address),
                mailer: Mailer::new(config.alerts.smtp_url.expose(), &config.alerts.smtp_from),
                page_url,
                epoch: epoch.clone(),
                journal: journal.clone(),
            };
            Notifiers::new(alerts.clone(), settings)
        });
        let rooms = match &archive {
            Some(archive) => {
                let rooms = Rooms::open(
                    archive.clone(),
                    journal.clone(),
                    accounts.clone(),
                    hub.topics().clone(),
                    appender.downgrade(),
                );
                Some(rooms.await.map_err(OpenLogError::Read)?)
            }
            None => None,
        };
        if let Some(rooms) = &rooms {
            hub.set_rooms(rooms);
        }
        let boards = match &archive {
            Some(archive) => {
                let (archive, intake) = (archive.clone(), appender.downgrade());
                let boards = Boards::open(archive, accounts.clone(), intake);
                Some(boards.await.map_err(OpenLogError::Read)?)
            }
            None => None,
        };
        let account_rates = Arc::new(RequestRates::new(
            config.limits.requests_per_second_per_account,
            config.limits.requests_burst_per_account,
            Instant::now(),
        ));
        let app = App::new(
            accounts.clone(),
            Arc::clone(&account_rates),
            hub.clone(),
            archive,
            alerts.clone(),
            notifiers.clone(),
            rooms.clone(),
            boards.clone(),
            appender.downgrade(),
            idempotency_keys,
            points,
            guard.clone(),
            Site::find(),
            page,
            readiness.clone(),
        );

        let (stop, stopped) = watch::channel(false);
        let mut tasks = Tasks::default();
        if let (Some(store_tasks), Some(alerts)) = (store_tasks, alerts.clone()) {
            store_tasks.start(config.retention.for_store(), alerts, &mut tasks, &stopped);
        }
        if let Some(notifiers) = notifiers {
            tasks.spawn("notifications", notifiers.run(stopped.clone()));
        }
        if let Some(rooms) = rooms {
            tasks.spawn("rooms", rooms.run(stopped.clone()));
        }
        if let Some(boards) = boards {
            tasks.spawn("boards", boards.run(stopped.clone()));
        }
        tasks.spawn("accounts", accounts.clone().tidy(stopped.clone()));
        if config.store_place() != StorePlace::Memory {
            match control::bind(&config.data_dir) {
                Ok(socket) => {
                    let serve = control::serve(socket, accounts.clone(), stopped.clone());
                    tasks.spawn("control", serve);
                }
                Err(error) => {
                    tracing::warn!(%error, "`watchroom user` and `watchroom token` cannot reach this server.");
                }
            }
        }
        let mut inputs = Tasks::default();
        let (stop_inputs, inputs_stopped) = watch::channel(false);
        start_inputs(config, address, &app, &mut inputs, &inputs_stopped).await?;
        let (router, routes) = http::router(&app);
        let login = accounts.policy();
        let edge = edge(config, router, tls.as_ref(), login, hub.metrics());
        let connections = Arc::new(connection_limits(config, login));
        let listening = Listening {
            listener,
            edge: edge.clone(),
            tls: tls.clone(),
            limits: Arc::clone(&connections),
        };
        tasks.spawn("accept", http::serve(listening, stopped.clone()));
        if let Some(tls) = &tls {
            tasks.spawn("certificate", tls.clone().renew(stopped.clone()));
        }
        warn_of_plain_http(config);
        hub.start(
            &mut tasks,
            &stopped,
            Duration::from_millis(config.restart_spread_ms),
        );
        let started = format!("Watchroom {} started", crate::VERSION);
        append_event(&appender, Level::Success, started).await;
        let sampler = start_sampler(config, own.name(), &appender, &hub, &health, &mut tasks);
        memory::release_unused();
        Ok(Self {
            address,
            routes,
            accounts,
            alerts,
            url,
            tls,
            journal,
            appender,
            hub,
            guard,
            edge,
            connections,
            account_rates,
            readiness,
            tasks,
            stop,
            inputs,
            stop_inputs,
            sampler,
        })
    }

    /// The address that it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Every route, with the action that it takes.
    pub fn routes(&self) -> &[DeclaredRoute] {
        &self.routes
    }

    /// A link to create the first user, if a login is required and there is none.
    pub fn setup_link(&self) -> Option<String> {
        let is_required = self.accounts.policy().is_required();
        is_required.then(|| self.accounts.setup_link()).flatten()
    }

    /// The address of the page, as in `https://127.0.0.1:8765/watch`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Reads the files of the certificate again, if there are any; otherwise they are read soon after they change.
    pub fn reload_certificate(&self) {
        if let Some(tls) = &self.tls {
            tls.reload();
        }
    }

    /// The journal of all messages.
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Applies the settings that reload.
    pub(crate) fn reconfigure(&self, config: &Config) {
        // Before others than this machine may reach the server.
        self.accounts.require_login_if_exposed(config);
        let limits = &config.limits;
        self.hub.set_limits(hub_limits(config));
        self.edge
            .set_rate(limits.requests_per_second, limits.requests_burst);
        self.account_rates.set(
            limits.requests_per_second_per_account,
            limits.requests_burst_per_account,
        );
        self.connections
            .set(connections_max(config), limits.connections_per_address);
        let (hosts, origins) = (&config.allowed_hosts, &config.allowed_origins);
        self.guard.replace(hosts.clone(), origins.clone());
        if let Some(alerts) = &self.alerts {
            alerts.set_sources(config);
        }
    }

    /// Reads the files of rules again.
    pub(crate) fn reload_rules(&self) {
        if let Some(alerts) = self.alerts.clone() {
            // It ends by itself; a stop does not wait for it.
            tokio::spawn(alerts.reload());
        }
    }

    /// Gives the service manager signs of life, if it wants any, while the server is alive: its runtime runs tasks and
    /// its host is sampled. A store that takes nothing is no reason for a restart, which would lose what is held in
    /// memory until it does.
    pub fn keep_alive(&mut self, manager: &ServiceManager) {
        let Some(every) = manager.watchdog_every() else {
            return;
        };
        let (manager, readiness) = (manager.clone(), self.readiness.clone());
        let mut stopped = self.stop.subscribe();
        self.tasks.spawn("watchdog", async move {
            let mut ticks = tokio::time::interval(every);
            loop {
                tokio::select! {
                    _ = ticks.tick() => {}
                    _ = stopped.changed() => return,
                }
                if readiness.is_alive() {
                    manager.alive();
                }
            }
        });
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
        // Without receivers there are no inputs.
        let _ = self.stop_inputs.send(true);
        self.inputs.drain(STOP_INPUTS_TIME_MAX).await;
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

/// Starts what reports without a request.
async fn start_inputs(
    config: &Config,
    address: SocketAddr,
    app: &App,
    tasks: &mut Tasks,
    stopped: &watch::Receiver<bool>,
) -> Result<(), StartError> {
    let inputs = app.inputs();
    if let Ok(listen) = config.statsd_listen.parse() {
        let bound = statsd::bind(listen).await;
        let socket = bound.map_err(|source| listen_error(listen, source))?;
        tasks.spawn(
            "statsd",
            statsd::run(socket, inputs.clone(), stopped.clone()),
        );
    }
    let outgoing = Outgoing::new(address);
    if let Ok(target) = config.alerts.dead_mans_switch_url.parse() {
        // With a client of its own, so that no target that hangs can delay it.
        let (outgoing, readiness) = (Outgoing::new(address), app.readiness().clone());
        let requesting = dead_mans_switch::run(target, outgoing, readiness, stopped.clone());
        tasks.spawn("dead man's switch", requesting);
    }
    for target in config.scrape.iter().filter_map(Scraping::new) {
        let scraping = target.run(outgoing.clone(), inputs.clone(), stopped.clone());
        tasks.spawn("scrape", scraping);
    }
    let (own, checks) = (app.hub().journal().own(), app.checks());
    for check in &config.check {
        if let Some(check) = Check::new(check, own.name(), checks) {
            let (intake, stopped) = (app.intake().clone(), stopped.clone());
            // Each has a client of its own, since waiting for others would count as its time.
            let checking = check.run(Outgoing::new(address), inputs.clone(), intake, stopped);
            tasks.spawn("check", checking);
        }
    }
    Ok(())
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

fn edge(
    config: &Config,
    router: Router,
    tls: Option<&Tls>,
    login: &LoginPolicy,
    metrics: &Metrics,
) -> Edge {
    let (per_second, burst) = (
        config.limits.requests_per_second,
        config.limits.requests_burst,
    );
    Edge::new(EdgeParts {
        router,
        proxies: TrustedProxies::new(&config.trusted_proxies),
        has_proxy_protocol: config.proxy_protocol,
        base_path: BasePath::new(&config.base_path),
        rates: RequestRates::new(per_second, burst, Instant::now()),
        login: login.clone(),
        has_strict_transport: tls.is_some_and(|tls| !tls.is_self_signed()),
        metrics: metrics.clone(),
    })
}

fn connection_limits(config: &Config, login: &LoginPolicy) -> ConnectionLimits {
    ConnectionLimits::new(
        connections_max(config),
        config.limits.connections_per_address,
        login.clone(),
    )
}

fn connections_max(config: &Config) -> usize {
    config.limits.viewers + OTHER_CONNECTIONS_MAX
}

fn warn_of_plain_http(config: &Config) {
    let is_loopback = config.listen.ip().to_canonical().is_loopback();
    let is_protected = config.certificate_source().is_some() || !config.trusted_proxies.is_empty();
    if !is_loopback && !is_protected {
        tracing::warn!(
            address = %config.listen,
            "Other machines can connect without TLS (`allow_plain_http`): everybody between them and this server \
             can read and change what is sent."
        );
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
