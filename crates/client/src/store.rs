//! What the page knows, and the signals through which widgets read it.

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
mod known;
mod link;
mod rate;
mod toasts;
mod view;

mod look_back;

pub(crate) use alerts::is_firing;
pub(crate) use feed::{Entry, Feed};
pub(crate) use freshness::Freshness;
pub(crate) use gaps::MissedSpan;
pub(crate) use knowledge::{Knowledge, Part};
pub(crate) use link::Link;
pub(crate) use samples::{Lines, POINTS_FIRST};
pub(crate) use tracks::{Point, Track};
pub(crate) use view::View;
