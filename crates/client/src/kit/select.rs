use super::piece::{IntoPiece, Piece};
use leptos::prelude::*;

/// A choice.
pub(crate) struct Select {
    pub(crate) test_id: &'static str,
    pub(crate) label: &'static str,
    /// See [`options`] and [`option`].
    pub(crate) options: Piece,
}

/// Options that do not change: each one's value and what it is called.
pub(crate) fn options<const COUNT: usize>(options: [[&'static str; 2]; COUNT]) -> Piece {
    let mut made = Vec::new();
    for [value, name] in options {
        made.push(option(value.into(), name.into(), false));
    }
    made.into_piece()
}

pub(crate) fn option(value: String, name: String, is_chosen: bool) -> Piece {
    view! {
        <option value=value selected=is_chosen>
            {name}
        </option>
    }
    .into_piece()
}

/// An option that is chosen while this holds, and until the user chooses another.
pub(crate) fn option_while(value: String, name: &'static str, is_chosen: Signal<bool>) -> Piece {
    view! {
        <option value=value prop:selected=is_chosen>
            {name}
        </option>
    }
    .into_piece()
}

/// One type of handler, as in [`super::button`]. A browser must not fill in an earlier page's
/// choice.
pub(crate) fn select(select: Select, choose: Box<dyn Fn(String) + Send>) -> impl IntoView {
    view! {
        <select
            class="select"
            data-testid=select.test_id
            aria-label=select.label
            title=select.label
            autocomplete="off"
            on:change=move |event| choose(event_target_value(&event))
        >
            {select.options}
        </select>
    }
}
