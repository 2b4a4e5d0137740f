//! Where times and values lie on the canvas, in device pixels.

use crate::Window;
use crate::within::within;

/// Beyond this a canvas loses precision, far outside of what it shows.
const PIXEL_MAX: f64 = 16_384.0;

/// Whole device pixels; `right` and `bottom` are the first beyond.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Rect {
    pub left: i32,
    pub top: i32,
    pub right: i32,
    pub bottom: i32,
}

impl Rect {
    /// The width, in device pixels.
    #[must_use]
    pub fn width(&self) -> i32 {
        self.right - self.left
    }

    /// The height, in device pixels.
    #[must_use]
    pub fn height(&self) -> i32 {
        self.bottom - self.top
    }
}

/// A window of time and a domain of values, laid over a rectangle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plot {
    /// Where the lines are; not empty. Clip to it.
    pub rect: Rect,
    /// The time across it.
    pub window: Window,
    /// The value at its bottom.
    pub low: f64,
    /// The value at its top, above `low`.
    pub high: f64,
}

impl Plot {
    /// Where a time lies.
    #[must_use]
    pub fn x(&self, at_ms: f64) -> f64 {
        let x = self.window.share(at_ms) * f64::from(self.rect.width());
        f64::from(self.rect.left) + within(x, -PIXEL_MAX, PIXEL_MAX)
    }

    /// Where a value lies.
    #[must_use]
    pub fn y(&self, value: f64) -> f64 {
        // Each part of the difference is finite, also between huge values of both signs.
        let share = (self.high - value) / (self.high - self.low);
        let y = share * f64::from(self.rect.height());
        f64::from(self.rect.top) + within(y, -PIXEL_MAX, PIXEL_MAX)
    }

    /// The row of pixels in which a value lies; the domain's ends are in the plot.
    #[must_use]
    pub fn row(&self, value: f64) -> i32 {
        let row = self.y(value).floor() as i32;
        row - i32::from(row == self.rect.bottom && value >= self.low)
    }

    /// The time at a place, for a pointer.
    #[must_use]
    pub fn at_ms(&self, x: f64) -> f64 {
        let share = (x - f64::from(self.rect.left)) / f64::from(self.rect.width());
        self.window.at(share)
    }

    /// How much time a pixel takes.
    #[must_use]
    pub fn ms_per_pixel(&self) -> f64 {
        self.window.span_ms() / f64::from(self.rect.width())
    }

    /// Where an area begins: at zero, or at the end of the domain that is nearest to it.
    #[must_use]
    pub fn baseline(&self) -> f64 {
        within(0.0, self.low, self.high)
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::{plot, window};

    #[test]
    fn times_and_values_lie_on_their_pixels() {
        let plot = plot(window(1_000.0, 2_000.0), 200);
        assert_eq!(
            (plot.x(1_000.0), plot.x(1_250.0), plot.x(2_000.0)),
            (0.0, 50.0, 200.0)
        );
        assert_eq!(
            (plot.y(0.0), plot.y(25.0), plot.y(100.0)),
            (100.0, 75.0, 0.0)
        );
        assert_eq!((plot.row(0.0), plot.row(0.5), plot.row(100.0)), (99, 99, 0));
        assert!(plot.row(-1.0) > 99 && plot.row(101.0) < 0);
        assert_eq!(plot.at_ms(50.0), 1_250.0);
        assert!(plot.y(1e308).is_finite() && plot.y(-1e308).is_finite());
    }
}
