use crate::fixed::fixed;
use crate::format;
use crate::piece::{IntoPiece, Piece};
use crate::store::{Freshness, Link, View};
use crate::text::{live, still, when};
use crate::text_content::text_content;
use leptos::prelude::*;
use protocol::Stream;

/// A titled box. `name` is its class and, with the title, its landmark's name; `note` says what is
/// wrong with what it shows.
pub(super) fn card(
    name: &'static str,
    title: &'static str,
    note: Signal<String>,
    content: impl IntoView + 'static,
) -> impl IntoView {
    card_with(name, title, note, ().into_piece(), content.into_piece())
}

/// The same, with controls beside the title.
pub(super) fn card_with(
    name: &'static str,
    title: &'static str,
    note: Signal<String>,
    controls: Piece,
    content: Piece,
) -> impl IntoView {
    let id = format!("{name}-title");
    let labelled_by = id.clone();
    view! {
        <section class=format!("card card-{name}") aria-labelledby=labelled_by>
            <header class=fixed("card-header")>
                <h2 class=fixed("card-title") id=id>
                    {title}
                </h2>
                <p class=fixed("card-note") {..text_content(note)}></p>
                {controls}
            </header>
            {content}
        </section>
    }
}

/// Keeps a card off the page while there is nothing to put into it.
pub(super) fn hidden_unless(
    shown: impl Fn() -> bool + Send + Sync + 'static,
    card: impl IntoView,
) -> impl IntoView {
    let hidden = when(move || !shown());
    view! {
        <div class=fixed("cell") hidden=hidden>
            {card}
        </div>
    }
}

/// What a card of samples says when they are missing or old.
pub(super) fn sample_note(view: View) -> Signal<String> {
    note(view, "no sample yet", "last update ")
}

/// The same in a chart's card, where buttons leave it little room.
pub(super) fn chart_note(view: View) -> Signal<String> {
    note(view, "waiting", "")
}

fn note(view: View, empty: &'static str, before: &'static str) -> Signal<String> {
    live(move || match view.freshness.get() {
        Freshness::Empty => empty.into(),
        Freshness::Unsampled => UNSAMPLED.into(),
        Freshness::Fresh => String::new(),
        Freshness::Stale { seconds } => format!("{before}{} ago", format::age(seconds)),
        Freshness::Off => OFF.into(),
    })
}

/// What another card says when nothing can arrive; its stream may be silent, so it has no age.
pub(super) fn stream_note(view: View, stream: Stream) -> Signal<String> {
    live(move || {
        if !view.wishes.get().of(stream).on {
            return OFF.into();
        }
        match view.link.get() {
            Link::Live | Link::Connecting { attempt: 0 } => String::new(),
            Link::Connecting { .. } | Link::Waiting { .. } | Link::Offline(_) => {
                "not connected".into()
            }
        }
    })
}

const UNSAMPLED: &str = "no sample then";
const OFF: &str = "switched off";

/// A card that has nothing to complain of.
pub(super) fn no_note() -> Signal<String> {
    still("")
}
