//! The past: what is kept of the log and of every figure, and how it is found again. Nothing here
//! names axum or a socket that a viewer is on.
//!
//! The invariant: **what was committed is there after any stop, and what is not there is named**:
//! by the jump after an unclean stop, or by a stream's horizon.
//!
//! There are two halves. The lower is [`Store`]; [`open`] makes one of the two that there are, SQLite
//! or PostgreSQL. Both pass the same tests. The upper is [`Past`], the series of a store: `series`
//! takes samples in, `rollup` makes minutes and hours of them, `codec` makes them small, `query` says
//! what may be asked. Those four are pure; only `past` and `store` await.

mod tier;

pub mod series;

mod samples;

pub mod rollup;

pub mod codec;

mod frequent;

mod past;

mod store;

pub mod query;

pub use past::{Current, Export, Past, Sealed, WITHIN_MAX_MS};
pub use samples::Samples;
pub use tier::Tier;

pub use store::{
    BackupError, Config, Entry, Fill, HostFilter, Jump, Keep, Kept, Location, OpenError,
    PageFilter, RangePage, Renamed, Retention, Search, Series, SeriesId, SeriesRow, Share, Span,
    Start, Store, StoreError, StoredChunk, StreamState, TierFill, backup, open, search,
};
