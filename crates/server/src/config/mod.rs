//! What can be set: built-in defaults, then `watchroom.toml`, then the environment, then flags.
//!
//! Each setting has all four under one name: `ring.frames` in the file is `WATCHROOM_RING__FRAMES`
//! and `--ring-frames`.

mod data_dir;
mod flags;
mod layers;
mod listen_alias;
mod settings;

pub use flags::Flags;
pub use layers::{ConfigError, Layers};
pub use settings::{Config, KeepConfig, LimitsConfig, LogFormat, RingConfig, StorePlace};
