use super::canvas::number;
use super::clock::monotonic_ms;
use js_sys::{Array, Function, Object, Reflect};
use leptos::prelude::window;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Element;

/// Whether the user prefers reduced motion.
pub(crate) fn is_motion_reduced() -> bool {
    let query = window().match_media("(prefers-reduced-motion: reduce)");
    query.is_ok_and(|query| query.is_some_and(|query| query.matches()))
}

/// Lets an element move to the left by whole device pixels. The browser does it by itself, without
/// the page's thread. Dropping it puts the element back.
pub(crate) struct Drift {
    animation: JsValue,
    /// When it stood at its beginning, by the page's clock.
    began_ms: f64,
}

impl Drift {
    /// So many device pixels in all, each for `pixel_ms`, as if it had begun `since_ms` ago. It then
    /// begins again: who started it is to end it before. Not to be seen are a screenshot's
    /// animations without an end, so that what is compared stands still.
    pub(crate) fn start(
        element: &Element,
        pixels: f64,
        scale: f64,
        pixel_ms: f64,
        since_ms: f64,
    ) -> Option<Self> {
        let to = ["translateX(-", &number(pixels / scale), "px)"].concat();
        let steps = ["steps(", &number(pixels), ")"].concat();
        let transform = Array::of2(&JsValue::from_str("none"), &JsValue::from_str(&to));
        let frames = object(&[
            ("transform", transform.into()),
            ("easing", JsValue::from_str(&steps)),
        ])?;
        let options = object(&[
            ("duration", (pixels * pixel_ms).into()),
            ("delay", (-since_ms).into()),
            ("iterations", f64::INFINITY.into()),
        ])?;
        let animation = method(element, "animate")?.call2(element, &frames, &options);
        let animation = animation.ok()?;
        Some(Self {
            animation,
            began_ms: monotonic_ms() - since_ms,
        })
    }

    /// For how long it has been moving, in milliseconds.
    pub(crate) fn elapsed_ms(&self) -> f64 {
        monotonic_ms() - self.began_ms
    }
}

impl Drop for Drift {
    fn drop(&mut self) {
        if let Some(cancel) = method(&self.animation, "cancel") {
            // What has ended by itself cannot be ended, and need not be.
            let _ = cancel.call0(&self.animation);
        }
    }
}

fn object(fields: &[(&str, JsValue)]) -> Option<Object> {
    let object = Object::new();
    for (name, value) in fields {
        Reflect::set(&object, &JsValue::from_str(name), value).ok()?;
    }
    Some(object)
}

/// By its name: the bindings have animations only as something that may still change.
fn method(of: &JsValue, name: &str) -> Option<Function> {
    let method = Reflect::get(of, &JsValue::from_str(name)).ok()?;
    method.dyn_into().ok()
}
