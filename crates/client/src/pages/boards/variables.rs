//! The choices above a board.

use super::editor::Editor;
use crate::kit::browser::open_host;
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::state::State;
use crate::kit::text::{live, settled, when};
use crate::session::boards::label_values;
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::Variable;

/// The variable that is the host of the page.
const HOST: &str = "host";

pub(super) fn variables(editor: Editor) -> Piece {
    let shown = editor.session.shown;
    let of = Memo::new(move |_| shown.with(|board| board.variables.clone()));
    let choices = move || {
        let variables = of.get().into_iter();
        variables
            .map(|variable| match variable.name == HOST {
                true => host(editor),
                false => choice(editor, variable),
            })
            .collect::<Vec<_>>()
    };
    let is_empty = when(move || of.with(Vec::is_empty));
    view! { <div class="board-variables" hidden=is_empty data-testid="board-variables">{choices}</div> }
        .into_piece()
}

/// Another host is another page: its values are those of the whole page.
fn host(editor: Editor) -> Piece {
    let page = editor.session.page;
    let shown = page.host.get_untracked();
    let mut options = Vec::new();
    for host in page.hosts.get_untracked() {
        let is_shown = host == shown;
        let name = host.clone();
        options.push(view! { <option value=host selected=is_shown>{name}</option> });
    }
    view! {
        <label class="board-variable">
            <span>"Host"</span>
            <select
                class="select"
                data-testid="variable-host"
                autocomplete="off"
                translate="no"
                on:change=move |event| open_host(&event_target_value(&event))
            >
                {options}
            </select>
        </label>
    }
    .into_piece()
}

/// A choice among the values of a label, or a field for any text.
fn choice(editor: Editor, variable: Variable) -> Piece {
    let name = variable.name.clone();
    let title = variable.title.clone().unwrap_or_else(|| name.clone());
    let test_id = ["variable-", &name].concat();
    let of = name.clone();
    let value = live(move || {
        editor.values.with(|values| {
            let known = values.iter().find(|(known, _)| *known == of);
            known.map(|(_, value)| value.clone()).unwrap_or_default()
        })
    });
    let choose = move |value: String| editor.choose(&name, value.trim());
    let (Some(metric), Some(label)) = (variable.metric, variable.label) else {
        return view! {
            <label class="board-variable">
                <span translate="no">{title}</span>
                <input
                    class="field"
                    type="text"
                    data-testid=test_id
                    autocomplete="off"
                    prop:value=settled(value)
                    on:change=move |event| choose(event_target_value(&event))
                />
            </label>
        }
        .into_piece();
    };
    let offered = State::new(Vec::<String>::new());
    spawn_local(async move {
        let values = label_values(&metric, &label).await;
        offered.set(values);
    });
    let options = move || {
        let mut values = offered.get();
        let chosen = value.get_untracked();
        if !chosen.is_empty() && !values.contains(&chosen) {
            values.push(chosen);
        }
        values.insert(0, String::new());
        let options = values.into_iter().map(|of| {
            let name = if of.is_empty() {
                "All".to_owned()
            } else {
                of.clone()
            };
            let this = of.clone();
            let is_chosen = Signal::derive(move || value.with(|value| *value == this));
            view! { <option value=of prop:selected=is_chosen>{name}</option> }
        });
        options.collect::<Vec<_>>()
    };
    view! {
        <label class="board-variable">
            <span translate="no">{title}</span>
            <select
                class="select"
                data-testid=test_id
                autocomplete="off"
                translate="no"
                on:change=move |event| choose(event_target_value(&event))
            >
                {options}
            </select>
        </label>
    }
    .into_piece()
}
