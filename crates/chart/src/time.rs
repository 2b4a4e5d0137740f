//! The axis of time: ticks where the viewer's clock and calendar are round.

mod calendar;
mod step;

mod axis;
mod label;

pub use axis::time_ticks;
pub use label::{clock, iso, minute, moment};

/// A day, in milliseconds, without a change of the clocks.
const DAY_MS: i64 = 86_400_000;

/// How the hours of a day are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Hours {
    /// From 00 to 23.
    #[default]
    TwentyFour,
    /// From 1 to 12, before noon (AM) and after it (PM).
    Twelve,
}

/// The minutes that local time is ahead of UTC at a Unix time in milliseconds. In a browser it is
/// asked for at every tick, since it changes within a year.
pub type Offset<'a> = &'a dyn Fn(f64) -> i32;
