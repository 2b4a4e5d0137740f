//! Lines over time, on canvases. `desk` holds all charts of the page together: they share a view
//! onto time, a cursor, and an animation frame. `sheet` is one chart's place, and knows what of it
//! must be painted anew; `ink` paints.
//!
//! What is where is the business of the `chart` crate.

mod gesture;
mod keys;
mod palette;
mod plan;

mod ink;
mod raster;
mod sheet;

mod desk;

mod asked;
mod obey;

mod hear;
mod tip;

mod legend;
mod save;
mod tools;
mod words;

#[cfg(feature = "bench")]
mod bench;

#[cfg(feature = "bench")]
pub(crate) use bench::{ChartBench, bench_value};
pub(crate) use desk::Charts;
pub(super) use plan::{Plan, SampleLine, Source};
pub(crate) use tools::{TOOLS, chart_tools};

use super::button::{Button, button, pressed};
use super::card::{card_with, chart_note};
use super::files::{File, save};
use super::icon;
use crate::fixed::fixed;
use crate::later::later;
use crate::piece::{IntoPiece, Piece};
use crate::state::State;
use crate::text::{live, on_change, when};
use crate::text_content::text_content;
use legend::legend;
use leptos::html::Div;
use leptos::prelude::*;
use words::write_table;

/// A chart with its legend, its table and its files.
pub(super) fn chart(charts: Charts, plan: Plan) -> impl IntoView {
    let (name, title) = (plan.name, plan.title);
    let hidden = State::new(0);
    let has_table = State::new(false);
    let place = NodeRef::<Div>::new();
    let table = NodeRef::<Div>::new();
    register(charts, plan, hidden, place);
    on_change(move || {
        if let Some(table) = table.get()
            && has_table.get()
        {
            // What is written later cannot be followed from here, so what it is made of is.
            charts.told();
            charts.view.local_times.track();
            later(charts.view, write_table(charts, plan, table.into()));
        }
    });

    let summary = live(move || charts.summary(&plan));
    let cursor = live(move || charts.cursor_text(&plan, hidden));
    let at = live(move || charts.cursor_place());
    let id = [name, "-summary"].concat();
    let content = view! {
        {legend(charts, plan, hidden)}
        <div
            class=fixed("chart")
            translate=fixed("no")
            node_ref=place
            tabindex=fixed("0")
            role=fixed("slider")
            aria-label=["Cursor of ", title].concat()
            aria-valuemin=fixed("0")
            aria-valuemax=fixed("100")
            aria-valuenow=at
            aria-valuetext=cursor
            aria-describedby=id.clone()
        ></div>
        <p
            class=fixed("visually-hidden")
            id=id.clone()
            {..text_content(summary)}
            data-testid=id
        ></p>
        <div
            class=fixed("table-frame chart-table")
            translate=fixed("no")
            data-testid=fixed("chart-table")
            node_ref=table
            tabindex=fixed("0")
            role=fixed("region")
            aria-label=["Values of ", title].concat()
            hidden=when(move || !has_table.get())
        ></div>
    };
    let controls = controls(charts, plan, has_table);
    card_with(
        name,
        title,
        chart_note(charts.view),
        controls,
        content.into_piece(),
    )
}

/// A small one, of a label.
pub(super) fn sparkline(charts: Charts, plan: Plan) -> impl IntoView {
    let place = NodeRef::<Div>::new();
    register(charts, plan, State::new(0), place);
    view! { <div class=fixed("chart sparkline") node_ref=place aria-hidden=fixed("true")></div> }
}

fn register(charts: Charts, plan: Plan, hidden: State<u32>, place: NodeRef<Div>) {
    on_change(move || {
        if let Some(place) = place.get() {
            let element: &web_sys::Element = &place;
            charts.add(element.clone(), plan, hidden);
        }
    });
}

fn controls(charts: Charts, plan: Plan, has_table: State<bool>) -> Piece {
    let show = move || {
        has_table.set(!has_table.get_untracked());
        charts.tell();
    };
    let table = Button {
        pressed: pressed(move || has_table.get()),
        ..Button::plain("chart-values", "Show the values", "", "Values").small()
    };
    let csv = Button::plain("chart-csv", "Save the values", icon::SAVE, "CSV").small();
    let png = Button::plain("chart-png", "Save the picture", icon::SAVE, "PNG").small();
    view! {
        <div class=fixed("controls chips card-controls")>
            {button(table, Box::new(show))}
            {button(csv, Box::new(move || save(charts.view, File::ChartValues(charts, plan))))}
            {button(png, Box::new(move || save(charts.view, File::ChartPicture(charts, plan))))}
        </div>
    }
    .into_piece()
}
