//! Which stretch of time is seen, and how dragging, wheel and fingers change it.

use crate::Window;
use crate::within::within;

/// A window that is moved so close to the live end follows it again, as a share of the window: the last pixel is
/// hard to hit.
const LIVE_SHARE: f64 = 0.02;

/// Two fingers closer than this, as a share of the width, say nothing about the span.
const PINCH_SHARE_MIN: f64 = 0.01;

/// What there is to be seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    /// The oldest sample's time.
    pub oldest_ms: f64,
    /// The live end. A clock for smooth scrolling, the newest sample's time to move only with it,
    /// or the time at which the view was paused.
    pub now_ms: f64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum View {
    Following { span_ms: f64 },
    Held(Window),
}

/// The view onto the time axis; one for all charts that move together.
///
/// It either follows the live end with a span, or is held where the user put it. It never leaves
/// what there is: from the oldest sample, or a default span before now, to now.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Viewport {
    default_ms: f64,
    least_ms: f64,
    view: View,
}

impl Viewport {
    /// Follows the live end with a span of `default_ms`; zooming in ends at `least_ms`.
    #[must_use]
    pub fn new(default_ms: f64, least_ms: f64) -> Self {
        let least_ms = least_ms.max(1.0);
        let default_ms = default_ms.max(least_ms);
        Self {
            default_ms,
            least_ms,
            view: View::Following {
                span_ms: default_ms,
            },
        }
    }

    /// Whether the view moves along with the live end.
    #[must_use]
    pub fn is_following(&self) -> bool {
        matches!(self.view, View::Following { .. })
    }

    /// Whether it is as it was made, so that there is nothing to reset.
    #[must_use]
    pub fn is_reset(&self) -> bool {
        *self == Self::new(self.default_ms, self.least_ms)
    }

    /// Follows with the default span again.
    pub fn reset(&mut self) {
        *self = Self::new(self.default_ms, self.least_ms);
    }

    /// The stretch that is seen.
    #[must_use]
    pub fn window(&self, bounds: Bounds) -> Window {
        match self.view {
            View::Following { span_ms } => Window::new(bounds.now_ms - span_ms, bounds.now_ms),
            View::Held(window) => self.fitted(window, bounds),
        }
    }

    /// Makes the span `factor` times as long, around a place at a share of the width that keeps
    /// its time unless an end is in the way. At the live end a view that follows goes on following.
    pub fn zoom(&mut self, bounds: Bounds, share: f64, factor: f64) {
        if !(factor.is_finite() && factor > 0.0) {
            return;
        }
        let seen = self.window(bounds);
        let live = self.is_following() && share > 1.0 - LIVE_SHARE;
        let share = if live { 1.0 } else { within(share, 0.0, 1.0) };
        let span_max_ms = self.range(bounds).span_ms();
        let span_ms = within(seen.span_ms() * factor, self.least_ms, span_max_ms);
        let from_ms = seen.at(share) - share * span_ms;
        self.hold(Window::new(from_ms, from_ms + span_ms), bounds, 0.0);
    }

    /// Moves by a share of the width: above 0 to what is later, as dragging to the left does.
    pub fn pan(&mut self, bounds: Bounds, share: f64) {
        if !share.is_finite() {
            return;
        }
        let seen = self.window(bounds);
        // Dragging away from the live end must be able to start with a single pixel.
        let snap = if share > 0.0 { LIVE_SHARE } else { 0.0 };
        self.hold(
            Window::new(seen.at(share), seen.at(1.0 + share)),
            bounds,
            snap,
        );
    }

    /// Puts the two times that fingers took hold of below the fingers, which are at shares of the
    /// width.
    pub fn pinch(&mut self, bounds: Bounds, held_ms: (f64, f64), shares: (f64, f64)) {
        let apart = shares.1 - shares.0;
        let span_ms = (held_ms.1 - held_ms.0) / apart;
        if apart.abs() < PINCH_SHARE_MIN || !span_ms.is_finite() || span_ms <= 0.0 {
            return;
        }
        let span_max_ms = self.range(bounds).span_ms();
        let span_ms = within(span_ms, self.least_ms, span_max_ms);
        let middle = f64::midpoint(shares.0, shares.1);
        let from_ms = f64::midpoint(held_ms.0, held_ms.1) - middle * span_ms;
        self.hold(Window::new(from_ms, from_ms + span_ms), bounds, 0.0);
    }

    /// Shows a stretch that was chosen, in either direction.
    pub fn select(&mut self, bounds: Bounds, one_ms: f64, other_ms: f64) {
        let chosen = Window::new(one_ms.min(other_ms), one_ms.max(other_ms));
        self.hold(chosen, bounds, 0.0);
    }

    /// Moves as little as needed to show a time, for a cursor that leaves the view.
    pub fn reveal(&mut self, bounds: Bounds, at_ms: f64) {
        let seen = self.window(bounds);
        let share = seen.share(at_ms);
        let beyond = share.min(0.0) + (share - 1.0).max(0.0);
        if beyond != 0.0 {
            self.pan(bounds, beyond);
        }
    }

    /// All that may be seen.
    fn range(&self, bounds: Bounds) -> Window {
        let from_ms = bounds.oldest_ms.min(bounds.now_ms - self.default_ms);
        Window::new(from_ms, bounds.now_ms)
    }

    fn fitted(&self, window: Window, bounds: Bounds) -> Window {
        let range = self.range(bounds);
        let span_ms = window.span_ms().max(self.least_ms).min(range.span_ms());
        // A selection that is too short grows around its middle.
        let from_ms = window.at(0.5) - span_ms / 2.0;
        let latest_ms = (range.to_ms() - span_ms).max(range.from_ms());
        let from_ms = within(from_ms, range.from_ms(), latest_ms);
        Window::new(from_ms, from_ms + span_ms)
    }

    fn hold(&mut self, window: Window, bounds: Bounds, snap: f64) {
        let window = self.fitted(window, bounds);
        let span_ms = window.span_ms();
        let live_ms = bounds.now_ms - span_ms * snap - 1e-3;
        self.view = if window.to_ms() >= live_ms {
            View::Following { span_ms }
        } else {
            View::Held(window)
        };
    }
}

#[cfg(test)]
mod tests;
