//! The kinds of widgets that can be added.

use super::editor::Editor;
use super::templates::example;
use crate::kit::piece::{IntoPiece, Piece};
use crate::widgets::{WIDGET_KINDS, WidgetKind};
use leptos::prelude::*;

pub(super) fn gallery(editor: Editor) -> Piece {
    let mut kinds = Vec::new();
    for kind in WIDGET_KINDS {
        kinds.push(entry(editor, kind));
    }
    view! { <ul class="board-gallery">{kinds}</ul> }.into_piece()
}

fn entry(editor: Editor, kind: &'static WidgetKind) -> Piece {
    view! {
        <li>
            <button
                class="button board-kind"
                type="button"
                data-testid=["kind-", kind.name].concat()
                on:click=move |_| editor.add(example(kind.name))
            >
                <strong>{kind.title}</strong>
                <span class="board-kind-about">{kind.about}</span>
            </button>
        </li>
    }
    .into_piece()
}
