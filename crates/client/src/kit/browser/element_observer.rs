use js_sys::Array;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{
    Element, IntersectionObserver, IntersectionObserverEntry, IntersectionObserverInit,
    ResizeObserver, ResizeObserverEntry,
};

/// So far beyond the screen something counts as seen: it is ready when it is scrolled to.
const MARGIN: &str = "100px";

/// Tells how large elements are, in CSS pixels, and whether they can be seen; it asks for no layout.
pub(crate) struct ElementObserver {
    sizes: ResizeObserver,
    _resized: Closure<dyn Fn(Array)>,
    screen: IntersectionObserver,
    _seen: Closure<dyn Fn(Array)>,
}

impl ElementObserver {
    pub(crate) fn new(
        resized: Box<dyn Fn(Element, f64, f64)>,
        seen: Box<dyn Fn(Element, bool)>,
    ) -> Option<Self> {
        let resized = Closure::<dyn Fn(Array)>::new(move |entries: Array| {
            for entry in entries.iter() {
                let entry: ResizeObserverEntry = entry.unchecked_into();
                let size = entry.content_rect();
                resized(entry.target(), size.width(), size.height());
            }
        });
        let seen = Closure::<dyn Fn(Array)>::new(move |entries: Array| {
            for entry in entries.iter() {
                let entry: IntersectionObserverEntry = entry.unchecked_into();
                seen(entry.target(), entry.is_intersecting());
            }
        });
        let options = IntersectionObserverInit::new();
        options.set_root_margin(MARGIN);
        let screen =
            IntersectionObserver::new_with_options(seen.as_ref().unchecked_ref(), &options);
        Some(Self {
            sizes: ResizeObserver::new(resized.as_ref().unchecked_ref()).ok()?,
            _resized: resized,
            screen: screen.ok()?,
            _seen: seen,
        })
    }

    pub(crate) fn add(&self, element: &Element) {
        self.sizes.observe(element);
        self.screen.observe(element);
    }

    pub(crate) fn remove(&self, element: &Element) {
        self.sizes.unobserve(element);
        self.screen.unobserve(element);
    }
}

impl Drop for ElementObserver {
    fn drop(&mut self) {
        self.sizes.disconnect();
        self.screen.disconnect();
    }
}
