//! The axis of values: from an extent to a domain, ticks and their labels.

mod domain;
mod digits;
mod step;
mod unit;

mod axis;

pub use axis::{Tick, ValueAxis};
pub use domain::Fit;
pub(crate) use digits::push_digits;
pub use unit::{Kind, quantity};
