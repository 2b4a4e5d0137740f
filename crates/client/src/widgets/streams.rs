use crate::kit::button::{Button, button, pressed};
use crate::kit::icon;
use crate::kit::select::{Select, options, select};
use crate::kit::state::State;
use crate::kit::text::{live, still};
use crate::session::connection::{ConnectionHandle, Preferences};
use leptos::prelude::*;
use protocol::{PageStream, Stream};

/// The intervals of samples in milliseconds, with their names.
const INTERVALS: [[&str; 2]; 6] = [
    ["0", "Each sample"],
    ["2000", "Each 2 s"],
    ["5000", "Each 5 s"],
    ["10000", "Each 10 s"],
    ["30000", "Each 30 s"],
    ["60000", "Each minute"],
];

/// A switch for each stream.
pub(super) fn streams(
    preferences: State<Preferences>,
    connection: ConnectionHandle,
) -> impl IntoView {
    let shown = Stream::PUBLIC.into_iter();
    let shown = shown.filter_map(|stream| Some((stream, stream.definition().on_page?)));
    let switches = shown.map(|(stream, on_page)| switch(preferences, connection, stream, on_page));
    let switches: Vec<_> = switches.collect();
    view! {
        <div class="chips controls streams" role="group" aria-label="Streams">
            {switches}
        </div>
    }
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
        ..Button::plain(on_page.switch_id, "Start or stop this stream", "", "")
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
