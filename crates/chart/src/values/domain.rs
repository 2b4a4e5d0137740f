use crate::within::within;

/// Beyond this, a difference of two values could overflow.
const VALUE_MAX: f64 = 1e300;

/// Below this, a value counts as zero: its ticks would have no exact step.
const VALUE_MIN: f64 = 1e-100;

/// A domain narrower than this share of its values is widened: its labels would need more digits
/// than anyone reads.
const SPAN_SHARE_MIN: f64 = 1e-6;

/// By this share of it a single value's domain is widened in both directions.
const WIDEN_SHARE: f64 = 0.1;

/// Room beyond the extent, as a share of it, so that a line does not run along the edge.
const PADDING_SHARE: f64 = 0.05;

/// How an axis is fitted to what there is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fit {
    /// Always the same, as from 0 to 100 percent. What is beyond is cut off.
    Fixed(f64, f64),
    /// Zero belongs to it: for rates, sizes, and everything below which an area is filled.
    FromZero,
    /// As close as is nice around the values, as for temperatures.
    Around,
}

/// The domain for an extent of values, before it is rounded to ticks; always `low < high`.
pub(super) fn domain(extent: Option<(f64, f64)>, fit: Fit) -> (f64, f64) {
    let (low, high) = match fit {
        Fit::Fixed(low, high) => (low, high),
        Fit::FromZero => extent.map_or((0.0, 0.0), |(low, high)| (low.min(0.0), high.max(0.0))),
        Fit::Around => extent.unwrap_or((0.0, 0.0)),
    };
    let (low, high) = (bounded(low), bounded(high));
    let (low, high) = (low.min(high), low.max(high));
    let most = low.abs().max(high.abs());
    if most == 0.0 {
        return (0.0, 1.0);
    }
    if high - low <= most * SPAN_SHARE_MIN {
        return (low - most * WIDEN_SHARE, high + most * WIDEN_SHARE);
    }
    match fit {
        Fit::Fixed(..) => (low, high),
        Fit::FromZero | Fit::Around => padded(low, high),
    }
}

/// Padding never crosses zero: below it there may be nothing.
fn padded(low: f64, high: f64) -> (f64, f64) {
    let padding = (high - low) * PADDING_SHARE;
    let low_padded = low - padding;
    let high_padded = high + padding;
    (
        if low >= 0.0 {
            low_padded.max(0.0)
        } else {
            low_padded
        },
        if high <= 0.0 {
            high_padded.min(0.0)
        } else {
            high_padded
        },
    )
}

fn bounded(value: f64) -> f64 {
    if value.is_nan() || value.abs() < VALUE_MIN {
        0.0
    } else {
        within(value, -VALUE_MAX, VALUE_MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(extent: Option<(f64, f64)>, fit: Fit, low: f64, high: f64) {
        let (found_low, found_high) = domain(extent, fit);
        let close = |found: f64, wanted: f64| (found - wanted).abs() <= wanted.abs() * 1e-9;
        assert!(
            close(found_low, low) && close(found_high, high),
            "{extent:?} {fit:?}: {found_low} {found_high}"
        );
    }

    #[test]
    fn every_extent_has_a_domain() {
        check(None, Fit::FromZero, 0.0, 1.0);
        check(None, Fit::Around, 0.0, 1.0);
        check(Some((0.0, 0.0)), Fit::Around, 0.0, 1.0);
        check(Some((40.0, 40.0)), Fit::Around, 36.0, 44.0);
        check(Some((-40.0, -40.0)), Fit::Around, -44.0, -36.0);
        check(Some((40.0, 40.0)), Fit::FromZero, 0.0, 42.0);
        check(Some((-40.0, -20.0)), Fit::FromZero, -42.0, 0.0);
        check(Some((-1e308, 1e308)), Fit::Around, -1.1e300, 1.1e300);
        check(Some((1e-200, 1e-200)), Fit::Around, 0.0, 1.0);
        check(Some((3.0, 250.0)), Fit::Fixed(0.0, 100.0), 0.0, 100.0);
        check(None, Fit::Fixed(5.0, 5.0), 4.5, 5.5);
        check(None, Fit::Fixed(100.0, 0.0), 0.0, 100.0);
        check(None, Fit::Fixed(f64::NAN, 10.0), 0.0, 10.0);
    }

    #[test]
    fn padding_does_not_cross_zero() {
        check(Some((1.0, 101.0)), Fit::Around, 0.0, 106.0);
        check(Some((-101.0, -1.0)), Fit::Around, -106.0, 0.0);
        check(Some((-10.0, 90.0)), Fit::Around, -15.0, 95.0);
    }
}
