use crate::format;
use crate::store::{Freshness, Link, View};
use leptos::prelude::*;

/// A titled box. `name` is its class and, with the title, its landmark's name.
pub(super) fn card(
    name: &'static str,
    title: &'static str,
    note: Signal<String>,
    content: AnyView,
) -> AnyView {
    let id = format!("{name}-title");
    let labelled_by = id.clone();
    view! {
        <section class=format!("card card-{name}") aria-labelledby=labelled_by>
            <header class="card-header">
                <h2 class="card-title" id=id>
                    {title}
                </h2>
                <p class="card-note">{move || note.get()}</p>
            </header>
            {content}
        </section>
    }
    .into_any()
}

/// What a card says of samples that are missing or old.
pub(super) fn sample_note(view: View) -> Signal<String> {
    Signal::derive(move || match view.fresh.get() {
        Freshness::Empty => "no sample yet".into(),
        Freshness::Fresh => String::new(),
        Freshness::Stale { age_ms } => format!("last update {} ago", format::age(age_ms)),
    })
}

/// What a card says when nothing can arrive; a stream may be silent, so it has no age.
pub(super) fn stream_note(view: View) -> Signal<String> {
    Signal::derive(move || match view.link.get() {
        Link::Live | Link::Connecting { attempt: 0 } => String::new(),
        Link::Connecting { .. } | Link::Waiting { .. } | Link::Offline(_) => "not connected".into(),
    })
}
