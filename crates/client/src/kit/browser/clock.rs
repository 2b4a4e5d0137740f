use gloo_timers::callback::Timeout;
use leptos::prelude::window;
use protocol::Timestamp;
use wasm_bindgen::JsValue;

/// Milliseconds since the page was opened; no change of the system's clock touches it.
pub(crate) fn monotonic_ms() -> f64 {
    window()
        .performance()
        .map_or_else(js_sys::Date::now, |performance| performance.now())
}

/// How far the system's clock is ahead of the page's own, in milliseconds. It changes when one is
/// set, and when the machine sleeps: that stops the page's clock in some browsers.
pub(crate) fn wall_ahead_ms() -> f64 {
    js_sys::Date::now() - monotonic_ms()
}

/// Anything within 0 and 1.
pub(crate) fn random() -> f64 {
    js_sys::Math::random()
}

/// How far the browser's zone was east of Greenwich at that moment.
pub(crate) fn offset_minutes(at: Timestamp) -> i32 {
    let date = js_sys::Date::new(&JsValue::from_f64(at.unix_ms() as f64));
    -(date.get_timezone_offset() as i32)
}

/// A moment as a field for local times has it, to the second.
pub(crate) fn local_input(at_ms: f64) -> String {
    let offset = offset_minutes(Timestamp::from_unix_ms(at_ms as i64));
    let local = Timestamp::from_unix_ms(at_ms as i64 + i64::from(offset) * 60_000).to_string();
    // `2026-01-15T10:30:05`, without what follows the seconds.
    local.get(..19).unwrap_or_default().to_owned()
}

/// What such a field says; none if it says nothing.
pub(crate) fn read_local_input(text: &str) -> Option<f64> {
    // Without a zone it is local time (ECMA-262, 21.4.1.32).
    let at_ms = js_sys::Date::new(&JsValue::from_str(text)).get_time();
    (!at_ms.is_nan()).then_some(at_ms)
}

/// Calls once; dropping it calls it off.
pub(crate) struct Timer {
    _timeout: Timeout,
}

impl Timer {
    /// At a moment of [`monotonic_ms`]; never if that is infinitely far.
    pub(crate) fn at(at_ms: f64, call: impl FnOnce() + 'static) -> Option<Self> {
        if at_ms.is_infinite() {
            return None;
        }
        // Rounded up: a timer that fires early would find nothing due.
        let wait_ms = (at_ms - monotonic_ms()).max(0.0).ceil() as u32;
        Some(Self {
            _timeout: Timeout::new(wait_ms, call),
        })
    }
}
