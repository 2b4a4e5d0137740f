use super::setting::Setting;
use super::{CheckConfig, ScrapeConfig};
use super::{RetentionConfig, SecretText, SecretUrl, settings};
use crate::tls::CertificateSource;
use protocol::account::Role;
use serde::{Deserialize, Serialize};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::PathBuf;
use toml::{Table, Value};

/// The value of every setting; [`GROUPS`](super::GROUPS) describes them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each setting is described in `settings.rs`")]
pub struct Config {
    pub listen: SocketAddr,
    /// Empty where the environment names no directory, which can be used only if nothing is stored.
    pub data_dir: PathBuf,
    pub database_url: SecretUrl,
    pub interval_ms: u64,
    /// Empty for the name that it has, which is its hostname at the first start.
    pub host: String,
    pub restart_spread_ms: u64,
    /// Empty without.
    pub tls_cert: String,
    pub tls_key: String,
    pub tls_self_signed: bool,
    pub trusted_proxies: Vec<String>,
    pub proxy_protocol: bool,
    /// Empty for the root.
    pub base_path: String,
    pub allow_plain_http: bool,
    pub allowed_hosts: Vec<String>,
    pub allowed_origins: Vec<String>,
    /// Empty for the page's own address.
    pub ws_url: String,
    pub board_images: Vec<String>,
    /// Empty for none.
    pub jwt_secret: SecretText,
    pub jwt_role_max: Role,
    /// Empty for none.
    pub proxy_user_header: String,
    pub proxy_user_role: Role,
    pub public: Public,
    pub alerts: AlertsConfig,
    pub demo: bool,
    pub demo_days: u32,
    pub demo_rate: u32,
    pub demo_labels: u32,
    pub demo_hosts: u32,
    pub demo_seed: u64,
    pub log: String,
    pub log_format: LogFormat,
    pub heartbeat_ms: u64,
    pub sweeps: usize,
    pub limits: LimitsConfig,
    pub ring: RingConfig,
    pub series_max: usize,
    pub retention: RetentionConfig,
    /// Empty for none.
    pub statsd_listen: String,
    pub scrape: Vec<ScrapeConfig>,
    pub check: Vec<CheckConfig>,
}

/// What everybody may see, once a login is required.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Public {
    /// How to sign in.
    Nothing,
    /// Metrics, alerts and checks, too, live and stored.
    Dashboard,
}

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
    /// For systemd's journal: with priorities, and without the time.
    Journald,
}

/// Rules of alerts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each setting is described in `settings.rs`")]
pub struct AlertsConfig {
    /// Empty for the default.
    pub rules_dir: String,
    /// Empty for the server's own.
    pub page_url: String,
    /// Empty for none.
    pub dead_mans_switch_url: String,
    /// Empty for none. It may have a password.
    pub smtp_url: SecretUrl,
    pub smtp_from: String,
    pub default_rules: bool,
}

/// Limits of viewers and connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each setting is described in `settings.rs`")]
pub struct LimitsConfig {
    pub viewers: usize,
    pub viewers_per_address: usize,
    pub messages_per_second: u32,
    pub messages_burst: u32,
    pub connections_per_address: usize,
    pub requests_per_second: u32,
    pub requests_burst: u32,
    pub requests_per_second_per_account: u32,
    pub requests_burst_per_account: u32,
}

/// How much of the newest is held in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each setting is described in `settings.rs`")]
pub struct RingConfig {
    pub frames: usize,
    pub bytes: usize,
    pub bulk_bytes: usize,
}

/// Where messages are stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StorePlace {
    /// In memory only: each start begins a new log.
    Memory,
    /// In this store.
    In(store::Location),
}

impl Config {
    /// Asks for the value of each setting. The values must be such as their settings accept.
    pub(super) fn of<E>(
        mut value: impl FnMut(&'static Setting) -> Result<Value, E>,
    ) -> Result<Self, E> {
        let mut values = Table::new();
        for setting in settings::all() {
            insert(&mut values, setting.key, value(setting)?);
        }
        Ok(values
            .try_into()
            .expect("each setting has a field that takes all it accepts, which a test holds"))
    }

    /// The store of [`Config::database_url`] and [`Config::data_dir`].
    pub fn store_place(&self) -> StorePlace {
        match self.database_url.expose() {
            "" => StorePlace::In(store::Location::Sqlite(self.data_dir.clone())),
            MEMORY => StorePlace::Memory,
            url => StorePlace::In(store::Location::Postgres(url.to_owned())),
        }
    }

    /// The settings that have another value in `other`.
    pub fn changes(&self, other: &Self) -> Vec<&'static Setting> {
        let (own, others) = (self.values(), other.values());
        let changed =
            settings::all().filter(|it| value_at(&own, it.key) != value_at(&others, it.key));
        changed.collect()
    }

