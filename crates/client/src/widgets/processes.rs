use super::button::{Button, button};
use super::card::{card_with, stream_note};
use super::icon;
use super::process_order::{Column, Order};
use crate::browser::download_text;
use crate::export;
use crate::fixture::IntoFixture;
use crate::format;
use crate::state::State;
use crate::store::{Part, View};
use crate::text::live;
use leptos::prelude::*;
use protocol::{Process, Stream};

/// The busiest processes, by CPU or by whatever the user chooses.
pub(crate) fn processes(view: View) -> impl IntoView {
    let order = State::new(Order::default());
    let sorted = move || {
        let processes = view.read(Part::Processes, |knowledge| {
            let processes = knowledge.processes.as_ref();
            processes.map_or(Vec::new(), |processes| processes.top.clone())
        });
        order.get().sort(processes)
    };
    let rows = move || sorted().into_iter().map(row).collect::<Vec<_>>();
    let heads = Vec::from(Column::ALL.map(|column| head(order, column)));
    let save = move || {
        let text = csv(&untrack(sorted));
        download_text("watchroom-processes.csv", "text/csv", &text);
    };
    let save_button =
        Button::plain("processes-csv", "Save the table as CSV", icon::SAVE, "CSV").small();
    let controls = view! {
        <div class="card-controls">
            <span class="card-count" data-testid="process-count">
                {live(move || count(view))}
            </span>
            {button(save_button, Box::new(save))}
        </div>
    };
    // It scrolls, so it must be reachable by keyboard.
    let content = view! {
        <div class="table-frame" tabindex="0" role="group" aria-label="Table of processes">
            <table class="table" data-testid="processes">
                <thead>
                    <tr>{heads}</tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
            <p class="empty">"Waiting for the first look at the processes."</p>
        </div>
    };
    card_with(
        "processes",
        "Processes",
        stream_note(view, Stream::Processes),
        controls.into_fixture(),
        content.into_fixture(),
    )
}

fn count(view: View) -> String {
    let count = view.read(Part::Processes, |knowledge| {
        knowledge.processes.as_ref().and_then(|all| all.count)
    });
    count.map_or(String::new(), |count| {
        format!("{} running", format::grouped(count))
    })
}

fn head(order: State<Order>, column: Column) -> impl IntoView {
    let sorted = live(move || order.get().aria_sort(column).to_owned());
    view! {
        <th scope="col" class=column.class() aria-sort=sorted>
            <button
                class="sort"
                type="button"
                data-testid=column.test_id()
                on:click=move |_| order.update(|order| order.by(column))
            >
                {column.title()}
            </button>
        </th>
    }
}

fn row(process: Process) -> impl IntoView {
    let cpu = format::percent(process.cpu).joined();
    let memory = format::bytes(process.memory_bytes as f64).joined();
    view! {
        <tr>
            <th scope="row" class="clip">
                {process.name}
            </th>
            <td class="number">{process.pid.to_string()}</td>
            <td class="clip">{process.user.unwrap_or_default()}</td>
            <td class="number">{cpu}</td>
            <td class="number">{memory}</td>
        </tr>
    }
}

fn csv(processes: &[Process]) -> String {
    let mut csv = String::new();
    export::csv_record(
        &mut csv,
        &["name", "pid", "user", "cpu_percent", "memory_bytes"],
    );
    for process in processes {
        let cells = [
            process.name.as_str(),
            &process.pid.to_string(),
            process.user.as_deref().unwrap_or_default(),
            &format::plain(process.cpu, 1),
            &process.memory_bytes.to_string(),
        ];
        export::csv_record(&mut csv, &cells);
    }
    csv
}
