use super::document::child;
use leptos::prelude::{document, window};
use web_sys::{CssStyleDeclaration, Element};

/// What the custom properties of these names are in the page's theme, as colours that a canvas
/// takes. They are asked for with an element: a property alone still has its `light-dark()`.
pub(crate) fn colours(names: &[&str]) -> Vec<String> {
    let body = document().body();
    let probe = body.as_ref().and_then(|body| child(body, "i", "probe"));
    let style = probe.as_ref().and_then(style);
    let Some((probe, style)) = probe.zip(style) else {
        return vec![String::new(); names.len()];
    };
    let mut resolved = Vec::with_capacity(names.len());
    for name in names {
        let _ = set_style(&probe, "color", &["var(", name, ")"].concat());
        resolved.push(style.get_property_value("color").unwrap_or_default());
    }
    probe.remove();
    resolved
}

/// The size of an element's text in CSS pixels, and its font family.
pub(crate) fn font(element: &Element) -> (f64, String) {
    let property = |name| {
        let value = style(element).and_then(|style| style.get_property_value(name).ok());
        value.unwrap_or_default()
    };
    let size = js_sys::parse_float(&property("font-size"));
    let size = if size > 0.0 { size } else { 12.0 };
    (size, property("font-family"))
}

fn style(element: &Element) -> Option<CssStyleDeclaration> {
    window().get_computed_style(element).ok()?
}

/// Sets a style the way the content security policy allows scripts to.
pub(crate) fn set_style(element: &Element, property: &str, value: &str) -> Option<()> {
    use wasm_bindgen::JsCast;
    let element: &web_sys::HtmlElement = element.dyn_ref()?;
    element.style().set_property(property, value).ok()
}
