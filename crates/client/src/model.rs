//! What the page knows, as plain data: no signals, no browser, no clock. The server builds it to render the
//! page, and the browser goes on with its twin.

mod page_kind;
mod snapshot;

mod ring;
mod tracks;

mod host;
mod series;

mod selection;

mod catalog;

mod alerts;
mod feed;
mod gaps;
mod server;

mod freshness;
mod rate;
mod state;

mod fetch_plan;
mod speed;

pub(crate) mod rooms;

pub(crate) mod board_editing;

mod filter;
mod process_order;

pub(crate) use alerts::is_firing;
pub(crate) use catalog::{LoadedLine, MomentValue};
pub(crate) use feed::{Entry, Feed};
pub(crate) use fetch_plan::{Coverage, LineRequest, Need, Seen, need};
pub(crate) use filter::Filter;
pub(crate) use freshness::Freshness;
pub(crate) use gaps::{Missed, MissedSpan};
pub(crate) use host::Host;
pub use page_kind::PageKind;
pub(crate) use page_kind::Rights;
pub(crate) use process_order::{Column, Order};
pub(crate) use rate::Rate;
pub(crate) use selection::{LineOptions, SelectionId, SeriesFilter};
pub(crate) use series::{Line, title};
pub use snapshot::Snapshot;
pub(crate) use speed::Speed;
pub(crate) use state::{Model, Part};
pub(crate) use tracks::{Point, Track};
