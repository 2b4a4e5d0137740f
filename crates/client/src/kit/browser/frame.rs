use leptos::prelude::request_animation_frame;
use std::cell::Cell;
use std::rc::Rc;

/// Calls at the browser's next frame, once for however many requests; not while the tab is hidden.
#[derive(Clone)]
pub(crate) struct Frame {
    requested: Rc<Cell<bool>>,
    call: Rc<dyn Fn()>,
}

impl Frame {
    pub(crate) fn new(call: impl Fn() + 'static) -> Self {
        Self {
            requested: Rc::default(),
            call: Rc::new(call),
        }
    }

    pub(crate) fn request(&self) {
        if self.requested.replace(true) {
            return;
        }
        let frame = self.clone();
        request_animation_frame(move || {
            frame.requested.set(false);
            (frame.call)();
        });
    }
}
