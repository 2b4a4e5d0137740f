use super::listen_alias::{self, ListenAlias};
use super::{Config, Flags, StorePlace};
use figment::providers::{Env, Format, Serialized, Toml};
use figment::{Figment, Metadata, Profile, Source};
use protocol::OwnHost;
use std::path::{Path, PathBuf};

/// The configuration file that is read if it is there.
const FILE: &str = "watchroom.toml";
const ENV_PREFIX: &str = "WATCHROOM_";

/// The folder of the default data directory that a simulated host has to itself: what it writes must not
/// be among the figures of a real host.
const DEMO_FOLDER: &str = "demo";

/// Known by this name to many programs; the name with the prefix is stronger.
const DATABASE_URL: &str = "DATABASE_URL";

/// The four places that settings come from, on top of each other.
pub struct Layers {
    figment: Figment,
    unknown_variables: Vec<String>,
}

/// A setting that cannot be used: which, where it is from, what is wrong, and what would be right.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A configuration file was named and is not there.
    #[error("read `{path}`: no such file; it was named by `--config`")]
    NoFile {
        /// The file.
        path: PathBuf,
    },
    /// A value or a whole file cannot be read.
    #[error("configuration{setting}{origin}: {problem}")]
    Unreadable {
        /// The setting, in words, if one is known.
        setting: String,
        /// Where it is from, in words, if that is known.
        origin: String,
        /// What is wrong.
        problem: String,
    },
    /// Data is to be kept, and nothing says where.
    #[error(
        "configuration setting `data_dir`{origin}: no directory is named; set --data-dir, \
         WATCHROOM_DATA_DIR or `data_dir` in watchroom.toml, or HOME or XDG_DATA_HOME, or in a systemd \
         service StateDirectory=watchroom; or keep nothing with --database-url memory:"
    )]
    NoDataDir {
        /// Where the empty one is from, in words.
        origin: String,
    },
    /// A value is out of its range.
    #[error("configuration setting `{setting}`{origin}: {value} is not accepted; {accepted}")]
    OutOfRange {
        /// The setting.
        setting: &'static str,
        /// Where it is from, in words.
        origin: String,
        /// What it is.
        value: String,
        /// What it may be.
        accepted: &'static str,
    },
}

