use super::clock::monotonic_ms;
use gloo_timers::callback::Timeout;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// What comes together is called for together, in milliseconds: a sample and the figures of its
/// second are messages of their own.
const TOGETHER_MS: f64 = 4.0;

/// From one call to the next, in milliseconds: where more changes than anybody can read, the page
/// is laid out and painted no more often than this.
const EVERY_MS: f64 = 64.0;

/// Calls soon, once for however many requests: at once after a quiet time, and else a few times a
/// second. What the call changes and the animation frames it asks for are one frame of the browser's.
#[derive(Clone)]
pub(crate) struct Gather {
    requested: Rc<Cell<bool>>,
    called_ms: Rc<Cell<f64>>,
    call: Rc<dyn Fn()>,
    /// Kept until the next one: the browser would keep one that is forgotten for ever.
    timeout: Rc<RefCell<Option<Timeout>>>,
}

impl Gather {
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
        let gather = self.clone();
        let call = move || {
            gather.requested.set(false);
            gather.called_ms.set(monotonic_ms());
            (gather.call)();
        };
        let timeout = Timeout::new(rest_ms.max(TOGETHER_MS) as u32, call);
        self.timeout.replace(Some(timeout));
    }
}
