use crate::kit::format;
use crate::kit::state::State;
use crate::kit::text::live;
use crate::model::Freshness;
use crate::session::Link;
use crate::session::connection::Preferences;
use leptos::prelude::*;
use protocol::Stream;

/// The note of a card whose samples are missing or old.
pub(super) fn sample_note(freshness: State<Freshness>) -> Signal<String> {
    note(freshness, "no sample yet", "last update ")
}

/// The same in a chart's card, where buttons leave it little room.
pub(super) fn chart_note(freshness: State<Freshness>) -> Signal<String> {
    note(freshness, "waiting", "")
}

fn note(freshness: State<Freshness>, empty: &'static str, before: &'static str) -> Signal<String> {
    live(move || match freshness.get() {
        Freshness::Empty => empty.into(),
        Freshness::Unsampled => UNSAMPLED.into(),
        Freshness::Fresh => String::new(),
        Freshness::Stale { seconds } => format!("{before}{} ago", format::age(seconds)),
        Freshness::Off => OFF.into(),
    })
}

/// The note of another card when nothing can arrive. It has no age, since its stream may be silent.
pub(crate) fn stream_note(
    preferences: State<Preferences>,
    link: State<Link>,
    stream: Stream,
) -> Signal<String> {
    live(move || {
        if !preferences.get().of(stream).on {
            return OFF.into();
        }
        match link.get() {
            Link::Live | Link::Connecting { attempt: 0 } => String::new(),
            Link::Connecting { .. } | Link::Waiting { .. } | Link::Offline(_) => {
                "not connected".into()
            }
        }
    })
}

const UNSAMPLED: &str = "no sample then";
const OFF: &str = "switched off";
