use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, ResizeObserver};

/// Calls when the element's size changes, and once at first; dropping it stops that.
pub(crate) struct SizeWatch {
    observer: ResizeObserver,
    _call: Closure<dyn Fn()>,
}

pub(crate) fn watch_size(element: &Element, call: impl Fn() + 'static) -> Option<SizeWatch> {
    let call = Closure::<dyn Fn()>::new(call);
    let observer = ResizeObserver::new(call.as_ref().unchecked_ref()).ok()?;
    observer.observe(element);
    Some(SizeWatch {
        observer,
        _call: call,
    })
}

impl Drop for SizeWatch {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}
