//! Time series built on a store: ingested, compressed into chunks, rolled up, queried. Nothing here names a
//! database, axum or a viewer's socket.
//!
//! Invariant: **a query has the same result before and after its samples are sealed**, in whatever order they
//! came, and however often the journal is replayed.
//!
//! `series` ingests samples, `rollup` makes minutes and hours of them, `codec` compresses them, `query` defines
//! what can be asked and how a result is computed, `evidence` what is unusual at a moment. These five are pure. `time_series` joins them with the
//! tables of the crate `store`, and is the only module that awaits. Start with [`TimeSeries`].

mod tier;

pub mod series;

mod samples;

pub mod rollup;

pub mod codec;

mod mode;

pub mod query;

pub mod evidence;

mod time_series;

pub use samples::Samples;
pub use tier::Tier;
pub use time_series::{
    Current, Evidence, Export, Found, LabelCount, SamplePages, Sealed, TimeSeries, WITHIN_MAX_MS,
};
