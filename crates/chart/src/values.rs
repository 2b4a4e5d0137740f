//! The axis of values: from an extent to a domain, ticks and their labels.

mod digits;
mod domain;
mod step;
mod unit;

mod axis;

pub use axis::{Tick, ValueAxis};
pub(crate) use digits::push_digits;
pub use domain::Fit;
pub use unit::{Kind, quantity};
