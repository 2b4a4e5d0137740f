use crate::format;
use crate::store::{Freshness, Link, View};
use leptos::prelude::*;

/// A titled box. `name` is its class and, with the title, its landmark's name.
pub(super) fn card(
    name: &'static str,
    title: &'static str,
    note: Signal<String>,
    content: impl IntoView,
) -> impl IntoView {
    let id = format!("{name}-title");
    let labelled_by = id.clone();
    view! {
        <section class=format!("card card-{name}") aria-labelledby=labelled_by>
            <header class="card-header">
                <h2 class="card-title" id=id>
                    {title}
                </h2>
                <p class="card-note">{note}</p>
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
    let hidden = Signal::derive(move || !shown());
    view! {
        <div class="cell" hidden=hidden>
            {card}
        </div>
    }
}

/// What a card says of samples that are missing or old.
pub(super) fn sample_note(view: View) -> Signal<String> {
    Signal::derive(move || match view.freshness.get() {
        Freshness::Empty => "no sample yet".into(),
        Freshness::Fresh => String::new(),
        Freshness::Stale { seconds } => format!("last update {} ago", format::age(seconds)),
    })
}

/// What a card says when nothing can arrive; a stream may be silent, so it has no age.
pub(super) fn stream_note(view: View) -> Signal<String> {
    Signal::derive(move || match view.link.get() {
        Link::Live | Link::Connecting { attempt: 0 } => String::new(),
        Link::Connecting { .. } | Link::Waiting { .. } | Link::Offline(_) => "not connected".into(),
    })
}
