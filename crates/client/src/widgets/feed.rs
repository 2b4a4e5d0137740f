use super::card::{card, stream_note};
use super::clock_time::clock_time;
use super::icon::{icon, level_path};
use crate::store::{Entry, Part, View};
use leptos::prelude::*;

/// What happened, newest first.
pub(crate) fn feed(view: View) -> impl IntoView {
    let entries = move || {
        view.read(Part::Feed, |knowledge| {
            knowledge.feed.newest_first().cloned().collect::<Vec<_>>()
        })
    };
    let has_any =
        Signal::derive(move || view.read(Part::Feed, |knowledge| !knowledge.feed.is_empty()));
    // It scrolls, so it must be reachable by keyboard.
    let content = view! {
        <ol class="feed" data-testid="feed" tabindex="0" aria-label="Activity, newest first">
            <For each=entries key=|entry| entry.id children=move |entry| item(view, entry) />
        </ol>
        <p class="empty" hidden=has_any>
            "Nothing has happened yet."
        </p>
    };
    card("feed", "Activity", stream_note(view), content)
}

fn item(view: View, entry: Entry) -> impl IntoView {
    let level = entry.level;
    view! {
        <li class="feed-item" data-testid="feed-item" data-level=level.name()>
            {icon(level_path(level))}
            <span class="visually-hidden">{level.name()} ": "</span>
            <p class="feed-text">{entry.text}</p>
            <p class="feed-meta">
                {clock_time(view, entry.at)} " · " <span>{entry.source}</span>
            </p>
        </li>
    }
}
