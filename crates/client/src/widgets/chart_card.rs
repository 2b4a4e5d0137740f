use super::chart::{Charts, Plan, legend, register, write_table};
use super::files::{File, save};
use super::notes::chart_note;
use crate::kit::button::{Button, button, pressed};
use crate::kit::card::card_with;
use crate::kit::fixed::fixed;
use crate::kit::icon;
use crate::kit::later::later;
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::state::State;
use crate::kit::text::{live, on_change, when};
use crate::kit::text_content::text_content;
use leptos::html::Div;
use leptos::prelude::*;

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
            later(charts.view.toasts, write_table(charts, plan, table.into()));
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
