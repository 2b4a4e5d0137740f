//! Values held within bounds.

/// The nearest number from `low` to `high`; `low` for what is no number.
///
/// Not `f64::clamp`: its message for bounds the wrong way round brings all of the standard
/// library's printing of floating point numbers to the browser.
pub(crate) fn within(value: f64, low: f64, high: f64) -> f64 {
    value.max(low).min(high)
}
