//! The past: what is kept of the log and of every figure, and how it is found again. Nothing here
//! names axum or a socket that a viewer is on.
//!
//! The invariant: **what was committed is there after any stop, and what is not there is named**:
//! by the jump after an unclean stop, or by a stream's horizon.
//!
//! Start with [`Store`]; [`open`] makes one of the two that there are, SQLite or PostgreSQL. Both
//! pass the same tests.

mod frequent;
mod samples;
mod tier;

pub mod series;

pub mod codec;
pub mod query;
pub mod rollup;

mod past;

mod store;

pub use past::{Current, Export, Past, Sealed};
pub use samples::Samples;
pub use tier::Tier;

pub use store::{
    BackupError, Config, Entry, Fill, Jump, Keep, Kept, Location, OpenError, PageFilter, RangePage,
    Retention, Search, SeriesId, SeriesName, SeriesRow, Share, Start, Store, StoreError,
    StoredChunk, StreamState, TierFill, backup, open, search,
};
