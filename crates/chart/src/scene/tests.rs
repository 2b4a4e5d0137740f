use super::*;
use crate::layout::Align;
use crate::test_support::{series, window};
use proptest::prelude::*;

const FONT: Font = Font {
    digit_width: 7.0,
    line_height: 14.0,
};

fn utc(_: f64) -> i32 {
    0
}

fn chart<'a>(lines: &'a [Line<'a>]) -> Chart<'a> {
    Chart {
        width: 400,
        height: 200,
        font: FONT,
        window: window(0.0, 60_000.0),
        lines,
        stacked: false,
        fit: Fit::FromZero,
        kind: Kind::Si,
        unit: "B/s",
        thresholds: &[],
        offset: &utc,
        hours: Hours::TwentyFour,
    }
}

fn rising() -> Series {
    let samples: Vec<_> = (0..=60)
        .map(|s| (f64::from(s) * 1_000.0, Some(f64::from(s) * 1e4)))
        .collect();
    series(&samples)
}

#[test]
fn a_scene_is_laid_out() {
    let series = rising();
    let line = Line {
        series: &series,
        filled: true,
        band: None,
    };
    let scene = Scene::new(&chart(&[line]));
    let texts: Vec<_> = scene
        .labels
        .iter()
        .map(|label| label.text.as_str())
        .collect();
    assert_eq!(
        texts,
        [
            "kB/s", "0", "200", "400", "600", "800", "00:00:15", "00:00:30", "00:00:45"
        ]
    );
    assert_eq!(scene.rows.len(), 5);
    // That at the right end has no label, and that at the left end loses it while time moves.
    assert_eq!(scene.columns.len(), 4);
    assert!(matches!(scene.traces[..], [Trace { area: Some(_), .. }]));
}

#[test]
fn a_threshold_is_seen_while_all_is_well() {
    let series = rising();
    let lines = [Line {
        series: &series,
        filled: false,
        band: None,
    }];
    let scene = Scene::new(&Chart {
        thresholds: &[5e6],
        ..chart(&lines)
    });
    assert_eq!(scene.thresholds.len(), 1);
    let fixed = Scene::new(&Chart {
        thresholds: &[5e6],
        fit: Fit::Fixed(0.0, 100.0),
        ..chart(&lines)
    });
    assert!(fixed.thresholds.is_empty());
}

#[test]
fn a_stack_fits_its_sum() {
    let series = rising();
    let line = Line {
        series: &series,
        filled: false,
        band: None,
    };
    let lines = [line, line];
    let stacked = Chart {
        stacked: true,
        ..chart(&lines)
    };
    let scene = Scene::new(&stacked);
    assert!(scene.plot.high >= 1.2e6);
    assert_eq!(scene.traces.len(), 2);
    assert!(scene.traces.iter().all(|trace| trace.area.is_some()));
}

/// Minima every fourth second, all alike between.
fn dipping(low: f64) -> Series {
    let value = |second: u32| if second.is_multiple_of(4) { low } else { 50.0 };
    let samples: Vec<_> = (0..=600)
        .map(|second| (f64::from(second) * 1_000.0, Some(value(second))))
        .collect();
    series(&samples)
}

#[test]
fn a_band_reaches_from_the_lowest_to_the_highest() {
    let (mean, low, high) = (dipping(50.0), dipping(10.0), dipping(50.0));
    let line = Line {
        series: &mean,
        filled: false,
        band: Some(Band {
            low: &low,
            high: &high,
        }),
    };
    for (span_ms, dense) in [(60_000.0, false), (600_000.0, true)] {
        let chart = Chart {
            window: window(0.0, span_ms),
            fit: Fit::Fixed(0.0, 100.0),
            ..chart(std::slice::from_ref(&line))
        };
        let scene = Scene::new(&chart);
        let lowest = f64::from(scene.plot.row(10.0));
        let reached = match scene.traces[0].band.as_ref().unwrap() {
            Shape::Path(path) => path.runs().flatten().map(|(_, y)| *y).fold(0.0, f64::max),
            Shape::Bars(bars) => {
                assert!(dense);
                f64::from(bars.iter().map(|bar| bar.bottom).max().unwrap())
            }
        };
        assert!((reached - lowest).abs() <= 1.0, "{reached} of {lowest}");
    }
    let extent = Scene::new(&Chart {
        fit: Fit::Around,
        ..chart(std::slice::from_ref(&line))
    });
    assert!(extent.plot.low <= 10.0, "the axis makes room for it");
}

proptest! {
    #[test]
    fn labels_are_on_the_canvas_and_do_not_touch(
        width in 150_u32..2_000,
        height in 80_u32..800,
        high in 1e-3..1e12_f64,
        span in 1e4..1e12_f64,
        binary in any::<bool>(),
    ) {
        let series = series(&[(0.0, Some(high / 3.0)), (1_000.0, Some(high))]);
        let lines = [Line { series: &series, filled: true, band: None }];
        let scene = Scene::new(&Chart {
            width,
            height,
            window: window(0.0, span),
            kind: if binary { Kind::Binary } else { Kind::Plain },
            ..chart(&lines)
        });
        let boxes: Vec<_> = scene.labels.iter().map(|label| {
            let width = label.text.chars().count() as f64 * FONT.digit_width;
            let left = label.x - match label.align {
                Align::Start => 0.0,
                Align::Middle => width / 2.0,
                Align::End => width,
            };
            (left, left + width, label.y - 7.0, label.y + 7.0)
        }).collect();
        for (index, one) in boxes.iter().enumerate() {
            prop_assert!(one.0 >= 0.0 && one.1 <= f64::from(width), "{:?}", scene.labels[index]);
            prop_assert!(one.2 >= 0.0 && one.3 <= f64::from(height), "{:?}", scene.labels[index]);
            for (other_index, other) in boxes.iter().enumerate().skip(index + 1) {
                let apart = one.1 <= other.0 || other.1 <= one.0 || one.3 <= other.2 || other.3 <= one.2;
                prop_assert!(apart, "{:?} {:?}", scene.labels[index], scene.labels[other_index]);
            }
        }
    }

    #[test]
    fn any_canvas_and_any_values_have_a_scene(
        width in any::<u16>(),
        height in any::<u16>(),
        values in proptest::collection::vec(proptest::num::f64::ANY, 0..20),
        from in proptest::num::f64::ANY,
        to in proptest::num::f64::ANY,
        stacked in any::<bool>(),
    ) {
        let samples: Vec<_> = values.iter().zip(0..).map(|(v, i)| (f64::from(i) * 1e3, Some(*v))).collect();
        let series = series(&samples);
        let line = Line { series: &series, filled: true, band: None };
        for window in [window(from, to), window(0.0, 20_000.0)] {
            let scene = Scene::new(&Chart {
                width: width.into(),
                height: height.into(),
                window,
                stacked,
                ..chart(&[line, line])
            });
            prop_assert!(scene.plot.rect.width() > 0 && scene.plot.rect.height() > 0);
            for trace in scene.traces {
                if let Shape::Path(path) = trace.line {
                    let finite = |point: &(f64, f64)| point.0.is_finite() && point.1.is_finite();
                    prop_assert!(path.runs().flatten().all(finite));
                }
            }
        }
    }
}

#[test]
fn without_a_font_all_is_plot() {
    let series = rising();
    let line = Line {
        series: &series,
        filled: true,
        band: None,
    };
    let lines = [line];
    let scene = Scene::new(&Chart {
        font: Font::NONE,
        ..chart(&lines)
    });
    assert!(scene.labels.is_empty() && scene.rows.is_empty() && scene.columns.is_empty());
    let rect = scene.plot.rect;
    assert_eq!(
        (rect.left, rect.top, rect.right, rect.bottom),
        (0, 0, 400, 200)
    );
}
