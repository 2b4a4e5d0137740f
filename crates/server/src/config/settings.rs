use super::data_dir;
use protocol::Stream;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::path::PathBuf;

/// Everything that can be set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where the server listens. Port 0 takes any free one.
    pub listen: SocketAddr,
    /// What is kept is kept here; created if it is missing. Empty where the environment names no
    /// directory for it, which can be used only if nothing is kept.
    pub data_dir: PathBuf,
    /// Where messages are written down: `postgres://…`, or `memory:` for nowhere; empty for a file in
    /// the data directory. `DATABASE_URL` is the same, but weaker than all other names of it.
    pub database_url: String,
    /// The time between two samples, in milliseconds: 100 to 3600000.
    pub interval_ms: u64,
    /// What this host is called: 1 to 100 letters, digits, dots, hyphens and underscores. Empty for the
    /// name that it has, which is its hostname at the first start. Another one renames it.
    pub host: String,
    /// Whether a simulated host is shown instead of this one.
    pub demo: bool,
    /// Days of a past that the simulated host begins with: at most 60, and no more than single samples are
    /// kept; 0 for none.
    pub demo_days: u32,
    /// Messages a second that the simulated host fills up to; 0 leaves it at what it says anyway.
    pub demo_rate: u32,
    /// Over how many labels it spreads what it fills up with: 1 to 900.
    pub demo_labels: u32,
    /// How many hosts are simulated: 1 to 50; more than one only with `demo`.
    pub demo_hosts: u32,
    /// The same seed simulates the same.
    pub demo_seed: u64,
    /// Names beside `localhost` and addresses that the server answers to.
    pub allowed_hosts: Vec<String>,
    /// Origins beside its own whose pages may connect, as in `https://board.example`.
    pub allowed_origins: Vec<String>,
    /// The WebSocket's address for the page, if it is not the page's own; empty for none.
    pub ws_url: String,
    /// What is logged: `error`, `warn`, `info`, `debug`, `trace`, or by module as in
    /// `info,server::ws=debug`.
    pub log: String,
    /// How it is written.
    pub log_format: LogFormat,
    /// Viewers are sent away over this time when the server stops, so that they do not come back all
    /// at once, in milliseconds: at most 3000.
    pub restart_spread_ms: u64,
    /// How often a viewer must show a sign of life, in milliseconds: 100 to 600000.
    pub heartbeat_ms: u64,
    /// How many sweeps write to viewers at the same time: at most 256; 0 is one for each two cores.
    pub sweeps: usize,
    /// How much of the newest is kept in memory.
    pub ring: RingConfig,
    /// What viewers may cost.
    pub limits: LimitsConfig,
    /// How long messages are kept.
    pub keep: KeepConfig,
}

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// See [`Config::ring`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RingConfig {
    /// Messages: at least 1.
    pub frames: usize,
    /// Bytes, in all encodings: at least 65536.
    pub bytes: usize,
}

/// See [`Config::limits`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitsConfig {
    /// Viewers in all.
    pub viewers: usize,
    /// Viewers from one address; loopback is exempt.
    pub viewers_per_address: usize,
    /// Messages from one viewer in a second: at least 1.
    pub messages_per_second: u32,
    /// Messages from one viewer at once: at least 1.
    pub messages_burst: u32,
}

/// See [`Config::keep`]. Of each stream the oldest leaves beyond either limit. Days and MiB are at
/// least 1; at most 3650 days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the names say it")]
pub struct KeepConfig {
    pub metrics_days: u32,
    pub metrics_mib: u32,
    pub processes_days: u32,
    pub processes_mib: u32,
    pub events_days: u32,
    pub events_mib: u32,
    pub data_days: u32,
    pub data_mib: u32,
    pub alerts_days: u32,
    pub alerts_mib: u32,
    pub logs_days: u32,
    pub logs_mib: u32,
    /// Single samples of series: at least 2.
    pub samples_days: u32,
    /// Each minute's extremes and mean; no less than single samples.
    pub minutes_days: u32,
    /// Each hour's; no less than minutes.
    pub hours_days: u32,
    /// The whole store: at least 16.
    pub store_mib: u32,
}

/// Where messages are written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StorePlace {
    /// Nowhere: what has left the memory is gone, and each start begins a new log.
    Memory,
    /// There.
    In(history::Location),
}

