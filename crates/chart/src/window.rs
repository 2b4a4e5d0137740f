//! A stretch of time.

use crate::within::within;

/// The farthest that a clock of a browser goes from 1970, in milliseconds (ECMA-262, 21.4.1.1).
const TIME_MAX_MS: f64 = 8.64e15;

/// The shortest stretch: what is sampled has times in milliseconds.
const SPAN_MIN_MS: f64 = 1.0;

/// A stretch of time: never empty, never backwards, with finite ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Window {
    from_ms: f64,
    to_ms: f64,
}

impl Window {
    /// From one Unix time to another, in milliseconds, at least 1 ms.
    #[must_use]
    pub fn new(from_ms: f64, to_ms: f64) -> Self {
        let bounded = |at_ms: f64| {
            if at_ms.is_nan() {
                0.0
            } else {
                within(at_ms, -TIME_MAX_MS, TIME_MAX_MS)
            }
        };
        let from_ms = bounded(from_ms);
        Self {
            from_ms,
            to_ms: bounded(to_ms).max(from_ms + SPAN_MIN_MS),
        }
    }

    /// Where it starts, a Unix time in milliseconds.
    #[must_use]
    pub fn from_ms(&self) -> f64 {
        self.from_ms
    }

    /// Where it ends, a Unix time in milliseconds.
    #[must_use]
    pub fn to_ms(&self) -> f64 {
        self.to_ms
    }

    /// How long it is.
    #[must_use]
    pub fn span_ms(&self) -> f64 {
        self.to_ms - self.from_ms
    }

    /// Whether a time lies within, the ends included.
    #[must_use]
    pub fn contains(&self, at_ms: f64) -> bool {
        self.from_ms <= at_ms && at_ms <= self.to_ms
    }

    /// The time at a share of the way: 0 is the start, 1 the end.
    #[must_use]
    pub fn at(&self, share: f64) -> f64 {
        self.from_ms + share * self.span_ms()
    }

    /// The share of the way at which a time lies.
    #[must_use]
    pub fn share(&self, at_ms: f64) -> f64 {
        (at_ms - self.from_ms) / self.span_ms()
    }
}
