use super::button::{Button, button, pressed, still};
use super::filter_bar::option;
use super::icon;
use crate::store::View;
use leptos::prelude::*;
use protocol::Stream;

/// How often samples may be asked for, in milliseconds, and how it is called.
const INTERVALS: [(u64, &str); 6] = [
    (0, "Each"),
    (2_000, "2 s"),
    (5_000, "5 s"),
    (10_000, "10 s"),
    (30_000, "30 s"),
    (60_000, "60 s"),
];

/// A switch for each stream.
pub(super) fn streams(view: View) -> AnyView {
    let switches = Vec::from(Stream::ALL.map(|stream| switch(view, stream)));
    view! {
        <div class="chips controls" role="group" aria-label="Streams">
            {switches}
        </div>
    }
    .into_any()
}

fn switch(view: View, stream: Stream) -> AnyView {
    let (test_id, label) = match stream {
        Stream::Metrics => ("stream-metrics", "Metrics"),
        Stream::Processes => ("stream-processes", "Processes"),
        Stream::Events => ("stream-events", "Events"),
        Stream::Data => ("stream-data", "Data"),
        Stream::Alerts => ("stream-alerts", "Alerts"),
        Stream::Logs => ("stream-logs", "Logs"),
    };
    let is_on = move || view.streams.with(|on| on[stream.index()]);
    let icon = move || match is_on() {
        true => icon::CHECK.to_owned(),
        false => String::new(),
    };
    let what = Button {
        icon: Signal::derive(icon),
        label: still(label),
        pressed: pressed(is_on),
        class: "button chip",
        ..Button::plain(test_id, "Start or stop this stream", "", "")
    };
    let toggle = move || {
        let is_on = view.streams.with_untracked(|on| on[stream.index()]);
        view.set_stream(stream, !is_on);
    };
    button(what, Box::new(toggle))
}

/// The choice of how often samples come. A browser must not fill in an earlier page's choice.
pub(super) fn interval(view: View) -> AnyView {
    let options = INTERVALS.map(|(ms, name)| option(ms.to_string(), name.into()));
    let choose = move |choice: String| {
        if let Ok(interval_ms) = choice.parse() {
            view.set_interval(interval_ms);
        }
    };
    view! {
        <select
            class="select"
            data-testid="interval"
            aria-label="Update interval"
            title="Update interval"
            autocomplete="off"
            on:change=move |event| choose(event_target_value(&event))
        >
            {Vec::from(options)}
        </select>
    }
    .into_any()
}
