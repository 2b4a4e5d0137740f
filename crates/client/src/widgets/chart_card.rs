use super::chart::{Charts, NO_CURSOR, Plan, SharedPlan, legend, register, write_table};
use super::files::{File, save};
use super::notes::chart_note;
use crate::kit::button::{Button, button, pressed};
use crate::kit::card::card_with;
use crate::kit::icon;
use crate::kit::later::later;
use crate::kit::menu::menu;
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::state::State;
use crate::kit::text::{on_change, when};
use crate::kit::text_content::text_content;
use leptos::html::Div;
use leptos::prelude::*;
use std::sync::Arc;

/// A chart with its legend, its table and its files.
pub(crate) fn chart(charts: Charts, plan: Plan) -> Piece {
    let plan = Arc::new(plan);
    let hidden = State::new(0);
    let has_table = State::new(false);
    let place = NodeRef::<Div>::new();
    let table = NodeRef::<Div>::new();
    register(charts, &plan, hidden, place);
    let of = Arc::clone(&plan);
    on_change(move || {
        if let Some(table) = table.get()
            && has_table.get()
        {
            // What is written later cannot be followed from here, so what it is made of is.
            charts.described();
            charts.context.clock.track();
            let write = write_table(charts, Arc::clone(&of), table.into());
            later(charts.context.toasts, write);
        }
    });

    // Written by the server; from then on by what is loaded with the first input, or soon after the start.
    let summary = Signal::stored(charts.first_summary(&plan));
    let id = [&plan.name, "-summary"].concat();
    let title = &plan.title;
    let content = view! {
        <div
            class="chart"
            translate="no"
            node_ref=place
            tabindex="0"
            role="slider"
            aria-label=["Cursor of ", title].concat()
            aria-valuemin="0"
            aria-valuemax="100"
            aria-valuenow="100"
            aria-valuetext=NO_CURSOR
            aria-describedby=id.clone()
        ></div>
        <p
            class="visually-hidden"
            id=id.clone()
            {..text_content(summary)}
            data-testid=id
        ></p>
        <div
            class="table-frame chart-table"
            translate="no"
            data-testid="chart-table"
            node_ref=table
            tabindex="0"
            role="region"
            aria-label=["Values of ", title].concat()
            hidden=when(move || !has_table.get())
        ></div>
    };
    let controls = view! {
        {legend(charts, &plan, hidden)}
        {actions(charts, &plan, has_table)}
    };
    card_with(
        &plan.name,
        title,
        chart_note(charts.context.freshness),
        controls.into_piece(),
        content.into_piece(),
    )
}

/// The menu of the card.
fn actions(charts: Charts, plan: &SharedPlan, has_table: State<bool>) -> Piece {
    let show = move || {
        has_table.set(!has_table.get_untracked());
        charts.refresh_descriptions();
    };
    let table = Button {
        pressed: pressed(move || has_table.get()),
        ..Button::plain(
            "chart-values",
            "Show the values",
            icon::STATISTICS,
            "Values",
        )
    };
    let csv = Button::plain("chart-csv", "Save the values", icon::SAVE, "CSV");
    let png = Button::plain("chart-png", "Save the picture", icon::SAVE, "PNG");
    let toasts = charts.context.toasts;
    let of = Arc::clone(plan);
    let save_values = move || save(toasts, File::ChartValues(charts, Arc::clone(&of)));
    let of = Arc::clone(plan);
    let save_picture = move || save(toasts, File::ChartPicture(charts, Arc::clone(&of)));
    let items = view! {
        {button(table, Box::new(show))}
        {button(csv, Box::new(save_values))}
        {button(png, Box::new(save_picture))}
    };
    let id = [&plan.name, "-menu"].concat();
    let label = ["More of ", &plan.title].concat();
    let menu = menu(id, label, items.into_piece());
    view! { <div class="card-controls">{menu}</div> }.into_piece()
}
