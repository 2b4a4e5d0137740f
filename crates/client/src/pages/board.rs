//! Boards as they are shown.

use super::registry::{Context, excuse, make};
use crate::kit::browser::linked_series;
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::state::State;
use crate::kit::text::on_change;
use crate::session::history;
use leptos::prelude::*;
use protocol::{Board, Section, Widget};

/// An address asks for no more charts.
const LINKED_MAX: usize = 12;

/// The widgets of a board, section by section. Where the first charts are, `statistics` stand before them, and
/// `more_charts` behind.
pub(super) fn board(
    context: &Context,
    board: &Board,
    statistics: Piece,
    more_charts: Piece,
) -> Piece {
    let mut around_charts = Some((statistics, more_charts));
    let mut sections: Vec<Piece> = Vec::new();
    for section in &board.sections {
        let mut pieces: Vec<Piece> = Vec::new();
        let around = around_charts.take_if(|_| has_charts(board, section));
        let (before, behind) = around.unzip();
        pieces.extend(before);
        for item in &section.items {
            if let Some(widget) = board.widgets.get(&item.widget) {
                pieces.push(make(context, &item.widget, widget));
            }
        }
        pieces.extend(behind);
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

/// Charts of series that the page's address asks for; none until the page has started.
pub(super) fn linked_charts(context: Context) -> impl IntoView {
    let linked = State::new(Vec::new());
    let page = context.page;
    on_change(move || {
        let mut texts = linked_series();
        texts.truncate(LINKED_MAX);
        if !texts.is_empty() {
            history::read_selectors(page, texts, Box::new(move |read| linked.set(read)));
        }
    });
    move || {
        let mut charts: Vec<Piece> = Vec::new();
        for (place, (title, selector)) in linked.get().into_iter().enumerate() {
            let id = ["series-", &place.to_string()].concat();
            charts.push(match selector {
                Some(selector) => {
                    let widget = Widget {
                        kind: "chart".into(),
                        title,
                        series: vec![selector],
                        ..Widget::default()
                    };
                    make(&context, &id, &widget)
                }
                None => excuse(&id, &title, "This is no selector.".into()),
            });
        }
        charts
    }
}
