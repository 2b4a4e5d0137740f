//! What becomes a series, and what happens to its samples until they are in a chunk.
//!
//! `named.rs` says which figures of a message are series and what they are called, `told.rs` makes the
//! message of them again, `text.rs` says how a name is written, `share.rs` whether there is room for one
//! more, `head.rs` keeps one series' newest samples, and `recorder.rs` those of all, from message to
//! chunk. Nothing here awaits, reads a clock or knows a database.

mod named;
mod told;

mod round;
mod text;

mod family;
mod limits;
mod share;

mod head;
mod recorder;

pub use limits::{
    AHEAD_MAX_MS, DATA_SERIES_MAX, GRACE_MS, HEAD_SAMPLES_MAX, LATE_MAX_MS, NAME_BYTES_MAX,
    SERIES_MAX, SERIES_STORED_MAX, SILENT_MAX_MS, SILENT_MIN_MS,
};
pub use named::{Figure, figures, values};
pub use recorder::{Due, Recorder, Taken, replay_from_ms};
pub use share::Refused;
pub use text::text;
pub use told::{data, metrics};
