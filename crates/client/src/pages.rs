//! Arrangements of widgets.

mod dashboard;

pub(crate) use dashboard::dashboard;
