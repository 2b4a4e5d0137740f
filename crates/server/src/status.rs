//! The status page: whether the checks that are marked as public are up, for people who need no dashboard.
//!
//! What is shown is gathered in `gather.rs` and decided in `summary.rs`; `html.rs` and `badge.rs` write it. Invariants:
//! nothing of a check is shown but its name, its state and its uptime; what is shown is gathered at most once in five
//! seconds, however many ask.

mod summary;

mod badge;
mod html;

mod gather;

pub(crate) use badge::badge;
pub(crate) use gather::{Shown, StatusPages};
pub(crate) use html::STYLE;