impl Config {
    /// What [`Config::database_url`] and [`Config::data_dir`] come to.
    pub fn store_place(&self) -> StorePlace {
        match self.database_url.as_str() {
            "" => StorePlace::In(history::Location::Sqlite(self.data_dir.clone())),
            MEMORY => StorePlace::Memory,
            url => StorePlace::In(history::Location::Postgres(url.to_owned())),
        }
    }

    /// The same, fit to be shown: without the password in [`Config::database_url`].
    pub fn without_secrets(mut self) -> Self {
        self.database_url = without_password(&self.database_url);
        self
    }

    /// Whether the setting names a place that there is.
    pub(super) fn has_known_database(&self) -> bool {
        let url = self.database_url.as_str();
        url.is_empty()
            || url == MEMORY
            || url.starts_with("postgres://")
            || url.starts_with("postgresql://")
    }
}

/// RFC 3986, 3.2.1: what stands between the first `:` of the user and the last `@` of the authority.
fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    match authority.rsplit_once('@') {
        Some((user, host)) if user.contains(':') => {
            let name = user.split(':').next().unwrap_or_default();
            format!("{scheme}://{name}:***@{host}{path}")
        }
        _ => url.to_owned(),
    }
}

/// The [`Config::database_url`] that keeps nothing.
const MEMORY: &str = "memory:";

impl KeepConfig {
    /// The limits by stream, as days and MiB.
    fn limits(&self) -> [(Stream, u32, u32); Stream::COUNT] {
        [
            (Stream::Metrics, self.metrics_days, self.metrics_mib),
            (Stream::Processes, self.processes_days, self.processes_mib),
            (Stream::Events, self.events_days, self.events_mib),
            (Stream::Data, self.data_days, self.data_mib),
            (Stream::Alerts, self.alerts_days, self.alerts_mib),
            (Stream::Logs, self.logs_days, self.logs_mib),
        ]
    }

    /// How far back series reach.
    pub fn reach(&self) -> history::query::Reach {
        let [samples, minutes, hours] = [self.samples_days, self.minutes_days, self.hours_days]
            .map(|days| i64::from(days) * DAY_MS);
        history::query::Reach::new(samples, minutes, hours)
    }

    /// The same for the store.
    pub fn retention(&self) -> history::Retention {
        let nothing = history::Keep {
            age_ms: 0,
            bytes_max: 0,
        };
        let mut streams = [nothing; Stream::COUNT];
        for (stream, days, mib) in self.limits() {
            streams[stream.index()] = history::Keep {
                age_ms: i64::from(days) * DAY_MS,
                bytes_max: u64::from(mib) << 20,
            };
        }
        history::Retention {
            streams,
            tiers: self.reach().tiers(),
            store_bytes_max: u64::from(self.store_mib) << 20,
        }
    }
}

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8765)),
            data_dir: data_dir::default(),
            database_url: String::new(),
            interval_ms: 1_000,
            host: String::new(),
            demo: false,
            demo_days: 14,
            demo_rate: 0,
            // As many lines as a busy application's page may have; more would be noise.
            demo_labels: 64,
            demo_hosts: 1,
            demo_seed: 1,
            allowed_hosts: Vec::new(),
            allowed_origins: Vec::new(),
            ws_url: String::new(),
            log: "info".into(),
            log_format: LogFormat::Text,
            restart_spread_ms: 1_000,
            heartbeat_ms: 15_000,
            sweeps: 0,
            ring: RingConfig {
                frames: 20_000,
                bytes: 8 << 20,
            },
            limits: LimitsConfig {
                viewers: 20_000,
                viewers_per_address: 200,
                messages_per_second: 50,
                messages_burst: 200,
            },
            // Figures are kept as series for longer than as messages. Processes reach as far back as
            // their room does.
            keep: KeepConfig {
                metrics_days: 1,
                metrics_mib: 256,
                processes_days: 14,
                processes_mib: 512,
                events_days: 30,
                events_mib: 128,
                data_days: 1,
                data_mib: 256,
                alerts_days: 30,
                alerts_mib: 64,
                logs_days: 14,
                logs_mib: 512,
                samples_days: 14,
                minutes_days: 92,
                hours_days: 731,
                store_mib: 2_048,
            },
        }
    }
}
