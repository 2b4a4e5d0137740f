use crate::kit::format;
use crate::kit::state::State;
use crate::kit::text::live;
use crate::model::Freshness;
use crate::session::ConnectionStatus;
use crate::session::connection::Preferences;
use leptos::prelude::*;
use protocol::Stream;

/// The note of a card whose samples are missing or old.
pub(crate) fn sample_note(freshness: State<Freshness>) -> Signal<String> {
    note(freshness, "no data yet", "updated ")
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
    status: State<ConnectionStatus>,
    stream: Stream,
) -> Signal<String> {
    live(move || {
        if !preferences.get().of(stream).on {
            return OFF.into();
        }
        match status.get() {
            ConnectionStatus::Live | ConnectionStatus::Connecting { attempt: 0 } => String::new(),
            ConnectionStatus::Connecting { .. }
            | ConnectionStatus::Waiting { .. }
            | ConnectionStatus::Offline(_) => "disconnected".into(),
        }
    })
}

const UNSAMPLED: &str = "no data at this time";
const OFF: &str = "paused";
