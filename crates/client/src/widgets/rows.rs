use super::notes::sample_note;
use crate::kit::bar::bar;
use crate::kit::card::{card, hidden_unless};
use crate::kit::fixed::fixed;
use crate::kit::keyed::keyed;
use crate::kit::more::More;
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::text::{live, when};
use crate::kit::text_content::text_content;
use crate::session::View;
use leptos::prelude::*;
use protocol::Metrics;

/// So many lines are shown at first.
const ROWS_SHOWN: usize = 6;

/// One line of a list, with a bar where there is something to fill.
#[derive(Default)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) value: String,
    pub(super) percent: Option<f64>,
    pub(super) details: [String; 2],
}

/// What a list shows of a sample: how many lines, and each.
#[derive(Clone, Copy)]
pub(super) struct Rows {
    pub(super) count: fn(&Metrics) -> usize,
    pub(super) row: fn(&Metrics, usize) -> Option<Row>,
}

/// A list that is on the page only where the host has any of it.
pub(super) fn rows(
    view: View,
    name: &'static str,
    title: &'static str,
    rows: Rows,
) -> impl IntoView {
    let count = move || {
        view.sample(|sample| Some((rows.count)(sample)))
            .unwrap_or(0)
    };
    let bounds = More::new(count, ROWS_SHOWN);
    // A line stands for a place in the list: what it says changes, and the line stays.
    let places = move || (0..count().min(bounds.limit()) as u64).collect();
    let content = view! {
        <ul class=fixed("rows")>{keyed(places, move |place| line(view, rows, place as usize))}</ul>
        {bounds.switch()}
    };
    let card = card(name, title, sample_note(view), content);
    hidden_unless(move || count() > 0, card)
}

fn line(view: View, rows: Rows, place: usize) -> Piece {
    let row = move || {
        view.sample(|sample| (rows.row)(sample, place))
            .unwrap_or_default()
    };
    view! {
        <li class=fixed("row")>
            <span
                class=fixed("row-name clip")
                {..text_content(live(move || row().name))}
            ></span>
            <span class=fixed("row-value") {..text_content(live(move || row().value))}></span>
            <div class=fixed("row-bar") hidden=when(move || row().percent.is_none())>
                {bar(move || row().percent)}
            </div>
            <span
                class=fixed("row-detail")
                {..text_content(live(move || { let [detail, _] = row().details; detail }))}
            ></span>
            <span
                class=fixed("row-detail row-end")
                {..text_content(live(move || { let [_, more] = row().details; more }))}
            ></span>
        </li>
    }
    .into_piece()
}
