//! What the page knows, as plain data: no signals, no browser, no clock. The server builds it to render the
//! page, and the browser goes on with its twin.

mod snapshot;

mod ring;
mod tracks;

mod alerts;
mod counters;
mod feed;
mod gaps;
mod samples;
mod server;

mod freshness;
mod knowledge;
mod rate;

mod fetch_plan;
mod loaded;
mod speed;

mod filter;
mod process_order;

pub(crate) use alerts::is_firing;
pub(crate) use feed::{Entry, Feed};
pub(crate) use fetch_plan::{Ask, Coverage, Need, Seen, need};
pub(crate) use filter::Filter;
pub(crate) use freshness::Freshness;
pub(crate) use gaps::{Missed, MissedSpan};
pub(crate) use knowledge::{Knowledge, Part};
pub(crate) use loaded::{Loaded, LoadedLabel};
pub(crate) use process_order::{Column, Order};
pub(crate) use rate::Rate;
pub(crate) use samples::{Lines, POINTS_FIRST};
pub use snapshot::Snapshot;
pub(crate) use speed::Speed;
pub(crate) use tracks::{Point, Track};
