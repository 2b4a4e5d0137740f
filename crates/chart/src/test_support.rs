//! Shorthand for tests.

use crate::{Plot, Rect, Sample, Series, Window};

/// A sample of a series with one each second.
pub(crate) fn sample(at_ms: f64, value: Option<f64>) -> Sample {
    Sample {
        at_ms,
        interval_ms: 1_000,
        value,
    }
}

pub(crate) fn series(samples: &[(f64, Option<f64>)]) -> Series {
    let mut series = Series::new(samples.len());
    for (at_ms, value) in samples {
        series.put(sample(*at_ms, *value));
    }
    series
}

pub(crate) fn window(from_ms: f64, to_ms: f64) -> Window {
    Window::new(from_ms, to_ms)
}

/// A plot of a hundred rows for values from 0 to 100, at the canvas's corner.
pub(crate) fn plot(window: Window, width: i32) -> Plot {
    Plot {
        rect: Rect {
            left: 0,
            top: 0,
            right: width,
            bottom: 100,
        },
        window,
        low: 0.0,
        high: 100.0,
    }
}
