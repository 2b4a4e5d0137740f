//! The axis of values: from an extent to a domain, ticks and their labels.

mod domain;
mod figure;
mod step;
mod unit;

mod axis;

pub use axis::{Tick, ValueAxis};
pub use domain::Fit;
pub(crate) use figure::push_digits;
pub use unit::{Kind, quantity};
