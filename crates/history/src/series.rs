//! What becomes a series, and what happens to its samples until they are in a chunk.
//!
//! Which series a message has is said by [`protocol::points`], and no message is made of series again.
//! `share.rs` says whether there is room for one more, `head.rs` has one series' newest samples, and
//! `recorder.rs` those of all, from message to chunk. Nothing here awaits, reads a clock or knows a database.

mod family;
mod limits;
mod share;

mod head;
mod recorder;

pub use limits::{
    AHEAD_MAX_MS, DATA_SERIES_MAX, GRACE_MS, HEAD_SAMPLES_MAX, LATE_MAX_MS, SERIES_MAX,
    SERIES_STORED_MAX, SILENT_MAX_MS, SILENT_MIN_MS,
};
pub use recorder::{Due, Recorder, Taken, replay_from_ms};
pub use share::Refused;
