//! What the page knows, and the signals through which widgets read it.

mod counters;
mod feed;
mod ring;
mod samples;
mod server;

mod freshness;
mod knowledge;
mod view;

pub(crate) use counters::Counter;
pub(crate) use feed::Entry;
pub(crate) use freshness::{Freshness, gap_ms};
pub(crate) use knowledge::Part;
pub(crate) use samples::{POINTS_MAX, Point};
pub(crate) use view::{Link, View, set_if_changed};
