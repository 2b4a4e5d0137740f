use crate::kit::button::{Button, button, pressed};
use crate::kit::icon;
use crate::kit::select::{Select, options, select};
use crate::kit::state::State;
use crate::kit::text::{live, still, when};
use crate::model::Part;
use crate::session::ShownModel;
use crate::session::connection::{ConnectionHandle, Preferences};
use leptos::prelude::*;
use protocol::{PageStream, Stream};

/// The intervals of samples in milliseconds, with their names.
const INTERVALS: [[&str; 2]; 6] = [
    ["0", "Live"],
    ["2000", "Every 2 s"],
    ["5000", "Every 5 s"],
    ["10000", "Every 10 s"],
    ["30000", "Every 30 s"],
    ["60000", "Every minute"],
];

/// A switch for each stream.
pub(super) fn streams(
    preferences: State<Preferences>,
    connection: ConnectionHandle,
    shown: ShownModel,
) -> impl IntoView {
    let on_page = Stream::PUBLIC.into_iter();
    let on_page = on_page.filter_map(|stream| Some((stream, stream.definition().on_page?)));
    let switches = on_page.map(|(stream, on_page)| {
        let hidden = when(move || !has_use(preferences, shown, stream));
        view! { <span hidden=hidden>{switch(preferences, connection, stream, on_page)}</span> }
    });
    let switches: Vec<_> = switches.collect();
    view! {
        <div class="chips controls streams" role="group" aria-label="Streams">
            {switches}
        </div>
    }
}

/// Whether a stream's switch does anything: alerts and log lines come only where something sends them.
fn has_use(preferences: State<Preferences>, shown: ShownModel, stream: Stream) -> bool {
    let has_any = match stream {
        Stream::Alerts => shown.has_any(Part::Alerts),
        Stream::Logs => shown.has_any(Part::Logs),
        _ => true,
    };
    has_any || !preferences.get().of(stream).on
}

fn switch(
    preferences: State<Preferences>,
    connection: ConnectionHandle,
    stream: Stream,
    on_page: PageStream,
) -> impl IntoView {
    let is_on = move || preferences.get().of(stream).on;
    let icon = move || match is_on() {
        true => icon::CHECK.to_owned(),
        false => String::new(),
    };
    let what = Button {
        icon: live(icon),
        label: still(on_page.title),
        pressed: pressed(is_on),
        class: "button chip",
        ..Button::plain(on_page.switch_id, on_page.switch_title, "", "")
    };
    let toggle = move || {
        let is_on = preferences.get_untracked().of(stream).on;
        connection.set_on(stream, !is_on);
    };
    button(what, Box::new(toggle))
}

/// The choice of how often samples come.
pub(super) fn interval(connection: ConnectionHandle) -> impl IntoView {
    let intervals = Select {
        test_id: "interval",
        label: "Update interval",
        options: options(INTERVALS),
    };
    let choose = move |choice: String| {
        if let Ok(interval_ms) = choice.parse() {
            connection.set_interval(Stream::Metrics, interval_ms);
        }
    };
    select(intervals, Box::new(choose))
}
