//! How the viewer wants times to be written: in which zone, and how hours are counted. Stored in the browser.

use super::document::meta;
use super::preferences::{recall, recall_switch, remember, remember_switch};
use chart::Hours;
use protocol::Timestamp;
use std::cell::{Cell, RefCell};
use wasm_bindgen::JsValue;

/// The `<meta>` that names the server's zone, as in `Europe/Vienna`.
pub(crate) const ZONE_META: &str = "watchroom-zone";

const ZONE_KEY: &str = "watchroom-zone";
const TWELVE_KEY: &str = "watchroom-12-hours";

/// Clocks change at full quarters of an hour, in milliseconds.
const QUARTER_MS: i64 = 900_000;

/// Remembered offsets at most: an axis asks for a few again and again.
const OFFSETS_MAX: usize = 256;

/// The zone that times are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Zone {
    #[default]
    Browser,
    Utc,
    /// The browser's if that of the server is unknown.
    Server,
}

impl Zone {
    fn name(self) -> &'static str {
        match self {
            Self::Browser => "browser",
            Self::Utc => "utc",
            Self::Server => "server",
        }
    }
}

thread_local! {
    /// Read from the storage once.
    static ZONE: Cell<Option<Zone>> = const { Cell::new(None) };
    static HOURS: Cell<Option<Hours>> = const { Cell::new(None) };
    /// Of the server's zone, by quarter of an hour: the browser takes a fraction of a millisecond for one.
    static OFFSETS: RefCell<Vec<(i64, i32)>> = const { RefCell::new(Vec::new()) };
}

pub(crate) fn zone() -> Zone {
    ZONE.get().unwrap_or_else(|| {
        let name = recall(ZONE_KEY).unwrap_or_default();
        let mut known = [Zone::Utc, Zone::Server].into_iter();
        let zone = known.find(|zone| zone.name() == name).unwrap_or_default();
        ZONE.set(Some(zone));
        zone
    })
}

pub(crate) fn set_zone(zone: Zone) {
    remember(ZONE_KEY, zone.name());
    ZONE.set(Some(zone));
}

pub(crate) fn hours() -> Hours {
    HOURS.get().unwrap_or_else(|| {
        let hours = match recall_switch(TWELVE_KEY) {
            Some(true) => Hours::Twelve,
            _ => Hours::TwentyFour,
        };
        HOURS.set(Some(hours));
        hours
    })
}

pub(crate) fn set_hours(hours: Hours) {
    remember_switch(TWELVE_KEY, hours == Hours::Twelve);
    HOURS.set(Some(hours));
}

/// The name of the server's zone, if it is known.
pub(crate) fn server_zone() -> Option<String> {
    meta(ZONE_META)
}

/// The IANA name of the browser's zone, if it says so.
pub(crate) fn browser_zone() -> Option<String> {
    let format = js_sys::Intl::DateTimeFormat::new(&js_sys::Array::new(), &js_sys::Object::new());
    let zone = js_sys::Reflect::get(&format.resolved_options(), &"timeZone".into());
    zone.ok()?.as_string()
}

/// The name of the zone that times are written in, unless it is the browser's.
pub(super) fn zone_name() -> Option<String> {
    match zone() {
        Zone::Browser => None,
        Zone::Utc => Some("UTC".to_owned()),
        Zone::Server => server_zone(),
    }
}

/// How far the zone that times are written in was east of Greenwich at that moment.
pub(crate) fn offset_minutes(at: Timestamp) -> i32 {
    match zone() {
        Zone::Browser => of_browser(at),
        Zone::Utc => 0,
        Zone::Server => of_server(at),
    }
}

fn of_browser(at: Timestamp) -> i32 {
    let date = js_sys::Date::new(&JsValue::from_f64(at.unix_ms() as f64));
    -(date.get_timezone_offset() as i32)
}

fn of_server(at: Timestamp) -> i32 {
    let quarter = at.unix_ms().div_euclid(QUARTER_MS);
    OFFSETS.with_borrow_mut(|offsets| {
        if let Some((_, minutes)) = offsets.iter().find(|(of, _)| *of == quarter) {
            return *minutes;
        }
        let quarter_ms = quarter * QUARTER_MS;
        let minutes = server_zone().and_then(|name| offset_in(&name, quarter_ms));
        let minutes = minutes.unwrap_or_else(|| of_browser(at));
        if offsets.len() == OFFSETS_MAX {
            offsets.clear();
        }
        offsets.push((quarter, minutes));
        minutes
    })
}

/// The offset of a zone with this name; none if the browser does not know it.
fn offset_in(name: &str, at_ms: i64) -> Option<i32> {
    let options = js_sys::Object::new();
    // Any member of a new object can be set.
    let _ = js_sys::Reflect::set(&options, &"timeZone".into(), &name.into());
    let date = js_sys::Date::new(&JsValue::from_f64(at_ms as f64));
    // In Swedish, a time is written as `2026-01-15 10:30:00`. An unknown zone is an exception.
    let write = js_sys::Reflect::get(&date, &"toLocaleString".into()).ok()?;
    let write: js_sys::Function = write.into();
    let text = write.call2(&date, &"sv".into(), &options).ok()?;
    let text = text.as_string()?.replace(' ', "T");
    let local_ms = js_sys::Date::parse(&[&text, "Z"].concat());
    (!local_ms.is_nan()).then_some(((local_ms - at_ms as f64) / 60_000.0) as i32)
}

/// The time of day, the date and the zone's short name in a zone with this name, or in the one that the viewer has
/// chosen; as the user's language writes them. None if the browser does not know the zone.
pub(crate) fn time_in(name: Option<&str>, at_ms: f64) -> Option<[String; 3]> {
    let zone = name.map(str::to_owned).or_else(zone_name);
    let date = js_sys::Date::new(&JsValue::from_f64(at_ms));
    let cycle = if hours() == Hours::Twelve {
        "h12"
    } else {
        "h23"
    };
    let write = |members: &[(&str, &str)]| {
        let options = js_sys::Object::new();
        let zone = zone.as_deref().map(|zone| ("timeZone", zone));
        for (name, value) in members.iter().copied().chain(zone) {
            // Any member of a new object can be set.
            let _ = js_sys::Reflect::set(&options, &name.into(), &value.into());
        }
        let language = leptos::prelude::window().navigator().language();
        let language = language.unwrap_or_else(|| "en".to_owned());
        // An unknown zone is an exception, which only a call that is told of it survives.
        let write = js_sys::Reflect::get(&date, &"toLocaleString".into()).ok()?;
        let write: js_sys::Function = write.into();
        let text = write.call2(&date, &language.into(), &options).ok()?;
        text.as_string()
    };
    let time = write(&[("timeStyle", "medium"), ("hourCycle", cycle)])?;
    let day = write(&[
        ("weekday", "long"),
        ("day", "numeric"),
        ("month", "long"),
        ("year", "numeric"),
    ])?;
    // Only with a part of the time the zone is named; the hour that stands before it is known.
    let named = write(&[
        ("hour", "numeric"),
        ("hourCycle", "h23"),
        ("timeZoneName", "short"),
    ])?;
    let short = named.rsplit(' ').next().unwrap_or_default().to_owned();
    Some([time, day, short])
}
