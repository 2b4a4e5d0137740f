use super::*;
use crate::test_support::{plot, series, window};
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::BTreeSet;

/// The points of a line over a plot in which a pixel is 100 ms and a value.
fn check(samples: &[(f64, Option<f64>)], runs: &[&[Point]]) {
    let plot = plot(window(1_000.0, 5_000.0), 40);
    let (line, area) = line(&series(samples), &plot, true);
    let Shape::Path(path) = line else {
        panic!("sparse");
    };
    assert_eq!(path.runs().collect::<Vec<_>>(), runs);
    let Some(Shape::Path(area)) = area else {
        panic!("filled");
    };
    let outlined = runs.iter().filter(|run| run.len() > 1).count();
    assert_eq!(area.runs().count(), outlined);
    assert!(area.runs().all(|run| run[run.len() - 1].1 == 100.0));
}

#[test]
fn lines_break_at_gaps() {
    check(&[], &[]);
    check(
        &[
            (1_000.0, Some(10.0)),
            (2_000.0, Some(20.0)),
            (2_500.0, None),
            (3_000.0, Some(30.0)),
            (3_500.0, None),
            (4_000.0, Some(150.0)),
            (5_000.0, Some(50.0)),
        ],
        &[
            &[(0.0, 90.0), (10.0, 80.0)],
            &[(20.0, 70.0)],
            &[(30.0, -50.0), (40.0, 50.0)],
        ],
    );
}

#[test]
fn lines_run_to_the_ends_of_the_window() {
    check(
        &[
            (0.0, Some(0.0)),
            (2_000.0, Some(20.0)),
            (4_000.0, Some(20.0)),
            (6_000.0, Some(40.0)),
        ],
        &[&[(0.0, 90.0), (10.0, 80.0), (30.0, 80.0), (40.0, 70.0)]],
    );
    // Even if no sample is seen.
    let mut wide = Series::new(2);
    for (at_ms, value) in [(0.0, 0.0), (10_000.0, 100.0)] {
        wide.put(crate::Sample {
            at_ms,
            interval_ms: 10_000,
            value: Some(value),
        });
    }
    let path = path(&wide, &plot(window(1_000.0, 5_000.0), 40));
    assert_eq!(
        path.runs().collect::<Vec<_>>(),
        [&[(0.0, 90.0), (40.0, 50.0)]]
    );
}

#[test]
fn sparse_stretches_of_a_dense_line_are_connected() {
    let dense = (0..100).map(|ms| (f64::from(ms) * 10.0, Some(10.0)));
    let line: Vec<_> = dense
        .chain([(3_000.0, Some(90.0)), (9_000.0, Some(50.0))])
        .collect();
    let plot = plot(window(0.0, 10_000.0), 10);
    let bars = clipped(bars(&series(&line), &plot), &plot);
    let found: Vec<_> = bars
        .iter()
        .map(|bar| (bar.x, bar.top, bar.bottom))
        .collect();
    assert_eq!(
        found,
        [
            (0, 90, 91),
            (1, 64, 90),
            (2, 37, 64),
            (3, 10, 37),
            (9, 50, 51)
        ]
    );
}

fn dense_plot() -> Plot {
    plot(window(0.0, 50_000.0), 50)
}

fn dense_line(values: &[Option<f64>]) -> Series {
    let at = |index: usize| index as f64 * 100.0;
    let samples: Vec<_> = values
        .iter()
        .enumerate()
        .map(|(i, v)| (at(i), *v))
        .collect();
    series(&samples)
}

proptest! {
    #[test]
    fn bars_cover_every_sample_within_and_hang_together(
        values in vec(proptest::option::weighted(0.98, -20.0..120.0_f64), 300..500),
    ) {
        let plot = dense_plot();
        let line = dense_line(&values);
        prop_assert!(is_dense(&line, &plot));
        let (Shape::Bars(bars), _) = super::line(&line, &plot, false) else {
            return Err(TestCaseError::fail("not bars"));
        };
        prop_assert!(bars.is_sorted_by(|one, next| one.x < next.x));
        prop_assert!(bars.iter().all(|bar| 0 <= bar.top && bar.top < bar.bottom && bar.bottom <= 100));
        for (index, value) in values.iter().enumerate() {
            let Some(value) = value.filter(|value| (0.0..=100.0).contains(value)) else { continue };
            let (x, row) = (index as i32 / 10, plot.row(value));
            let covers = |bar: &&Bar| bar.x == x && (bar.top..bar.bottom).contains(&row);
            prop_assert!(bars.iter().any(|bar| covers(&bar)), "{value} at {x}");
        }
        for pair in bars.windows(2).filter(|pair| pair[1].x == pair[0].x + 1) {
            let start = pair[1].x as usize * 10;
            if values[start - 1].is_some() && values[start].is_some() {
                prop_assert!(pair[0].top <= pair[1].bottom && pair[1].top <= pair[0].bottom, "{pair:?}");
            }
        }
    }

    #[test]
    fn an_area_fills_all_between_a_line_and_the_baseline_and_nothing_else(
        values in vec(proptest::option::weighted(0.98, -20.0..120.0_f64), 300..500),
        low in -30.0..30.0_f64,
    ) {
        let plot = Plot { low, ..dense_plot() };
        let line = dense_line(&values);
        let (Shape::Bars(bars), Some(Shape::Bars(area))) = super::line(&line, &plot, true) else {
            return Err(TestCaseError::fail("not bars"));
        };
        let base = plot.row(plot.baseline());
        // Unclipped: one that is outside has its area inside.
        let (mut expected, mut found) = (BTreeSet::new(), BTreeSet::new());
        for bar in super::bars(&line, &plot) {
            for row in bar.top.min(base + 1)..bar.bottom.max(base + 1) {
                if (0..50).contains(&bar.x) && (0..100).contains(&row) {
                    expected.insert((bar.x, row));
                }
            }
        }
        for bar in bars.iter().chain(&area) {
            for x in bar.x..bar.x + bar.width {
                found.extend((bar.top..bar.bottom).map(|row| (x, row)));
            }
        }
        prop_assert_eq!(found, expected);
        let covered: i32 = area.iter().map(|bar| bar.width).sum();
        prop_assert!(covered <= 50, "no column is filled twice");
    }

    #[test]
    fn a_path_has_all_samples_in_order_and_breaks_where_they_do(
        steps in vec((1_u32..5_000, proptest::option::weighted(0.8, 0.0..100.0_f64)), 1..60),
    ) {
        let mut at_ms = 0.0;
        let samples: Vec<_> = steps.iter().map(|(step, value)| {
            at_ms += f64::from(*step);
            (at_ms, *value)
        }).collect();
        let plot = plot(window(0.0, at_ms), 1_000);
        let path = path(&series(&samples), &plot);
        let mut expected: Vec<Vec<Point>> = Vec::new();
        let mut before: Option<f64> = None;
        for (at_ms, value) in samples {
            if let Some(value) = value {
                let point = (plot.x(at_ms), plot.y(value));
                match expected.last_mut() {
                    Some(run) if before.is_some_and(|before| at_ms - before <= 2_500.0) => run.push(point),
                    _ => expected.push(vec![point]),
                }
            }
            before = value.map(|_| at_ms);
        }
        prop_assert_eq!(path.runs().map(<[Point]>::to_vec).collect::<Vec<_>>(), expected);
    }
}
