//! Dense lines as pixels, to be given to the canvas at once: bar by bar, each would be a call.

use super::plan::Line;
use super::renderer::{BAND_ALPHA, DrawStyle};
use chart::{Bar, Rect, Scene, Shape};
use wasm_bindgen::Clamped;
use web_sys::{CanvasRenderingContext2d, ImageData};

/// Red, green, blue and alpha.
pub(super) type Pixel = [u8; 4];

/// The pixels of a plot.
struct Raster {
    rect: Rect,
    pixels: Vec<Pixel>,
}

impl Raster {
    fn fill(&mut self, bars: &[Bar], pixel: Pixel) {
        let width = self.rect.width() as usize;
        for bar in bars {
            let from = (bar.x - self.rect.left) as usize;
            for row in bar.top..bar.bottom {
                let start = (row - self.rect.top) as usize * width + from;
                self.pixels[start..start + bar.width as usize].fill(pixel);
            }
        }
    }
}

/// From the bottom to the top.
#[derive(Clone, Copy)]
enum Layer {
    Area,
    Band,
    Line,
}

/// Draws dense shapes into the plot, `x` pixels from the canvas's left, replacing what is there.
pub(super) fn put(
    context: &CanvasRenderingContext2d,
    scene: &Scene,
    lines: &[Line<'_>],
    x: u32,
    alpha: f64,
    style: &DrawStyle<'_>,
) {
    let rect = scene.plot.rect;
    let mut raster: Option<Raster> = None;
    // Areas are below all lines, and do not touch each other. The first line comes last, on top.
    for layer in [Layer::Area, Layer::Band, Layer::Line] {
        for (trace, line) in scene.traces.iter().zip(lines).rev() {
            let (shape, alpha) = match layer {
                Layer::Area => (trace.area.as_ref(), alpha),
                Layer::Band => (trace.band.as_ref(), BAND_ALPHA),
                Layer::Line => (Some(&trace.line), 1.0),
            };
            let Some(Shape::Bars(bars)) = shape else {
                continue;
            };
            let mut pixel = style.palette.pixel(line.index);
            pixel[3] = (alpha * f64::from(pixel[3])) as u8;
            let raster = raster.get_or_insert_with(|| Raster {
                rect,
                pixels: vec![[0; 4]; rect.width() as usize * rect.height() as usize],
            });
            raster.fill(bars, pixel);
        }
    }
    if let Some(raster) = raster {
        let bytes = Clamped(raster.pixels.as_flattened());
        let image = ImageData::new_with_u8_clamped_array(bytes, rect.width() as u32);
        // Refused would be one without an extent.
        if let Ok(image) = image {
            let _ = context.put_image_data(&image, f64::from(x), f64::from(rect.top));
        }
    }
}