    /// The same, with the values of `other` where a running server can apply them.
    pub(crate) fn reloaded(&self, other: &Self) -> Self {
        let (own, others) = (self.values(), other.values());
        let value = |setting: &'static Setting| {
            let values = if setting.reloads { &others } else { &own };
            Ok::<_, Infallible>(value_at(values, setting.key).unwrap_or_else(|| setting.default()))
        };
        Self::of(value).unwrap_or_else(|never| match never {})
    }

    fn values(&self) -> Value {
        let values = Table::try_from(self);
        let mut values = values.expect("each setting is a value of TOML, which a test holds");
        for (key, secret) in self.secrets() {
            insert(&mut values, key, secret.into());
        }
        values.into()
    }

    /// What is masked where it is serialised.
    fn secrets(&self) -> [(&'static str, &str); 3] {
        [
            ("database_url", self.database_url.expose()),
            ("jwt_secret", self.jwt_secret.expose()),
            ("alerts.smtp_url", self.alerts.smtp_url.expose()),
        ]
    }

    /// Where the server's certificate comes from; `None` for plain HTTP.
    pub fn certificate_source(&self) -> Option<CertificateSource> {
        if self.tls_self_signed {
            let is_stored = self.store_place() != StorePlace::Memory;
            return Some(CertificateSource::SelfSigned {
                directory: is_stored.then(|| self.data_dir.clone()),
                listen: self.listen.ip(),
            });
        }
        let is_set = !self.tls_cert.is_empty();
        is_set.then(|| CertificateSource::Files {
            certificate: PathBuf::from(&self.tls_cert),
            key: PathBuf::from(&self.tls_key),
        })
    }
}

/// The [`Config::database_url`] that stores nothing.
pub(super) const MEMORY: &str = "memory:";

impl Default for Config {
    fn default() -> Self {
        let defaults = Self::of(|setting| Ok::<_, Infallible>(setting.default()));
        defaults.unwrap_or_else(|never| match never {})
    }
}

/// The value of a key such as `ring.frames`.
fn value_at(values: &Value, key: &str) -> Option<Value> {
    let value = key
        .split('.')
        .try_fold(values, |value, part| value.get(part));
    value.cloned()
}

/// Puts a value at its key, into tables that are made where they are missing.
fn insert(table: &mut Table, key: &str, value: Value) {
    match key.split_once('.') {
        None => {
            table.insert(key.to_owned(), value);
        }
        Some((group, rest)) => {
            let inner = table.entry(group).or_insert_with(|| Table::new().into());
            if let Value::Table(inner) = inner {
                insert(inner, rest, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::setting::Kind;

    fn with(key: &str, value: &Value) -> Config {
        let config = Config::of(|setting| {
            let is_it = setting.key == key;
            Ok::<_, Infallible>(if is_it {
                value.clone()
            } else {
                setting.default()
            })
        });
        config.unwrap_or_else(|never| match never {})
    }

    #[test]
    fn each_setting_has_a_field_and_each_field_a_setting() {
        let config = Value::try_from(Config::default()).expect("a configuration is TOML");
        let mut keys = Vec::new();
        collect_keys("", &config, &mut keys);
        let expected: Vec<_> = settings::all()
            .map(|setting| setting.key.to_owned())
            .collect();
        keys.sort();
        let mut expected_sorted = expected;
        expected_sorted.sort();
        assert_eq!(keys, expected_sorted);
    }

    #[test]
    fn only_settings_that_reload_are_taken_from_another_configuration() {
        let (before, mut after) = (Config::default(), Config::default());
        after.limits.viewers = 7;
        after.ring.frames = 8;
        after.allowed_hosts = vec!["board.example".into()];
        let changes = before.changes(&after);
        let keys: Vec<_> = changes.iter().map(|it| it.key).collect();
        assert_eq!(keys, ["allowed_hosts", "limits.viewers", "ring.frames"]);
        let reloaded = before.reloaded(&after);
        assert_eq!(reloaded.limits.viewers, 7);
        assert_eq!(reloaded.allowed_hosts, after.allowed_hosts);
        assert_eq!(reloaded.ring, before.ring);
    }

    #[test]
    fn secrets_are_masked_and_stay() {
        let secrets = settings::all().filter(|it| it.is_secret);
        let mut keys: Vec<_> = secrets.map(|it| it.key).collect();
        keys.sort_unstable();
        let mut config = Config::default();
        let mut known = config.secrets().map(|(key, _)| key);
        known.sort_unstable();
        assert_eq!(keys, known);
        let before = config.clone();
        config.database_url = "postgres://me:opensesame@db".into();
        config.jwt_secret = "opensesame opensesame opensesame".into();
        config.alerts.smtp_url = "smtps://me:opensesame@mail".into();
        let shown = toml::to_string(&config).expect("TOML");
        assert!(!shown.contains("opensesame"), "{shown}");
        assert!(!format!("{config:?}").contains("opensesame"));
        assert!(shown.contains("postgres://me:***@db"), "{shown}");
        let changes = before.changes(&config);
        let mut changed: Vec<_> = changes.iter().map(|it| it.key).collect();
        changed.sort_unstable();
        assert_eq!(changed, keys);
        assert_eq!(config.reloaded(&before), config);
    }

    fn collect_keys(group: &str, value: &Value, keys: &mut Vec<String>) {
        match value {
            Value::Table(table) => {
                for (name, value) in table {
                    let key = if group.is_empty() {
                        name.clone()
                    } else {
                        format!("{group}.{name}")
                    };
                    collect_keys(&key, value, keys);
                }
            }
            _ => keys.push(group.to_owned()),
        }
    }

    #[test]
    fn fields_take_whatever_their_settings_accept() {
        for setting in settings::all() {
            match &setting.kind {
                Kind::Integer { accepted, default } => {
                    assert!(accepted.contains(default), "{}", setting.key);
                    for number in [accepted.start(), accepted.end()] {
                        with(setting.key, &(*number).into());
                    }
                }
                Kind::Choice { accepted, .. } => {
                    for word in *accepted {
                        with(setting.key, &(*word).into());
                    }
                }
                Kind::Switch { .. }
                | Kind::Text { .. }
                | Kind::List { .. }
                | Kind::Tables { .. } => {}
            }
        }
    }
}
