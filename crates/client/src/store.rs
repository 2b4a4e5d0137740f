//! What the page knows, and the signals through which widgets read it.

mod alerts;
mod counters;
mod feed;
mod ring;
mod samples;
mod server;

mod freshness;
mod knowledge;
mod rate;
mod toasts;
mod view;

pub(crate) use alerts::is_firing;
pub(crate) use counters::Counter;
pub(crate) use feed::{Entry, Feed, Missing};
pub(crate) use freshness::{Freshness, gap_ms};
pub(crate) use knowledge::{Knowledge, Part};
pub(crate) use samples::{POINTS_MAX, Point};
pub(crate) use toasts::Toast;
pub(crate) use view::{Link, View, set_if_changed};
