use super::notes::sample_note;
use crate::kit::bar::{Limits, bar};
use crate::kit::card::{card, hidden_unless};
use crate::kit::keyed::keyed;
use crate::kit::more::More;
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::state::State;
use crate::kit::text::{Number, live, number, when};
use crate::kit::text_content::text_content;
use crate::model::Freshness;
use crate::session::SeriesHandle;
use leptos::prelude::*;

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

/// A list with a row for each series of the first selection, distinguished by a label; the other selections have
/// more values for the same label.
#[derive(Clone)]
pub(super) struct Rows {
    pub(super) series: Vec<SeriesHandle>,
    pub(super) label: &'static str,
    pub(super) row: fn(&Values<'_>) -> Row,
    /// Of the bars.
    pub(super) limits: Limits,
}

/// The values of one row.
pub(super) struct Values<'a> {
    rows: &'a Rows,
    pub(super) name: &'a str,
}

impl Values<'_> {
    /// The value of the selection at this index.
    pub(super) fn get(&self, place: usize) -> Option<f64> {
        let series = self.rows.series.get(place)?;
        series.labelled(self.rows.label, self.name)
    }
}

impl Rows {
    /// The names of the lines, in their order.
    fn names(&self) -> Vec<String> {
        let Some(first) = self.series.first() else {
            return Vec::new();
        };
        first.read(|lines| {
            let mut names = Vec::new();
            for line in lines.iter().filter(|line| line.value.is_some()) {
                names.push(line.key.label(self.label).to_owned());
            }
            names
        })
    }

    fn row(&self, place: usize) -> Row {
        let names = self.names();
        names.get(place).map_or_else(Row::default, |name| {
            let rows = self;
            (self.row)(&Values { rows, name })
        })
    }
}

/// A list that is on the page only where the host has any of it.
pub(super) fn rows((name, title): (&str, &str), rows: Rows, freshness: State<Freshness>) -> Piece {
    let names = State::new(rows.clone());
    let count = move || names.with_untracked(|rows| rows.names().len());
    let bounds = More::new(count, ROWS_SHOWN);
    // A row stays at its place, and its content changes.
    let places = move || (0..count().min(bounds.limit()) as u64).collect();
    let content = view! {
        <ul class="rows">{keyed(places, move |place| line(&rows, place as usize))}</ul>
        {bounds.switch()}
    };
    let card = card(name, title, sample_note(freshness), content);
    hidden_unless(move || count() > 0, card)
}

fn line(rows: &Rows, place: usize) -> Piece {
    let text = |write: fn(Row) -> String| {
        let rows = rows.clone();
        text_content(live(move || write(rows.row(place))))
    };
    let of = rows.clone();
    let limits = rows.limits;
    let percent = number(move || of.row(place).percent);
    let value = Number::clone(&percent);
    let hidden = when(move || value().is_none());
    view! {
        <li class="row">
            <span class="row-name clip" {..text(|row| row.name)}></span>
            <span class="row-value" {..text(|row| row.value)}></span>
            <div class="row-bar" hidden=hidden>
                {bar(percent, limits)}
            </div>
            <span class="row-detail" {..text(|row| { let [detail, _] = row.details; detail })}></span>
            <span
                class="row-detail row-end"
                {..text(|row| { let [_, more] = row.details; more })}
            ></span>
        </li>
    }
    .into_piece()
}
