use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::path::PathBuf;

/// Everything that can be set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where the server listens. Port 0 takes any free one.
    pub listen: SocketAddr,
    /// What is kept is kept here; created if it is missing.
    pub data_dir: PathBuf,
    /// The time between two samples, in milliseconds: 100 to 3600000.
    pub interval_ms: u64,
    /// Whether a simulated host is shown instead of this one.
    pub demo: bool,
    /// Messages a second that the simulated host fills up to; 0 leaves it at what it says anyway.
    pub demo_rate: u32,
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

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8765)),
            data_dir: default_data_dir(),
            interval_ms: 1_000,
            demo: false,
            demo_rate: 0,
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
        }
    }
}

/// XDG Base Directory Specification: `$XDG_DATA_HOME`, by default `~/.local/share`.
fn default_data_dir() -> PathBuf {
    let set = |name| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    set("XDG_DATA_HOME")
        .or_else(|| set("HOME").map(|home| home.join(".local/share")))
        .or_else(|| set("LOCALAPPDATA"))
        .unwrap_or_default()
        .join("watchroom")
}
