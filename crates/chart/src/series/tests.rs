use super::*;
use crate::test_support::{sample, series, window};
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::BTreeMap;

fn times(series: &Series) -> Vec<f64> {
    series.samples(0..series.len()).map(|s| s.at_ms).collect()
}

#[test]
fn late_samples_find_their_place_and_repeated_ones_replace() {
    let mut line = Series::new(4);
    for at_ms in [1_000.0, 3_000.0, 2_000.0, 3_000.0] {
        assert!(line.put(sample(at_ms, Some(at_ms))));
    }
    assert_eq!(times(&line), [1_000.0, 2_000.0, 3_000.0]);
    line.put(sample(2_000.0, Some(7.0)));
    assert_eq!(line.get(1).and_then(|s| s.value), Some(7.0));
    line.put(sample(4_000.0, None));
    line.put(sample(2_500.0, None));
    assert_eq!(times(&line), [2_000.0, 2_500.0, 3_000.0, 4_000.0]);
    assert!(!line.put(sample(1.0, None)), "older than all of a full one");
    assert!(!line.put(sample(f64::NAN, None)));
    line.cut_from(2_500.0);
    assert_eq!(times(&line), [2_000.0]);
}

#[test]
fn gaps_are_between_values_that_nothing_joins() {
    let line = series(&[
        (0.0, Some(1.0)),
        (1_000.0, Some(1.0)),
        (5_000.0, Some(1.0)),
        (6_000.0, None),
        (7_000.0, Some(1.0)),
        (8_000.0, None),
    ]);
    let gaps = line.gaps(window(0.0, 9_000.0));
    assert_eq!(gaps, [window(1_000.0, 5_000.0), window(5_000.0, 7_000.0)]);
    assert!(line.gaps(window(500.0, 4_999.0)).is_empty());
}

#[test]
fn a_value_that_is_no_number_is_none() {
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let line = series(&[(1.0, Some(value))]);
        assert_eq!(line.newest().and_then(|s| s.value), None);
    }
}

/// Whether a line runs from a sample to one `distance_ms` later.
fn check_joined(intervals_ms: (u32, u32), distance_ms: f64, joined: bool) {
    let mut line = Series::new(2);
    for (at_ms, interval_ms) in [(0.0, intervals_ms.0), (distance_ms, intervals_ms.1)] {
        line.put(Sample {
            at_ms,
            interval_ms,
            value: Some(1.0),
        });
    }
    assert_eq!(line.joined(1), joined, "{intervals_ms:?} {distance_ms}");
}

#[test]
fn a_line_breaks_beyond_two_and_a_half_intervals() {
    check_joined((1_000, 1_000), 2_500.0, true);
    check_joined((1_000, 1_000), 2_501.0, false);
    check_joined((1_000, 5_000), 5_000.0, true);
    check_joined((5_000, 1_000), 12_501.0, false);
    check_joined((0, 0), 1e12, true);
}

#[test]
fn neighbours_outside_are_drawn_only_where_a_line_runs_to_them() {
    let line = series(&[
        (0.0, Some(9.0)),
        (10_000.0, Some(1.0)),
        (11_000.0, Some(2.0)),
        (12_000.0, None),
        (13_000.0, Some(3.0)),
        (14_000.0, Some(8.0)),
    ]);
    for (from, to, drawn, extent) in [
        (9_000.0, 11_500.0, 1..3, Some((1.0, 2.0))),
        (10_500.0, 11_500.0, 1..3, Some((1.0, 2.0))),
        (13_200.0, 13_800.0, 4..6, Some((3.0, 8.0))),
        (11_200.0, 11_800.0, 3..3, None),
        (20_000.0, 30_000.0, 6..6, None),
    ] {
        assert_eq!(line.drawn(window(from, to)), drawn, "{from}");
        assert_eq!(line.extent(window(from, to)), extent, "{from}");
    }
}

proptest! {
    #[test]
    fn a_series_is_the_newest_of_a_sorted_map(
        samples_max in 1_usize..12,
        steps in vec((0_u32..30, proptest::option::of(-5_i32..5)), 0..80),
    ) {
        let mut line = Series::new(samples_max);
        let mut model = BTreeMap::new();
        for (at, value) in steps {
            let value = value.map(f64::from);
            let taken = line.put(sample(f64::from(at), value));
            model.insert(at, value);
            let refused = model.len() > samples_max && model.keys().next() == Some(&at);
            if model.len() > samples_max {
                model.pop_first();
            }
            prop_assert_eq!(taken, !refused);
            let stored: Vec<_> = line.samples(0..line.len()).map(|s| (s.at_ms as u32, s.value)).collect();
            prop_assert_eq!(stored, model.clone().into_iter().collect::<Vec<_>>());
        }
        for at in 0..30 {
            prop_assert_eq!(line.index_from(f64::from(at)), model.range(..at).count());
        }
    }
}
