use leptos::prelude::window;
use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, CssStyleDeclaration, Element, HtmlCanvasElement};

/// A canvas fitted to its place on the page, to be drawn on in CSS pixels.
pub(crate) struct Canvas {
    pub(crate) context: CanvasRenderingContext2d,
    pub(crate) width: f64,
    pub(crate) height: f64,
    /// Device pixels in one CSS pixel.
    pub(crate) scale: f64,
}

impl Canvas {
    /// Clears the canvas, and fits its pixels to the screen's. `None` while it has no extent.
    pub(crate) fn prepare(element: &HtmlCanvasElement) -> Option<Self> {
        let scale = window().device_pixel_ratio();
        let width = f64::from(element.client_width());
        let height = f64::from(element.client_height());
        let (wide, high) = ((width * scale) as u32, (height * scale) as u32);
        if wide == 0 || high == 0 {
            return None;
        }
        // Setting a size, even the same one, throws the canvas's memory away.
        if element.width() != wide || element.height() != high {
            element.set_width(wide);
            element.set_height(high);
        }
        let context = element.get_context("2d").ok()??;
        let context: CanvasRenderingContext2d = context.dyn_into().ok()?;
        context
            .set_transform(scale, 0.0, 0.0, scale, 0.0, 0.0)
            .ok()?;
        context.clear_rect(0.0, 0.0, width, height);
        Some(Self {
            context,
            width,
            height,
            scale,
        })
    }

    /// The nearest place at which a line one device pixel wide is sharp.
    pub(crate) fn crisp(&self, at: f64) -> f64 {
        ((at * self.scale).floor() + 0.5) / self.scale
    }
}

/// The colours that the style sheet gives an element, resolved for the theme.
pub(crate) struct Paint {
    style: CssStyleDeclaration,
}

impl Paint {
    pub(crate) fn of(element: &Element) -> Option<Self> {
        let style = window().get_computed_style(element).ok()??;
        Some(Self { style })
    }

    /// A resolved property, as in `color`.
    pub(crate) fn property(&self, name: &str) -> String {
        self.style.get_property_value(name).unwrap_or_default()
    }
}
