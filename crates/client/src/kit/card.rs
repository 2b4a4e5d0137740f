use super::piece::{IntoPiece, Piece};
use super::text::{still, when};
use super::text_content::{text_content, translatable};
use leptos::prelude::*;

/// A titled box. `name` is its class and, with the title, its landmark's name; `note` is shown when
/// its content is missing or old.
pub(crate) fn card(
    name: &str,
    title: &str,
    note: Signal<String>,
    content: impl IntoView + 'static,
) -> Piece {
    card_with(name, title, note, ().into_piece(), content.into_piece())
}

/// The same, with controls beside the title.
pub(crate) fn card_with(
    name: &str,
    title: &str,
    note: Signal<String>,
    controls: Piece,
    content: Piece,
) -> Piece {
    let title = Signal::stored(title.to_owned());
    card_titled(name, title, note, controls, content)
}

/// The same, with a title that changes.
pub(crate) fn card_titled(
    name: &str,
    title: Signal<String>,
    note: Signal<String>,
    controls: Piece,
    content: Piece,
) -> Piece {
    let id = format!("{name}-title");
    let heading = id.clone();
    view! {
        <section class=format!("card card-{name}") aria-labelledby=id>
            <header class="card-header">
                <h2 class="card-title clip" {..translatable(title)} id=heading></h2>
                <p class="card-note" {..text_content(note)}></p>
                {controls}
            </header>
            {content}
        </section>
    }
    .into_piece()
}

/// Keeps a card off the page while there is nothing to put into it.
pub(crate) fn hidden_unless(
    shown: impl Fn() -> bool + Send + Sync + 'static,
    card: Piece,
) -> Piece {
    let hidden = when(move || !shown());
    view! {
        <div class="cell" hidden=hidden>
            {card}
        </div>
    }
    .into_piece()
}

/// A card that has nothing to complain of.
pub(crate) fn no_note() -> Signal<String> {
    still("")
}
