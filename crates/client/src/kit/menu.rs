use super::browser::close_popover;
use super::icon::{self, icon};
use super::piece::{IntoPiece, Piece};
use leptos::prelude::*;

/// A button that opens a menu of rarely used actions beside it. `id` is unique on the page, and `label` says of what
/// they are.
pub(crate) fn menu(id: String, label: String, items: Piece) -> Piece {
    let target = id.clone();
    let name = label.clone();
    view! {
        <button
            class="button chip bare menu-open"
            type="button"
            title=label.clone()
            aria-label=label
            popovertarget=target
            data-testid="menu"
        >
            {icon(icon::MORE)}
        </button>
        <div
            class="menu"
            id=id
            popover="auto"
            role="group"
            aria-label=name
            on:click=move |_| {
                close_popover();
            }
        >
            {items}
        </div>
    }
    .into_piece()
}
