use super::listen_alias::ListenAlias;
use super::setting::Setting;
use super::source::{Assignment, Source};
use super::{Config, ConfigError, Flags, StorePlace, environment, file, settings};
use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::Path;

/// The configuration file that is read if it is there.
const FILE: &str = "watchroom.toml";

/// The folder of the default data directory that a simulated host has to itself: its samples must not be
/// mixed with those of a real host.
const DEMO_FOLDER: &str = "demo";

/// What the file, the environment and the flags set, each on top of the one before.
#[derive(Debug)]
pub struct Layers {
    /// The strongest assignment of each setting, by its key.
    assigned: BTreeMap<&'static str, Assignment>,
    warnings: Vec<Warning>,
}

/// A problem with a name that does not invalidate the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// The name as given.
    pub name: String,
    /// What is wrong with it, as a sentence.
    pub problem: String,
}

impl Layers {
    /// Gathers them; no value is checked yet.
    pub fn gather(flags: &Flags) -> Result<Self, ConfigError> {
        let mut layers = Self {
            assigned: BTreeMap::new(),
            warnings: Vec::new(),
        };
        let path = match &flags.config {
            Some(path) if !path.is_file() => {
                return Err(ConfigError::NoFile { path: path.clone() });
            }
            Some(path) => path,
            None => Path::new(FILE),
        };
        if path.exists() {
            layers.merge(file::read(path)?);
        }
        layers.merge(layers.listen_alias());
        layers.merge(environment::read(|name| std::env::var_os(name)));
        layers.merge(flags.assigned());
        let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
        let unknown = environment::unknown(names).into_iter();
        layers
            .warnings
            .extend(unknown.map(Warning::unknown_variable));
        Ok(layers)
    }

    /// Problems that do not invalidate the configuration.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// The configuration, every value checked.
    pub fn config(&self) -> Result<Config, ConfigError> {
        let mut config = Config::of(|setting| match self.assigned.get(setting.key) {
            Some(assignment) => assignment.value(),
            None => Ok(setting.default()),
        })?;
        let data_dir = self.assigned.get("data_dir");
        if config.demo && data_dir.is_none() {
            config.data_dir.push(DEMO_FOLDER);
        }
        if config.demo && !config.host.is_empty() {
            return Err(self.invalid(
                "host",
                "nothing with `demo`: a simulated host is called `demo`",
            ));
        }
        if !config.demo && config.demo_hosts > 1 {
            return Err(self.invalid(
                "demo_hosts",
                "1 without `demo`: only simulated hosts are several",
            ));
        }
        self.check_network(&config)?;
        let is_named = !config.data_dir.as_os_str().is_empty();
        if config.store_place() != StorePlace::Memory && !is_named {
            return Err(ConfigError::NoDataDir {
                origin: data_dir.map_or_else(String::new, Assignment::source_in_words),
            });
        }
        if !config.alerts.smtp_url.is_empty() && config.alerts.smtp_from.is_empty() {
            return Err(self.invalid(
                "alerts.smtp_from",
                "the address of the sender, since `alerts.smtp_url` is set",
            ));
        }
        Ok(config)
    }

    fn check_network(&self, config: &Config) -> Result<(), ConfigError> {
        if config.tls_cert.is_empty() != config.tls_key.is_empty() {
            let (set, missing) = match config.tls_key.is_empty() {
                true => ("tls_cert", "tls_key"),
                false => ("tls_key", "tls_cert"),
            };
            return Err(self.invalid(
                set,
                &format!("only with `{missing}`: a certificate and its key are set together"),
            ));
        }
        if config.tls_self_signed && !config.tls_cert.is_empty() {
            return Err(self.invalid(
                "tls_self_signed",
                "false with `tls_cert`: the server has one certificate",
            ));
        }
        if config.proxy_protocol && config.trusted_proxies.is_empty() {
            return Err(self.invalid(
                "proxy_protocol",
                "false without `trusted_proxies`: it is understood only of these",
            ));
        }
        if config.listen.ip().to_canonical().is_loopback() {
            return Ok(());
        }
        if config.store_place() == StorePlace::Memory {
            return Err(self.invalid(
                "listen",
                "a loopback address with `database_url = memory:`, which stores no users and so has no login",
            ));
        }
        let is_protected =
            config.certificate_source().is_some() || !config.trusted_proxies.is_empty();
        if !is_protected && !config.allow_plain_http {
            return Err(self.invalid(
                "listen",
                "a loopback address such as 127.0.0.1:8765; or any with TLS (`tls_cert` and `tls_key`, or \
                 `tls_self_signed = true`), with `trusted_proxies` for a reverse proxy that has TLS, or with \
                 `allow_plain_http = true`, which lets others on the network read and change everything",
            ));
        }
        Ok(())
    }

    /// An error if values of different settings conflict.
    fn invalid(&self, key: &'static str, accepted: &str) -> ConfigError {
        let assignment = self.assigned.get(key);
        ConfigError::Invalid {
            setting: key,
            origin: assignment.map_or_else(String::new, Assignment::source_in_words),
            value: assignment.map_or_else(String::new, |it| it.raw.to_string()),
            accepted: accepted.to_owned(),
        }
    }

    fn merge(&mut self, assigned: impl IntoIterator<Item = Assignment>) {
        for assignment in assigned {
            if assignment.is_deprecated {
                self.warnings.push(Warning::deprecated(&assignment));
            }
            self.assigned.insert(assignment.setting.key, assignment);
        }
    }

    /// `WS_HOST` and `WS_PORT`, on top of the file. An address in the file that cannot be read is left
    /// for its own error.
    fn listen_alias(&self) -> Option<Assignment> {
        let setting = settings::named("listen")?;
        let below = match self.assigned.get(setting.key) {
            Some(assignment) => assignment.raw.text()?.parse().ok()?,
            None => default_address(setting)?,
        };
        ListenAlias::over(below, |name| std::env::var(name).ok()).map(|alias| alias.of(setting))
    }
}

fn default_address(setting: &Setting) -> Option<SocketAddr> {
    setting.default_in_words().parse().ok()
}

impl Warning {
    fn unknown_variable(name: String) -> Self {
        Self {
            name,
            problem: "An environment variable looks like a setting and is none.".to_owned(),
        }
    }

    fn deprecated(assignment: &Assignment) -> Self {
        let setting = assignment.setting;
        let new = match &assignment.source {
            Source::File(_) => setting.key.to_owned(),
            Source::Variable(_) | Source::Flag(_) => setting.variable(),
        };
        Self {
            name: assignment.name().to_owned(),
            problem: format!(
                "A setting has a new name, {new}; the next version will not know the old one."
            ),
        }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.problem)
    }
}
