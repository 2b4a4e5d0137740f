//! The geometry of charts: what to draw where. Nothing here names a canvas, a browser or the wire,
//! and nothing reads a clock: time, local time and the size of text are passed in.
//!
//! Samples go into a [`Series`]. A [`Viewport`] is the stretch of time that is seen. A [`Scene`] is
//! both laid out: a list of what to draw, in device pixels, that a renderer goes over from top to
//! bottom. [`nearest`] and [`moved`] lead from a pointer and from keys to samples, [`Summary`] and
//! [`rows`] describe the same for users who do not see it.
//!
//! The invariant: **what is drawn is what was sampled.** No spike is lost, however dense the line,
//! and none is drawn, read or summed up where samples are missing.
//!
//! It is small because the browser loads it: no dependencies, no formatting machinery, and few
//! generics. `cargo run --release -p chart --example frame` prints what a frame costs.
//!
//! ```
//! use chart::{Bounds, Chart, Fit, Font, Hours, Kind, Line, Sample, Scene, Series, Shape, Viewport};
//!
//! let mut cpu = Series::new(36_000);
//! for second in 0..60 {
//!     cpu.put(Sample {
//!         at_ms: 1_768_473_000_000.0 + f64::from(second) * 1_000.0,
//!         interval_ms: 1_000,
//!         value: Some(f64::from(second % 7) * 10.0),
//!     });
//! }
//!
//! let viewport = Viewport::new(60_000.0, 5_000.0);
//! let bounds = Bounds {
//!     oldest_ms: cpu.oldest().map_or(0.0, |sample| sample.at_ms),
//!     now_ms: 1_768_473_059_400.0,
//! };
//! let scene = Scene::new(&Chart {
//!     width: 1_200,
//!     height: 400,
//!     font: Font { digit_width: 14.0, line_height: 28.0 },
//!     window: viewport.window(bounds),
//!     lines: &[Line { series: &cpu, filled: true, band: None }],
//!     stacked: false,
//!     fit: Fit::Fixed(0.0, 100.0),
//!     kind: Kind::Percent,
//!     unit: "",
//!     thresholds: &[90.0],
//!     offset: &|_| 60,
//!     hours: Hours::TwentyFour,
//! });
//!
//! for trace in scene.traces.iter().rev() {
//!     match &trace.line {
//!         Shape::Path(path) => {
//!             for run in path.runs() {
//!                 // move to the first point, line to the others, stroke; a dot if it is alone
//!                 assert!(!run.is_empty());
//!             }
//!         }
//!         Shape::Bars(bars) => {
//!             for bar in bars {
//!                 // fill rect(bar.x, bar.top, bar.width, bar.bottom - bar.top)
//!                 assert!(bar.top < bar.bottom);
//!             }
//!         }
//!     }
//! }
//! ```

mod within;

mod window;

mod series;

mod viewport;

mod time;
mod values;

mod plot;

mod columns;
mod merge;
mod shape;
mod stack;

mod layout;
mod scene;

mod pick;

mod histogram;
mod summary;
mod table;

#[cfg(test)]
mod test_support;

pub use histogram::{as_bars, bucket_length};
pub use layout::{Align, Label};
pub use pick::{Move, moved, nearest};
pub use plot::{Plot, Rect};
pub use scene::{Band, Chart, Font, Line, Scene, Threshold, Trace};
pub use series::{INTERVALS_MAX, Sample, Series};
pub use shape::{Bar, Path, Point, Shape};
pub use stack::{Layer, stack};
pub use summary::{Summary, Trend};
pub use table::{Bucket, Cell, Row, bucket_ms, buckets, csv, rows};
pub use time::{Hours, Offset, clock, iso, minute, moment, time_ticks};
pub use values::{Fit, Kind, Tick, ValueAxis, quantity};
pub use viewport::{Bounds, Viewport};
pub use window::Window;