impl Layers {
    /// Gathers them; nothing is checked yet.
    pub fn gather(flags: &Flags) -> Result<Self, ConfigError> {
        let file = match &flags.config {
            Some(path) if !path.is_file() => {
                return Err(ConfigError::NoFile { path: path.clone() });
            }
            Some(path) => path,
            None => Path::new(FILE),
        };
        let (known, unknown_variables) =
            variables(std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()));
        let env = Env::prefixed(ENV_PREFIX)
            .filter(move |key| known.iter().any(|name| key == name.as_str()))
            .split("__");
        let flags = Serialized::from(flags, Profile::Default);
        let mut figment = Figment::from(Serialized::defaults(Config::default()));
        if file.exists() {
            figment = figment.merge(Toml::file_exact(file));
        }
        // What cannot be read is left for its own error.
        if let Ok(below) = figment.extract_inner("listen")
            && let Some(alias) = ListenAlias::over(below, |name| std::env::var(name).ok())
        {
            figment = figment.merge(alias);
        }
        let customary = Env::raw().only(&[DATABASE_URL]);
        let figment = figment.merge(customary).merge(env).merge(Flagged(flags));
        Ok(Self {
            figment,
            unknown_variables,
        })
    }

    /// Variables that look like settings and are none.
    pub fn unknown_variables(&self) -> &[String] {
        &self.unknown_variables
    }

    /// The configuration, every value checked.
    pub fn config(&self) -> Result<Config, ConfigError> {
        let mut config: Config = self.figment.extract().map_err(unreadable)?;
        if config.demo && self.is_default("data_dir") {
            config.data_dir.push(DEMO_FOLDER);
        }
        self.check(
            "interval_ms",
            config.interval_ms,
            100..=3_600_000,
            "100 to 3600000 are",
        )?;
        self.check(
            "restart_spread_ms",
            config.restart_spread_ms,
            0..=3_000,
            "at most 3000 is",
        )?;
        self.check(
            "heartbeat_ms",
            config.heartbeat_ms,
            100..=600_000,
            "100 to 600000 are",
        )?;
        self.check("sweeps", config.sweeps, 0..=256, "at most 256 is")?;
        self.check(
            "ring.frames",
            config.ring.frames,
            1..=usize::MAX,
            "at least 1 is",
        )?;
        self.check(
            "ring.bytes",
            config.ring.bytes,
            65_536..=usize::MAX,
            "at least 65536 is",
        )?;
        self.check_host(&config)?;
        self.check("demo_days", config.demo_days, 0..=60, "at most 60 is")?;
        let rate_max = collector::DEMO_RATE_MAX;
        self.check(
            "demo_rate",
            config.demo_rate,
            0..=rate_max,
            "at most 100000 is",
        )?;
        self.check(
            "demo_labels",
            config.demo_labels,
            1..=collector::DEMO_LABELS_MAX,
            "1 to 900 are",
        )?;
        self.check(
            "demo_hosts",
            config.demo_hosts,
            1..=collector::DEMO_HOSTS_MAX,
            "1 to 50 are",
        )?;
        if !config.demo && config.demo_hosts > 1 {
            let accepted = "more than 1 is only with `demo`: other hosts are simulated";
            return Err(self.out_of_range("demo_hosts", config.demo_hosts.to_string(), accepted));
        }
        let limits = &config.limits;
        self.check(
            "limits.viewers",
            limits.viewers,
            1..=1_000_000,
            "1 to 1000000 are",
        )?;
        let per_address = limits.viewers_per_address;
        self.check(
            "limits.viewers_per_address",
            per_address,
            1..=usize::MAX,
            "at least 1 is",
        )?;
        let (per_second, burst) = (limits.messages_per_second, limits.messages_burst);
        self.check(
            "limits.messages_per_second",
            per_second,
            1..=u32::MAX,
            "at least 1 is",
        )?;
        self.check(
            "limits.messages_burst",
            burst,
            1..=u32::MAX,
            "at least 1 is",
        )?;
        self.check_keep(&config)?;
        if !config.has_known_database() {
            return Err(self.out_of_range(
                "database_url",
                // It may hold a password.
                "its value".into(),
                "postgres://user:password@host/database is, or memory: to write nothing down, or \
                 nothing for a file in the data directory",
            ));
        }
        if config.data_dir.as_os_str().is_empty() && config.store_place() != StorePlace::Memory {
            return Err(ConfigError::NoDataDir {
                origin: origin(self.figment.find_metadata("data_dir"), "data_dir"),
            });
        }
        if !config.listen.ip().is_loopback() {
            return Err(self.out_of_range(
                "listen",
                config.listen.to_string(),
                "only loopback addresses such as 127.0.0.1:8765 are until this server can ask \
                 for a login; reach it from elsewhere through an SSH tunnel",
            ));
        }
        Ok(config)
    }

    fn check_host(&self, config: &Config) -> Result<(), ConfigError> {
        let accepted = match config.host.as_str() {
            "" => return Ok(()),
            name if !OwnHost::is_name(name) => {
                "1 to 100 letters and digits of ASCII, dots, hyphens and underscores are, or nothing for \
                 the name that the host has"
            }
            _ if config.demo => "nothing is with `demo`: a simulated host is called `demo`",
            _ => return Ok(()),
        };
        Err(self.out_of_range("host", format!("`{}`", config.host), accepted))
    }

    fn check_keep(&self, config: &Config) -> Result<(), ConfigError> {
        let keep = &config.keep;
        for (setting, days) in [
            ("keep.metrics_days", keep.metrics_days),
            ("keep.processes_days", keep.processes_days),
            ("keep.events_days", keep.events_days),
            ("keep.data_days", keep.data_days),
            ("keep.alerts_days", keep.alerts_days),
            ("keep.logs_days", keep.logs_days),
            ("keep.minutes_days", keep.minutes_days),
            ("keep.hours_days", keep.hours_days),
        ] {
            self.check(setting, days, 1..=3_650, "1 to 3650 are")?;
        }
        self.check(
            "keep.samples_days",
            keep.samples_days,
            2..=3_650,
            "2 to 3650 are",
        )?;
        for (setting, mib) in [
            ("keep.metrics_mib", keep.metrics_mib),
            ("keep.processes_mib", keep.processes_mib),
            ("keep.events_mib", keep.events_mib),
            ("keep.data_mib", keep.data_mib),
            ("keep.alerts_mib", keep.alerts_mib),
            ("keep.logs_mib", keep.logs_mib),
        ] {
            self.check(setting, mib, 1..=u32::MAX, "at least 1 is")?;
        }
        self.check(
            "keep.store_mib",
            keep.store_mib,
            16..=u32::MAX,
            "at least 16 is",
        )
    }

    fn check<T: PartialOrd + ToString>(
        &self,
        setting: &'static str,
        value: T,
        range: std::ops::RangeInclusive<T>,
        accepted: &'static str,
    ) -> Result<(), ConfigError> {
        if range.contains(&value) {
            return Ok(());
        }
        Err(self.out_of_range(setting, value.to_string(), accepted))
    }

    /// Whether nothing but the defaults says what a setting is.
    fn is_default(&self, setting: &str) -> bool {
        origin(self.figment.find_metadata(setting), setting).is_empty()
    }

    fn out_of_range(
        &self,
        setting: &'static str,
        value: String,
        accepted: &'static str,
    ) -> ConfigError {
        let origin = origin(self.figment.find_metadata(setting), setting);
        ConfigError::OutOfRange {
            setting,
            origin,
            value,
            accepted,
        }
    }
}

