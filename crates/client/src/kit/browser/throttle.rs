use super::clock::monotonic_ms;
use gloo_timers::callback::Timeout;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// Requests within so many milliseconds are one call: several messages arrive each second, one of them a sample.
const TOGETHER_MS: f64 = 4.0;

/// From one call to the next at least, in milliseconds, so that frequent changes do not lay out and paint the
/// page each time.
const EVERY_MS: f64 = 64.0;

/// Throttles calls: the first request after a quiet time calls at once, others a few times a second together.
/// What the call changes and the animation frames that it requests are one frame of the browser's.
#[derive(Clone)]
pub(crate) struct Throttle {
    requested: Rc<Cell<bool>>,
    called_ms: Rc<Cell<f64>>,
    call: Rc<dyn Fn()>,
    /// Owned until the next one: a timer that is never dropped would leak in the browser.
    timeout: Rc<RefCell<Option<Timeout>>>,
}

impl Throttle {
    pub(crate) fn new(call: impl Fn() + 'static) -> Self {
        Self {
            requested: Rc::default(),
            called_ms: Rc::new(Cell::new(f64::NEG_INFINITY)),
            call: Rc::new(call),
            timeout: Rc::default(),
        }
    }

    pub(crate) fn request(&self) {
        if self.requested.replace(true) {
            return;
        }
        let rest_ms = self.called_ms.get() + EVERY_MS - monotonic_ms();
        let throttle = self.clone();
        let call = move || {
            throttle.requested.set(false);
            throttle.called_ms.set(monotonic_ms());
            (throttle.call)();
        };
        let timeout = Timeout::new(rest_ms.max(TOGETHER_MS) as u32, call);
        self.timeout.replace(Some(timeout));
    }
}
