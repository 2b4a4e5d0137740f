//! Ingests the points of messages, and holds the samples of each series in memory until they are sealed.
//!
//! [`protocol::points`] extracts a message's points; messages are never restored from series. `quota.rs`
//! limits the number of series, `head.rs` has the unsealed samples of one series, and `recorder.rs` those of
//! all. Nothing here awaits, reads a clock or names a database.

mod family;
mod limits;
mod quota;

mod head;
mod members;
mod recorder;

pub use limits::{
    AHEAD_MAX_MS, GRACE_MS, HEAD_SAMPLES_MAX, LATE_MAX_MS, Limits, SERIES_MAX, SERIES_MAX_LEAST,
    SILENT_MAX_MS, SILENT_MIN_MS, WINDOW_SAMPLES_MAX,
};
pub use members::Members;
pub use quota::Refused;
pub use recorder::{Due, IngestOutcome, Recorder, replay_from_ms};
