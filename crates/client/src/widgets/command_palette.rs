//! The command palette: everything that can be done on the page, found by its name. It is loaded on its first use.

mod commands;
mod ranking;
mod recent;

use super::actions::{DIALOG_STYLE, PALETTE_ID, Palette};
use super::chart::Charts;
use super::history::Opened;
use crate::kit::browser::{reveal, toggle_dialog};
use crate::kit::later::{Build, chunk, place};
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::state::State;
use crate::kit::text::{live, on_change};
use crate::session::PageState;
use commands::{Command, clock_command, commands};
use leptos::html::{Dialog, Div};
use leptos::prelude::*;
use ranking::ranked;
use recent::{note, recent_first};
use std::sync::Arc;
use web_sys::KeyboardEvent;

/// So many commands are listed at most.
const LISTED_MAX: usize = 60;

/// A longer text finds nothing that a shorter one does not.
const QUERY_CHARS_MAX: &str = "80";

const LIST_ID: &str = "palette-list";

/// The place of the palette.
pub(crate) fn palette_place(
    page: PageState,
    charts: Charts,
    opened: Opened,
    palette: Palette,
) -> impl IntoView {
    let fetch = move || fetch(page, charts, opened, palette);
    place(page.toasts, palette.wanted, Box::new(fetch))
}

chunk! {
    on_demand:
    fn fetch(page: PageState, charts: Charts, opened: Opened, palette: Palette) -> Build {
        DIALOG_STYLE.add();
        Arc::new(move || view(page, charts, opened, palette).into_piece())
    }
}

/// What is listed: places among all commands, the best first.
#[derive(Clone)]
struct Listed {
    commands: Arc<Vec<Command>>,
    /// Whether a text has been typed: then the commands are in no groups.
    is_filtered: bool,
}

fn view(page: PageState, charts: Charts, opened: Opened, palette: Palette) -> impl IntoView {
    let hosts_only = palette.hosts_only.get_untracked();
    let all = commands(page, charts, opened, hosts_only, palette.rights);
    let first = match hosts_only {
        true => all.clone(),
        false => recent_first(&all),
    };
    let query = State::new(String::new());
    let selected = State::new(0_usize);
    let find = move |text: &str| {
        // Without a text all of them are found, in their order.
        let is_filtered = !text.trim().is_empty();
        let mut found = ranked(text, if is_filtered { &all } else { &first });
        found.truncate(LISTED_MAX);
        let clock = clock_command(page, text).filter(|_| !hosts_only);
        Listed {
            commands: Arc::new(clock.into_iter().chain(found).collect()),
            is_filtered,
        }
    };
    let listed = State::new(find(""));
    let search = move |text: String| {
        listed.set(find(&text));
        query.set(text);
        selected.set(0);
    };
    let sheet = NodeRef::<Dialog>::new();
    let list = NodeRef::<Div>::new();
    on_change(move || {
        if let Some(sheet) = sheet.get() {
            // A click beside it closes it, too. It fails for impossible names only.
            let _ = sheet.set_attribute("closedby", "any");
            toggle_dialog(PALETTE_ID);
        }
    });
    on_change(move || {
        let id = option_id(selected.get());
        if let Some(list) = list.get() {
            reveal(&list, &id);
        }
    });
    let on_key = move |event: KeyboardEvent| {
        let count = listed.with_untracked(|listed| listed.commands.len());
        let at = selected.get_untracked();
        match event.key().as_str() {
            "ArrowDown" if count > 0 => selected.set((at + 1) % count),
            "ArrowUp" if count > 0 => selected.set((at + count - 1) % count),
            "Enter" => run(listed, at),
            _ => return,
        }
        event.prevent_default();
    };
    let label = if hosts_only { "Hosts" } else { "Commands" };
    let placeholder = match hosts_only {
        true => "Find a host…",
        false => "Search or run a command…",
    };
    let active = live(
        move || match listed.with(|listed| listed.commands.is_empty()) {
            true => String::new(),
            false => option_id(selected.get()),
        },
    );
    view! {
        <dialog
            class="dialog palette"
            id=PALETTE_ID
            node_ref=sheet
            aria-label=label
            data-testid="palette"
            on:close=move |_| palette.wanted.set(false)
        >
            <input
                class="field palette-field"
                type="text"
                role="combobox"
                aria-label=placeholder
                aria-expanded="true"
                aria-autocomplete="list"
                aria-controls=LIST_ID
                aria-activedescendant=active
                autocomplete="off"
                autocapitalize="off"
                spellcheck="false"
                maxlength=QUERY_CHARS_MAX
                placeholder=placeholder
                autofocus
                data-testid="palette-field"
                on:input=move |event| search(event_target_value(&event))
                on:keydown=on_key
            />
            <div class="palette-list" role="listbox" id=LIST_ID aria-label=label node_ref=list>
                {move || options(listed, selected)}
            </div>
            <p class="palette-status" role="status">
                {move || status(listed)}
            </p>
        </dialog>
    }
}

fn option_id(place: usize) -> String {
    ["palette-", &place.to_string()].concat()
}

/// The options, in their groups unless a text was typed.
fn options(listed: State<Listed>, selected: State<usize>) -> Vec<Piece> {
    let Listed {
        commands,
        is_filtered,
    } = listed.get();
    let mut groups: Vec<(&'static str, Vec<Piece>)> = Vec::new();
    for (place, command) in commands.iter().enumerate() {
        let group = if is_filtered { "" } else { command.group };
        if groups.last().is_none_or(|(name, _)| *name != group) {
            groups.push((group, Vec::new()));
        }
        let caption = if is_filtered { command.group } else { "" };
        let option = option(listed, selected, place, command, caption);
        if let Some((_, options)) = groups.last_mut() {
            options.push(option);
        }
    }
    let mut pieces = Vec::new();
    for (name, options) in groups {
        if name.is_empty() {
            pieces.extend(options);
            continue;
        }
        let group = view! {
            <div role="group" aria-label=name>
                <p class="palette-group" aria-hidden="true">{name}</p>
                {options}
            </div>
        };
        pieces.push(group.into_piece());
    }
    pieces
}

fn option(
    listed: State<Listed>,
    selected: State<usize>,
    place: usize,
    command: &Command,
    caption: &'static str,
) -> Piece {
    let key = command.key.clone();
    let key = (!key.is_empty()).then(|| view! { <kbd aria-hidden="true">{key}</kbd> });
    view! {
        <div
            class="palette-option"
            role="option"
            id=option_id(place)
            aria-selected=live(move || (selected.get() == place).to_string())
            on:pointermove=move |_| selected.set_if_changed(place)
            on:click=move |_| run(listed, place)
        >
            <span class="clip">{command.text.clone()}</span>
            <span class="palette-caption" aria-hidden="true">{caption}</span>
            {key}
        </div>
    }
    .into_piece()
}

/// What is not seen: how many are listed.
fn status(listed: State<Listed>) -> String {
    match listed.with(|listed| listed.commands.len()) {
        0 => "No matching commands".into(),
        1 => "1 command".into(),
        count => [&count.to_string(), " commands"].concat(),
    }
}

/// Closes the palette, which puts the focus back, and runs a command, which may move it.
fn run(listed: State<Listed>, place: usize) {
    let run = listed.with_untracked(|listed| {
        let command = listed.commands.get(place);
        command.map(|command| (Arc::clone(&command.run), command.text.clone()))
    });
    if let Some((run, text)) = run {
        note(&text);
        toggle_dialog(PALETTE_ID);
        run();
    }
}
