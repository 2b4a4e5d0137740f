use super::raster::Pixel;
use crate::kit::browser::{self, Canvas};
use web_sys::Element;

/// Lines first, as many as there are in a chart; then grid, labels, thresholds, and what is behind.
const COLOURS: [&str; 11] = [
    "--series-1",
    "--series-2",
    "--series-3",
    "--series-4",
    "--series-5",
    "--series-6",
    "--line",
    "--text-muted",
    "--warn-mark",
    "--bad-mark",
    "--surface",
];

/// The theme's colours and fonts for charts. Read once, since each computed style costs the browser work.
pub(super) struct Palette {
    pub(super) series: Vec<String>,
    /// The same, as a canvas shows them.
    pixels: Vec<Pixel>,
    pub(super) grid: String,
    pub(super) text: String,
    pub(super) warning: String,
    pub(super) critical: String,
    pub(super) ground: String,
    /// In CSS pixels.
    font_size: f64,
    font_family: String,
}

impl Palette {
    /// The theme's colours, and the font of a chart.
    pub(super) fn of(element: &Element) -> Self {
        let mut series = browser::colours(&COLOURS);
        let mut last = || series.pop().unwrap_or_default();
        let (ground, critical, warning) = (last(), last(), last());
        let (text, grid) = (last(), last());
        let (font_size, font_family) = browser::font(element);
        let pixels = pixels(&series).unwrap_or_default();
        Self {
            pixels,
            series,
            grid,
            text,
            warning,
            critical,
            ground,
            font_size,
            font_family,
        }
    }

    /// The labels' font on a screen with so many device pixels to a CSS pixel, and its size.
    pub(super) fn font(&self, scale: f64) -> (String, u32) {
        let size = (self.font_size * scale).round() as u32;
        ([&size.to_string(), "px ", &self.font_family].concat(), size)
    }

    pub(super) fn pixel(&self, index: usize) -> Pixel {
        self.pixels.get(index).copied().unwrap_or_default()
    }

    pub(super) fn line(&self, index: usize) -> &str {
        self.series.get(index).map_or("", |colour| colour)
    }
}

/// Only a canvas knows what it makes of a colour. All are read at once: each reading is a wait.
fn pixels(colours: &[String]) -> Option<Vec<Pixel>> {
    let context = Canvas::apart()?.context;
    for (place, colour) in colours.iter().enumerate() {
        context.set_fill_style_str(colour);
        context.fill_rect(place as f64, 0.0, 1.0, 1.0);
    }
    let image = context.get_image_data(0.0, 0.0, colours.len() as f64, 1.0);
    let bytes = image.ok()?.data();
    Some(bytes.as_chunks().0.to_vec())
}
