//! From a pointer or a key to a sample.

use crate::{Sample, Series};

/// The sample that a crosshair at a time stands for: the nearer of the two that the line joins
/// there. In a gap, or beyond the ends, only one within `tolerance_ms`: a reading must not be
/// claimed for a time that has none.
#[must_use]
pub fn nearest(series: &Series, at_ms: f64, tolerance_ms: f64) -> Option<Sample> {
    let next = series.index_from(at_ms);
    let joined = series.joined(next);
    let around = next.saturating_sub(1)..(next + 1).min(series.len());
    let distance_ms = |sample: &Sample| (sample.at_ms - at_ms).abs();
    let mut nearest: Option<Sample> = None;
    for sample in series.samples(around).filter(|s| s.value.is_some()) {
        let within = joined || distance_ms(&sample) <= tolerance_ms;
        let nearer = nearest.is_none_or(|found| distance_ms(&sample) < distance_ms(&found));
        if within && nearer {
            nearest = Some(sample);
        }
    }
    nearest
}

/// Where a key moves the crosshair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// To the sample before.
    Back,
    /// To the next sample.
    Forward,
    /// A page back.
    PageBack,
    /// A page on.
    PageForward,
    /// To the oldest sample.
    First,
    /// To the newest sample.
    Last,
}

/// The time to which a key moves a crosshair over some series, sample by sample, gaps left out.
///
/// Without a cursor it moves to the newest sample (or to the oldest, if that is asked for). `None` only if there
/// is no sample. The time may be out of sight, see [`Viewport::reveal`](crate::Viewport::reveal).
#[must_use]
pub fn moved(series: &[&Series], from_ms: Option<f64>, to: Move, page_ms: f64) -> Option<f64> {
    let newest = before(series, f64::INFINITY);
    let oldest = || after(series, f64::NEG_INFINITY);
    let Some(from_ms) = from_ms else {
        return if to == Move::First { oldest() } else { newest };
    };
    // A page ends at a sample just within it.
    match to {
        Move::First => oldest(),
        Move::Last => newest,
        Move::Back => before(series, from_ms).or_else(oldest),
        Move::Forward => after(series, from_ms).or(newest),
        Move::PageBack => after(series, from_ms - page_ms)
            .filter(|at_ms| *at_ms < from_ms)
            .or_else(|| before(series, from_ms))
            .or_else(oldest),
        Move::PageForward => before(series, from_ms + page_ms)
            .filter(|at_ms| *at_ms > from_ms)
            .or_else(|| after(series, from_ms))
            .or(newest),
    }
}

/// The latest time before another at which there is a value.
fn before(series: &[&Series], at_ms: f64) -> Option<f64> {
    let mut latest: Option<f64> = None;
    for series in series {
        let mut knots = series.knots(0..series.index_from(at_ms)).rev();
        let found = knots.find(|knot| knot.has_value());
        latest = match (latest, found.map(|knot| knot.at_ms)) {
            (Some(one), Some(other)) => Some(one.max(other)),
            (one, other) => one.or(other),
        };
    }
    latest
}

/// The earliest time after another at which there is a value.
fn after(series: &[&Series], at_ms: f64) -> Option<f64> {
    let mut earliest: Option<f64> = None;
    for series in series {
        let start = series.index_from(at_ms);
        let mut knots = series.knots(start..series.len());
        let found = knots.find(|knot| knot.at_ms > at_ms && knot.has_value());
        earliest = match (earliest, found.map(|knot| knot.at_ms)) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
    }
    earliest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::series;

    fn line() -> Series {
        series(&[
            (1_000.0, Some(1.0)),
            (2_000.0, Some(2.0)),
            (3_000.0, None),
            (4_000.0, Some(4.0)),
            (9_000.0, Some(9.0)),
        ])
    }

    #[test]
    fn a_crosshair_finds_the_nearest_sample_but_not_across_gaps() {
        for (at_ms, expected) in [
            (1_400.0, Some(1.0)),
            (1_600.0, Some(2.0)),
            (2_000.0, Some(2.0)),
            (2_100.0, Some(2.0)),
            (2_500.0, None),
            (3_900.0, Some(4.0)),
            (4_200.0, Some(4.0)),
            (6_000.0, None),
            (8_900.0, Some(9.0)),
            (9_200.0, Some(9.0)),
            (9_201.0, None),
            (0.0, None),
        ] {
            let found = nearest(&line(), at_ms, 200.0).and_then(|sample| sample.value);
            assert_eq!(found, expected, "{at_ms}");
        }
        assert_eq!(nearest(&Series::new(1), 0.0, 1e9), None);
    }

    #[test]
    fn keys_go_from_sample_to_sample() {
        use Move::{Back, First, Forward, Last, PageBack, PageForward};
        let other = series(&[(2_500.0, Some(0.0))]);
        let line = line();
        let both = [&line, &other];
        for (from_ms, to, expected) in [
            (None, Back, 9_000.0),
            (None, First, 1_000.0),
            (Some(2_000.0), Forward, 2_500.0),
            (Some(2_500.0), Forward, 4_000.0),
            (Some(4_000.0), Back, 2_500.0),
            (Some(1_000.0), Back, 1_000.0),
            (Some(9_000.0), Forward, 9_000.0),
            (Some(1_000.0), PageForward, 2_500.0),
            (Some(4_000.0), PageForward, 9_000.0),
            (Some(4_000.0), PageBack, 2_500.0),
            (Some(9_000.0), PageBack, 4_000.0),
            (Some(4_000.0), Last, 9_000.0),
            (Some(4_000.0), First, 1_000.0),
        ] {
            assert_eq!(
                moved(&both, from_ms, to, 2_000.0),
                Some(expected),
                "{from_ms:?} {to:?}"
            );
        }
        assert_eq!(moved(&[], None, Last, 1.0), None);
    }
}
