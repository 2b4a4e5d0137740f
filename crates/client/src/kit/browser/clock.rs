use super::zone::{Zone, hours, offset_minutes, zone, zone_name};
use chart::Hours;
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

/// The system's clock, in milliseconds since the Unix epoch.
pub(crate) fn now_ms() -> f64 {
    js_sys::Date::now()
}

/// The number that a text is. The standard library's reader has a table of ten kilobytes.
pub(crate) fn parse_number(text: &str) -> Option<f64> {
    number(js_sys::Number::parse_float(text))
}

fn number(number: f64) -> Option<f64> {
    (!number.is_nan()).then_some(number)
}

/// Anything within 0 and 1.
pub(crate) fn random() -> f64 {
    js_sys::Math::random()
}

/// A moment as the user's language writes it, as in `15 Jan 2026, 10:30`.
pub(crate) fn date_time(at_ms: f64) -> String {
    localised(at_ms, &[("dateStyle", "medium"), ("timeStyle", "short")])
}

/// Its day, as in `15 Jan 2026`.
pub(crate) fn date(at_ms: f64) -> String {
    localised(at_ms, &[("dateStyle", "medium")])
}

fn localised(at_ms: f64, styles: &[(&str, &str)]) -> String {
    let options = js_sys::Object::new();
    let mut members = styles.to_vec();
    let zone = zone_name();
    members.extend(zone.as_deref().map(|zone| ("timeZone", zone)));
    if hours() == Hours::Twelve {
        members.push(("hourCycle", "h12"));
    }
    for (name, value) in members {
        // Any member of a new object can be set.
        let _ = js_sys::Reflect::set(&options, &name.into(), &value.into());
    }
    let language = window().navigator().language();
    let date = js_sys::Date::new(&JsValue::from_f64(at_ms));
    let text = date.to_locale_string(language.as_deref().unwrap_or("en"), &options);
    text.into()
}

/// A day as the user's language writes it, as in `Thursday 15 January`.
pub(crate) fn day(at_ms: f64) -> String {
    let options = js_sys::Object::new();
    for (name, value) in [("weekday", "long"), ("day", "numeric"), ("month", "long")] {
        // Any member of a new object can be set.
        let _ = js_sys::Reflect::set(&options, &name.into(), &value.into());
    }
    let language = window().navigator().language();
    let date = js_sys::Date::new(&JsValue::from_f64(at_ms));
    let text = date.to_locale_date_string(language.as_deref().unwrap_or("en"), &options);
    text.into()
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
    if zone() == Zone::Browser {
        // Without a zone it is local time (ECMA-262, 21.4.1.32).
        return number(js_sys::Date::parse(text));
    }
    let local_ms = number(js_sys::Date::parse(&[text, "Z"].concat()))?;
    let at_ms = |offset: i32| local_ms - f64::from(offset) * 60_000.0;
    let offset = |at_ms: f64| offset_minutes(Timestamp::from_unix_ms(at_ms as i64));
    // The offset at that local time is known once the time is nearly known.
    Some(at_ms(offset(at_ms(offset(local_ms)))))
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
