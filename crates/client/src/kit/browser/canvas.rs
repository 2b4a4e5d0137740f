use super::document::child;
use leptos::prelude::document;
use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, Element, HtmlCanvasElement};

/// A canvas, to be drawn on in device pixels.
pub(crate) struct Canvas {
    pub(crate) element: HtmlCanvasElement,
    pub(crate) context: CanvasRenderingContext2d,
}

impl Canvas {
    /// A new canvas at the end of an element.
    pub(crate) fn within(parent: &Element, class: &str) -> Option<Self> {
        Self::of(child(parent, "canvas", class)?)
    }

    /// A new canvas that is not on the page.
    pub(crate) fn apart() -> Option<Self> {
        Self::of(document().create_element("canvas").ok()?)
    }

    fn of(element: Element) -> Option<Self> {
        let element: HtmlCanvasElement = element.dyn_into().ok()?;
        let context = element.get_context("2d").ok()??.dyn_into().ok()?;
        Some(Self { element, context })
    }

    /// Clears it, and gives it so many device pixels, on the page as large as `scale` of them are
    /// to a CSS pixel.
    pub(crate) fn clear(&self, width: u32, height: u32, scale: f64) {
        let canvas = &self.element;
        // Setting a size, even the same one, throws the canvas's memory away.
        if canvas.width() == width && canvas.height() == height {
            let (width, height) = (f64::from(width), f64::from(height));
            self.context.clear_rect(0.0, 0.0, width, height);
            return;
        }
        canvas.set_width(width);
        canvas.set_height(height);
        let style = canvas.style();
        set_length(&style, "width", f64::from(width) / scale);
        set_length(&style, "height", f64::from(height) / scale);
    }
}

/// A length in CSS pixels.
pub(crate) fn set_length(style: &web_sys::CssStyleDeclaration, property: &str, px: f64) {
    // A property that exists takes any length.
    let _ = style.set_property(property, &(number(px) + "px"));
}

/// A number as the browser writes it: in full, and without code of ours.
pub(crate) fn number(value: f64) -> String {
    let number = js_sys::Number::from(value);
    let text = number.to_string_with_radix(10);
    text.map_or_else(|_| String::new(), String::from)
}
