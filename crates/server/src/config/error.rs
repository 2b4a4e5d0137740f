use std::io;
use std::path::PathBuf;

/// An invalid configuration: the setting, its source, the problem, and the accepted values.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A configuration file was named and is not there.
    #[error("read `{path}`: no such file; it was named by `--config`")]
    NoFile {
        /// The file.
        path: PathBuf,
    },
    /// The configuration file cannot be read.
    #[error("read the configuration file `{path}`: {source}")]
    UnreadableFile {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The configuration file is not TOML.
    #[error("configuration file `{path}`: {problem}")]
    NotToml {
        /// The file.
        path: PathBuf,
        /// What is wrong, with its line.
        problem: String,
    },
    /// The configuration file has a key that is no setting.
    #[error("configuration file `{path}`: there is no setting `{key}`; there are {known}")]
    UnknownKey {
        /// The file.
        path: PathBuf,
        /// The key.
        key: String,
        /// The settings that there are beside it.
        known: String,
    },
    /// Data is to be stored, but there is no directory.
    #[error(
        "configuration setting `data_dir`{origin}: no directory is named; set --data-dir, \
         WATCHROOM_DATA_DIR or `data_dir` in watchroom.toml, or HOME or XDG_DATA_HOME, or in a systemd \
         service StateDirectory=watchroom; or store nothing with --database-url memory:"
    )]
    NoDataDir {
        /// Where the empty one is from, in words; empty for the default.
        origin: String,
    },
    /// A value that its setting does not accept.
    #[error(
        "configuration setting `{setting}`{origin}: {value} is not accepted; accepted: {accepted}"
    )]
    Invalid {
        /// The setting's key.
        setting: &'static str,
        /// Where it is from, in words.
        origin: String,
        /// The value.
        value: String,
        /// What would be accepted.
        accepted: String,
    },
}
