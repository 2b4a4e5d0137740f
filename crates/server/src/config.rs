//! The configuration: built-in defaults, then `watchroom.toml`, then the environment, then flags.
//!
//! Each setting is described once, in [`GROUPS`]: from there come its default, its key in the file
//! (`ring.frames`), its environment variable (`WATCHROOM_RING__FRAMES`), its flag if it has one
//! (`--ring-frames`), what it accepts, and its line in `docs/configuration.md`. [`Config`] has a field
//! for each.

mod checks;
mod setting;
mod settings;
mod value;

mod check;
mod data_dir;
mod retention;
mod scrape;
mod secret;
mod values;

mod environment;
mod file;
mod flags;
mod listen_alias;
mod source;

mod error;
mod layers;

pub use check::CheckConfig;
pub(crate) use check::status_range;
pub use error::ConfigError;
pub use flags::Flags;
pub use layers::{Layers, Warning};
pub use retention::{
    RetentionConfig, StreamRetention, StreamsRetention, TierRetention, TiersRetention,
};
pub use scrape::{ScrapeConfig, ScrapedValue};
pub use secret::{SecretText, SecretUrl};
pub use setting::{Flag, Setting};
pub use settings::{GROUPS, Group};
pub use values::{
    AlertsConfig, Config, LimitsConfig, LogFormat, Public, RingConfig, StatusPage, StorePlace,
};
