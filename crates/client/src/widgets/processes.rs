use super::files::{File, save};
use crate::kit::button::{Button, button};
use crate::kit::card::card_with;
use crate::kit::keyed::keyed;
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::state::State;
use crate::kit::text::live;
use crate::kit::text_content::text_content;
use crate::kit::toasts::Toasts;
use crate::kit::{format, icon};
use crate::model::Part;
use crate::model::{Column, Order};
use crate::session::ShownModel;
use leptos::prelude::*;
use protocol::{Process, Processes};

/// The busiest processes, by CPU or another column.
pub(crate) fn processes(
    (name, title): (&str, &str),
    host: &str,
    shown: ShownModel,
    toasts: Toasts,
    note: Signal<String>,
) -> Piece {
    let of = Of {
        shown,
        host: State::new(host.to_owned()),
    };
    let order = State::new(Order::default());
    let sorted = move || {
        let processes = of.read(|processes| processes.top.clone());
        let processes = processes.unwrap_or_default();
        order.get().sort(processes)
    };
    let pids = move || {
        let mut pids = Vec::new();
        for process in sorted() {
            pids.push(process.pid.into());
        }
        pids
    };
    let heads = Vec::from(Column::ALL.map(|column| head(order, column)));
    let save = move || {
        let host = of.host.get_untracked();
        save(toasts, File::Processes(host, untrack(sorted)));
    };
    let save_button =
        Button::plain("processes-csv", "Download list as CSV", icon::SAVE, "CSV").small();
    let controls = view! {
        <div class="card-controls">
            <span
                class="card-count"
                data-testid="process-count"
                {..text_content(live(move || count(of)))}
            ></span>
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
                <tbody>{keyed(pids, move |pid| row(of, pid as u32))}</tbody>
            </table>
            <p class="empty">"No list of processes at this moment"</p>
        </div>
    };
    card_with(
        name,
        title,
        note,
        controls.into_piece(),
        content.into_piece(),
    )
}

/// The processes of a host.
#[derive(Clone, Copy)]
struct Of {
    shown: ShownModel,
    host: State<String>,
}

impl Of {
    /// None while none are known.
    fn read<R>(&self, look: impl FnOnce(&Processes) -> R) -> Option<R> {
        let host = self.host.get_untracked();
        self.shown.read(Part::Processes, |model| {
            let host = model.catalog.host(&host)?;
            host.processes.as_ref().map(look)
        })
    }
}

fn count(of: Of) -> String {
    let count = of.read(|all| all.count).flatten();
    count.map_or(String::new(), |count| {
        format!("{} processes", format::grouped(count))
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

/// A line stays with its process, wherever that stands.
fn row(of: Of, pid: u32) -> Piece {
    let read = move |text: fn(&Process) -> String| {
        text_content(live(move || {
            let text = of.read(|processes| {
                let process = processes.top.iter().find(|process| process.pid == pid);
                process.map_or(String::new(), text)
            });
            text.unwrap_or_default()
        }))
    };
    view! {
        <tr>
            <th
                scope="row"
                class="clip"
                {..read(|process| process.name.clone())}
            ></th>
            <td class="number">{pid.to_string()}</td>
            <td
                class="clip"
                {..read(|process| process.user.clone().unwrap_or_default())}
            ></td>
            <td
                class="number"
                {..read(|process| format::percent(process.cpu).joined())}
            ></td>
            <td
                class="number"
                {..read(|process| format::bytes(process.memory_bytes as f64).joined())}
            ></td>
        </tr>
    }
    .into_piece()
}