/// The flags, under a name that an error can show.
struct Flagged<P>(P);

impl<P: figment::Provider> figment::Provider for Flagged<P> {
    fn metadata(&self) -> Metadata {
        Metadata::named("flag")
    }

    fn data(&self) -> figment::Result<figment::value::Map<Profile, figment::value::Dict>> {
        self.0.data()
    }
}

/// The settings' names as they are in the environment, and what only looks like one.
fn variables(names: impl Iterator<Item = String>) -> (Vec<String>, Vec<String>) {
    let known: Vec<String> = setting_names()
        .iter()
        .map(|name| name.replace('.', "__"))
        .collect();
    let unknown = names
        .filter(|name| {
            name.strip_prefix(ENV_PREFIX)
                .is_some_and(|rest| !known.contains(&rest.to_ascii_lowercase()))
        })
        .collect();
    (known, unknown)
}

/// Every setting's name, with a dot between a group and its setting.
fn setting_names() -> Vec<String> {
    let Ok(defaults) = figment::value::Value::serialize(Config::default()) else {
        return Vec::new();
    };
    let groups = defaults.into_dict().unwrap_or_default();
    groups
        .into_iter()
        .flat_map(|(name, value)| match value.into_dict() {
            Some(group) => group
                .into_keys()
                .map(|key| format!("{name}.{key}"))
                .collect(),
            None => vec![name],
        })
        .collect()
}

fn unreadable(error: figment::Error) -> ConfigError {
    let path = error.path.join(".");
    let setting = if path.is_empty() {
        String::new()
    } else {
        format!(" setting `{path}`")
    };
    let origin = origin(error.metadata.as_ref(), &path);
    let source = error.metadata.as_ref().map(|metadata| &*metadata.name);
    ConfigError::Unreadable {
        setting,
        origin,
        problem: format!("{}{}", error.kind, accepted(&path, source)),
    }
}

/// What would be right, where what was wrong does not say it.
fn accepted(setting: &str, source: Option<&str>) -> &'static str {
    match (setting, source) {
        ("listen", Some(listen_alias::HOST)) => "; an address is accepted, as in 127.0.0.1",
        ("listen", Some(listen_alias::PORT)) => "; 0 to 65535 are accepted",
        ("listen", _) => "; an address with a port is accepted, as in 127.0.0.1:8765",
        _ => "",
    }
}

fn origin(metadata: Option<&Metadata>, setting: &str) -> String {
    let Some(metadata) = metadata else {
        return String::new();
    };
    match &metadata.source {
        Some(Source::File(path)) => format!(" in `{}`", path.display()),
        _ if [listen_alias::HOST, listen_alias::PORT].contains(&&*metadata.name) => {
            format!(" from the environment variable {}", metadata.name)
        }
        _ if metadata.name == "flag" => {
            let flag = setting.replace(['_', '.'], "-");
            // Lists are repeated under their singular.
            let flag = if setting.starts_with("allowed_") {
                flag.trim_end_matches('s')
            } else {
                &flag
            };
            format!(" from the flag --{flag}")
        }
        _ if metadata.name.contains("environment") => {
            let variable = setting.to_ascii_uppercase().replace('.', "__");
            if !metadata.name.contains(ENV_PREFIX) {
                return format!(" from the environment variable {variable}");
            }
            format!(" from the environment variable {ENV_PREFIX}{variable}")
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_has_a_name_in_the_environment() {
        let names = [
            "WATCHROOM_LISTEN",
            "WATCHROOM_RING__FRAMES",
            "WATCHROOM_LISTN",
            "PATH",
        ];
        let (known, unknown) = variables(names.into_iter().map(str::to_owned));
        assert!(known.contains(&"limits__viewers_per_address".to_owned()));
        assert_eq!(unknown, ["WATCHROOM_LISTN"]);
    }

    #[test]
    fn every_setting_has_a_flag() {
        use clap::{Args, Command};
        let command = Flags::augment_args(Command::new("serve"));
        let flags: Vec<_> = command
            .get_arguments()
            .filter_map(clap::Arg::get_long)
            .collect();
        for name in setting_names() {
            let flag = name.replace(['_', '.'], "-");
            let singular = flag.trim_end_matches('s');
            assert!(
                flags.contains(&flag.as_str()) || flags.contains(&singular),
                "--{flag}"
            );
        }
    }
}
