//! A table of series: a row for each combination of labels, a column for each selector.

mod rows;

use super::figure::{severity, written};
use super::source::Source;
use super::steady::steady;
use crate::kit::button::{Button, button};
use crate::kit::format::ABSENT;
use crate::kit::icon;
use crate::kit::keyed::keyed;
use crate::kit::menu::menu;
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::state::State;
use crate::kit::text::{live, on_change, when};
use crate::kit::text_content::text_content;
use crate::widgets::files::{File, save};
use leptos::prelude::*;
use rows::{Order, ROWS_MAX, Row, head_name, rows, sorted};

/// A table that is sorted by its heads.
pub(crate) fn table(source: &Source) -> Piece {
    let order = State::new(Order::default());
    let again = State::new(());
    let all = State::new(untrack(|| rows(source)));
    let of = source.clone();
    on_change(move || all.set_if_changed(rows(&of)));
    let keys = move || {
        let rows = sorted(all.get(), order.get());
        rows.iter().take(ROWS_MAX).map(|row| row.key).collect()
    };
    let shown = steady(keys, again);
    let mut heads = vec![head(order, again, None, head_name(source).into())];
    for place in 0..source.series.len() {
        heads.push(head(order, again, Some(place), column_name(source, place)));
    }
    let is_all = when(move || all.with(Vec::len) <= ROWS_MAX);
    let of = source.clone();
    let content = view! {
        <div
            class="table-frame fit-scroll board-table"
            tabindex="0"
            role="group"
            aria-label=["Table of ", &source.title].concat()
        >
            <table class="table" data-testid=[&source.id, "-table"].concat()>
                <thead>
                    <tr>{heads}</tr>
                </thead>
                <tbody>{keyed(move || shown.get(), move |key| line(&of, all, key))}</tbody>
            </table>
            <p class="fit-note" hidden=is_all>
                "Showing the first 100 rows"
            </p>
        </div>
    };
    source.card(actions(source, all, order), content.into_piece())
}

/// The menu of the card.
fn actions(source: &Source, all: State<Vec<Row>>, order: State<Order>) -> Piece {
    let of = source.clone();
    let write = move || {
        let rows = sorted(all.get_untracked(), order.get_untracked());
        let host = of.charts.context.host.get_untracked();
        let file = File::Rows(host, of.title.clone(), cells(&of, &rows));
        save(of.charts.context.toasts, file);
    };
    let csv = Button::plain("table-csv", "Download the table as CSV", icon::SAVE, "CSV");
    let items = button(csv, Box::new(write)).into_piece();
    let id = [&source.id, "-menu"].concat();
    let menu = menu(id, ["More of ", &source.title].concat(), items);
    view! { <div class="card-controls">{menu}</div> }.into_piece()
}

/// The table as texts, its head first.
fn cells(source: &Source, rows: &[Row]) -> Vec<Vec<String>> {
    let mut head = vec![head_name(source).to_owned()];
    for place in 0..source.series.len() {
        head.push(column_name(source, place));
    }
    let mut cells = vec![head];
    for row in rows {
        let mut line = vec![row.name.clone()];
        for value in &row.values {
            let text = value
                .as_ref()
                .map(|(value, _)| crate::kit::format::plain(*value, 3));
            line.push(text.unwrap_or_default());
        }
        cells.push(line);
    }
    cells
}

fn column_name(source: &Source, place: usize) -> String {
    let given = source
        .options
        .names
        .get(place)
        .filter(|name| !name.is_empty());
    let selector = source.selectors.get(place);
    let name = given.cloned().or_else(|| {
        let name = selector?.split('{').next()?;
        Some(name.to_owned())
    });
    name.unwrap_or_default()
}

/// The head of a column; without a place of the first one.
fn head(order: State<Order>, again: State<()>, place: Option<usize>, name: String) -> Piece {
    let sorted = live(move || order.get().aria_sort(place).to_owned());
    let sort = move |_| {
        order.update(|order| order.by(place));
        again.notify();
    };
    view! {
        <th scope="col" class=place.map(|_| "number") aria-sort=sorted>
            <button class="sort" type="button" on:click=sort>
                {name}
            </button>
        </th>
    }
    .into_piece()
}

/// A line stays with its labels, wherever that stands.
fn line(source: &Source, all: State<Vec<Row>>, key: u64) -> Piece {
    let read = move |look: &dyn Fn(&Row) -> Option<(f64, String)>| {
        all.with(|rows| look(rows.iter().find(|row| row.key == key)?))
    };
    let name = live(move || {
        all.with(|rows| {
            let row = rows.iter().find(|row| row.key == key);
            row.map_or(String::new(), |row| row.name.clone())
        })
    });
    let mut cells: Vec<Piece> = Vec::new();
    for place in 0..source.series.len() {
        let options = source.options.clone();
        let value = move || read(&|row| row.values.get(place)?.clone());
        let text = live(move || match value() {
            Some((value, unit)) => written(value, &unit, &options),
            None => ABSENT.into(),
        });
        let options = source.options.clone();
        let tone = live(move || severity(value().map(|(value, _)| value), &options));
        cells.push(
            view! { <td class="number" {..text_content(text)} data-severity=tone></td> }
                .into_piece(),
        );
    }
    view! {
        <tr>
            <th scope="row" class="clip" {..text_content(name)}></th>
            {cells}
        </tr>
    }
    .into_piece()
}
