use super::canvas::ChartCanvas;
use super::frame::FrameContext;
use super::paint::measured;
use super::palette::Palette;
use super::plan::{Line, Name, Plan};
use crate::kit::state::State;
use chart::{Bounds, Fit, Font, Hours, Kind, Sample, Series, Viewport};
use leptos::prelude::{Owner, window};
use std::sync::Arc;
use web_sys::Element;

/// Charts of made-up samples, painted on demand.
pub(crate) struct ChartBench {
    canvases: Vec<ChartCanvas>,
    series: Series,
    samples: u32,
    palette: Palette,
    font: (f64, String, Font),
    _owner: Owner,
}

impl ChartBench {
    pub(crate) fn new(places: Vec<Element>, size: (f64, f64), samples: u32) -> Self {
        let owner = Owner::new();
        owner.set();
        let palette = Palette::of(&places[0]);
        let plan = Plan {
            name: "bench".into(),
            title: String::new(),
            of: Vec::new(),
            fit: Fit::Fixed(0.0, 100.0),
            kind: Kind::Percent,
            unit: String::new(),
            thresholds: Vec::new(),
            filled: true,
            stacked: false,
            is_small: false,
        };
        let plan = Arc::new(plan);
        let canvases = places.into_iter().filter_map(|place| {
            let mut canvas = ChartCanvas::new(place, Arc::clone(&plan), State::new(0))?;
            canvas.size = size;
            Some(canvas)
        });
        let mut series = Series::new(samples as usize);
        for second in 0..samples {
            series.put(sample(f64::from(second)));
        }
        let scale = window().device_pixel_ratio();
        let none = (scale, String::new(), Font::NONE);
        let font = measured(&palette, scale).unwrap_or(none);
        Self {
            canvases: canvases.collect(),
            series,
            samples,
            palette,
            font,
            _owner: owner,
        }
    }

    pub(crate) fn draw(&mut self, second: f64) {
        let newest = f64::from(self.samples) + second;
        self.series.put(sample(newest));
        let viewport = Viewport::new(f64::from(self.samples) * 1_000.0, 1_000.0);
        let (scale, font_name, font) = &self.font;
        let frame = FrameContext {
            palette: &self.palette,
            theme: 0,
            scale: *scale,
            font_name,
            font: *font,
            viewport: &viewport,
            bounds: Bounds {
                oldest_ms: 0.0,
                now_ms: newest * 1_000.0,
            },
            drifts: false,
            offset: &|_| 60,
            hours: Hours::TwentyFour,
        };
        let line = Line {
            index: 0,
            name: Name {
                given: None,
                key: None,
            },
            series: &self.series,
            band: None,
            value: None,
        };
        for canvas in &mut self.canvases {
            canvas.paint(&[line], "", &frame);
        }
    }
}

fn sample(second: f64) -> Sample {
    Sample {
        at_ms: second * 1_000.0,
        interval_ms: 1_000,
        value: Some(bench_value(second)),
    }
}

/// Noise over a slow wave, the same each time.
pub(crate) fn bench_value(second: f64) -> f64 {
    let noise = (second * 12.9898).sin() * 43_758.547;
    50.0 + 30.0 * (second / 180.0).sin() + 15.0 * (noise - noise.floor())
}
