//! Prints what the geometry of one frame costs: the median of many.

use chart::{Bounds, Chart, Fit, Font, Hours, Kind, Line, Sample, Scene, Series, Viewport};
use std::hint::black_box;
use std::time::Instant;

const FRAMES: usize = 1_001;

fn main() {
    for (samples, stacked) in [(600, false), (600, true), (36_000, false), (36_000, true)] {
        let sort = if stacked {
            "two, stacked"
        } else {
            "one, filled"
        };
        let median_us = median_us(samples, stacked);
        println!("{samples:>6} samples, {sort:<12} {median_us:>7.1} µs");
    }
}

fn median_us(samples: u32, stacked: bool) -> f64 {
    let series = series(samples);
    let line = Line {
        series: &series,
        filled: true,
        band: None,
    };
    let lines = [line, line];
    let viewport = Viewport::new(f64::from(samples) * 1_000.0, 1_000.0);
    let mut frames_us: Vec<_> = (0..FRAMES)
        .map(|frame| {
            let bounds = Bounds {
                oldest_ms: 0.0,
                now_ms: f64::from(samples) * 1_000.0 + frame as f64 * 16.0,
            };
            let chart = Chart {
                width: 1_200,
                height: 400,
                font: Font {
                    digit_width: 7.0,
                    line_height: 14.0,
                },
                window: viewport.window(bounds),
                lines: if stacked { &lines } else { &lines[..1] },
                stacked,
                fit: Fit::FromZero,
                kind: Kind::Si,
                unit: "B/s",
                thresholds: &[],
                offset: &|_| 60,
                hours: Hours::TwentyFour,
            };
            let started = Instant::now();
            black_box(Scene::new(black_box(&chart)));
            started.elapsed().as_secs_f64() * 1e6
        })
        .collect();
    frames_us.sort_by(f64::total_cmp);
    frames_us[FRAMES / 2]
}

/// Noise over a slow wave, the same each time.
fn series(samples: u32) -> Series {
    let mut series = Series::new(samples as usize);
    let mut noise = 1_u32;
    for index in 0..samples {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let wave = (f64::from(index) / 300.0).sin() + 1.0;
        series.put(Sample {
            at_ms: f64::from(index) * 1_000.0,
            interval_ms: 1_000,
            value: Some(wave * 1e6 + f64::from(noise >> 16) * 10.0),
        });
    }
    series
}
