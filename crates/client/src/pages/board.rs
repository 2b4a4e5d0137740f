//! Boards as they are shown.

use super::registry::{Context, make};
use crate::kit::piece::{IntoPiece, Piece};
use leptos::prelude::*;
use protocol::{Board, Section};

/// The widgets of a board, section by section. `time_controls` stand where the first charts do.
pub(super) fn board(context: &Context, board: &Board, time_controls: Piece) -> Piece {
    let mut time_controls = Some(time_controls);
    let mut sections: Vec<Piece> = Vec::new();
    for section in &board.sections {
        let mut pieces: Vec<Piece> = Vec::new();
        if has_charts(board, section) {
            pieces.extend(time_controls.take());
        }
        for item in &section.items {
            if let Some(widget) = board.widgets.get(&item.widget) {
                pieces.push(make(context, &item.widget, widget));
            }
        }
        match section.name.clone() {
            Some(name) => sections.push(view! { <div class=name>{pieces}</div> }.into_piece()),
            None => sections.append(&mut pieces),
        }
    }
    sections.into_piece()
}

fn has_charts(board: &Board, section: &Section) -> bool {
    let mut items = section.items.iter();
    items.any(|item| {
        let widget = board.widgets.get(&item.widget);
        widget.is_some_and(|widget| widget.kind == "chart")
    })
}
