use crate::kit::button::{Button, button, pressed};
use crate::kit::icon;
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::select::{Select, option_while, select};
use crate::kit::state::State;
use crate::kit::text::{live, still, when};
use crate::model::Part;
use crate::session::ShownModel;
use crate::session::connection::{ConnectionHandle, Preferences};
use leptos::prelude::*;
use protocol::{PageStream, Stream};

/// The intervals of samples in milliseconds, with their names.
const INTERVALS: [(u64, &str); 6] = [
    (0, "Live"),
    (2_000, "Every 2 s"),
    (5_000, "Every 5 s"),
    (10_000, "Every 10 s"),
    (30_000, "Every 30 s"),
    (60_000, "Every minute"),
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
pub(super) fn interval(
    connection: ConnectionHandle,
    preferences: State<Preferences>,
) -> impl IntoView {
    let mut options: Vec<Piece> = Vec::new();
    for (interval_ms, name) in INTERVALS {
        let chosen = move || preferences.get().of(Stream::Metrics).interval_ms;
        options.push(option_while(
            interval_ms.to_string(),
            name,
            when(move || chosen() == interval_ms),
        ));
    }
    let intervals = Select {
        test_id: "interval",
        label: "Update interval",
        options: options.into_piece(),
    };
    let choose = move |choice: String| {
        if let Ok(interval_ms) = choice.parse() {
            connection.set_interval(Stream::Metrics, interval_ms);
        }
    };
    select(intervals, Box::new(choose))
}
