//! What is set of the board itself: its span of time, who sees it, and its variables.

use super::editor::Editor;
use super::field::{Change, Field, choice, field};
use crate::kit::button::{Button, button};
use crate::kit::format::sentence;
use crate::kit::icon;
use crate::kit::keyed::keyed;
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::text::live;
use crate::session::api::{Method, body};
use crate::session::boards::{board_path, send};
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::boards::BoardSharing;
use protocol::{BoardOperation, BoardVisibility, Level, Variable};

const TIMES: [(&str, &str); 7] = [
    ("", "As the viewer has chosen"),
    ("5m", "5 minutes"),
    ("15m", "15 minutes"),
    ("1h", "1 hour"),
    ("6h", "6 hours"),
    ("24h", "24 hours"),
    ("7d", "7 days"),
];

pub(super) fn settings(editor: Editor) -> Piece {
    let may_edit = Memo::new(move |_| editor.may_edit());
    let view = move || match may_edit.get() {
        true => fields(editor),
        false => {
            view! { <p class="form-hint">"You can look at this board, but not change it."</p> }
                .into_piece()
        }
    };
    view.into_piece()
}

fn fields(editor: Editor) -> Piece {
    let shown = editor.session.shown;
    let time = live(move || shown.with(|board| board.time.clone()).unwrap_or_default());
    let times = TIMES.map(|(value, name)| (value.to_owned(), name.to_owned()));
    let set_time = move |time: String| {
        let time = Some(time).filter(|time| !time.is_empty());
        editor.session.edit(vec![BoardOperation::SetTime { time }]);
    };
    view! {
        <div class="board-fields">
            {choice("board-time", "Time range at first", times.to_vec(), time, Box::new(set_time))}
            {sharing(editor)}
            {variables(editor)}
        </div>
    }
    .into_piece()
}

/// Who sees the board.
fn sharing(editor: Editor) -> Piece {
    let info = editor.session.info;
    let may_manage =
        Memo::new(move |_| info.with(|it| it.as_ref().is_some_and(|it| it.may_manage)));
    let value = live(move || {
        let visibility = info.with(|it| it.as_ref().map(|it| it.visibility));
        visibility
            .map(BoardVisibility::name)
            .unwrap_or_default()
            .to_owned()
    });
    let choose = move |visibility: String| {
        let visibility = match visibility.as_str() {
            "private" => BoardVisibility::Private,
            _ => BoardVisibility::Team,
        };
        spawn_local(async move {
            let request = [&board_path(&editor.session.id.get_untracked()), "/sharing"].concat();
            let sharing = BoardSharing { visibility };
            let text = match send(Method::PUT, &request, body(&sharing)).await {
                Ok(_) => match visibility {
                    BoardVisibility::Private => "Only you see this board now".to_owned(),
                    BoardVisibility::Team => {
                        "Everybody on this server sees this board now".to_owned()
                    }
                },
                Err(refusal) => {
                    let text = ["Not shared: ", &refusal.text].concat();
                    editor.session.tell(Level::Error, sentence(&text));
                    editor.session.info.notify();
                    return;
                }
            };
            editor.session.tell(Level::Success, text);
            editor.session.load();
        });
    };
    let options = vec![
        ("private".to_owned(), "Only the owner".to_owned()),
        ("team".to_owned(), "Everybody on this server".to_owned()),
    ];
    let view = move || match may_manage.get() {
        true => choice(
            "board-sharing",
            "Who sees it",
            options.clone(),
            value,
            Box::new(choose),
        ),
        false => ().into_piece(),
    };
    view.into_piece()
}

/// Variables: selectors refer to them by `$name`, and viewers choose their values.
fn variables(editor: Editor) -> Piece {
    let shown = editor.session.shown;
    let count = Memo::new(move |_| shown.with(|board| board.variables.len()));
    let places = move || (0..count.get() as u64).collect();
    let rows = keyed(places, move |place| variable(editor, place as usize));
    let add = Button::plain(
        "variable-add",
        "Add a variable",
        icon::PLUS,
        "Add a variable",
    )
    .small();
    let act = move || {
        let mut variables = shown.with_untracked(|board| board.variables.clone());
        let is_free = |name: &str| variables.iter().all(|it| it.name != name);
        let mut name = String::from("region");
        let mut number = 2;
        while !is_free(&name) {
            name = format!("region{number}");
            number += 1;
        }
        variables.push(Variable {
            label: Some(name.clone()),
            name,
            ..Variable::default()
        });
        editor
            .session
            .edit(vec![BoardOperation::SetVariables { variables }]);
    };
    view! {
        <fieldset class="board-series">
            <legend>"Variables"</legend>
            <p class="form-hint">
                "A selector such as requests{region=\"$region\"} follows what is chosen above the board. Add one called host to choose the host there."
            </p>
            {rows}
            {button(add, Box::new(act))}
        </fieldset>
    }
    .into_piece()
}

fn variable(editor: Editor, place: usize) -> Piece {
    let shown = editor.session.shown;
    let of = move |read: fn(&Variable) -> String| {
        live(move || shown.with(|board| board.variables.get(place).map(read).unwrap_or_default()))
    };
    let change = move |set: fn(&mut Variable, String)| -> Change {
        Box::new(move |typed| {
            let mut variables = shown.with_untracked(|board| board.variables.clone());
            if let Some(variable) = variables.get_mut(place) {
                set(variable, typed.trim().to_owned());
            }
            editor
                .session
                .try_edit(vec![BoardOperation::SetVariables { variables }])
        })
    };
    let remove = move || {
        let mut variables = shown.with_untracked(|board| board.variables.clone());
        if place < variables.len() {
            variables.remove(place);
        }
        editor
            .session
            .edit(vec![BoardOperation::SetVariables { variables }]);
    };
    let remove_button = Button::plain(
        "variable-remove",
        "Remove this variable",
        icon::CLOSE,
        "Remove",
    )
    .small();
    let name = Field {
        hint: "Letters, digits and _.",
        ..Field::text(
            &format!("variable-name-{place}"),
            "Name",
            of(|it| it.name.clone()),
        )
    };
    let label = Field {
        hint: "The label whose values are offered.",
        ..Field::text(
            &format!("variable-label-{place}"),
            "Label",
            of(|it| it.label.clone().unwrap_or_default()),
        )
    };
    let metric = Field {
        hint: "Only values that series of this name have. Empty: any text can be typed.",
        ..Field::text(
            &format!("variable-metric-{place}"),
            "Metric",
            of(|it| it.metric.clone().unwrap_or_default()),
        )
    };
    let value = Field::text(
        &format!("variable-value-{place}"),
        "Value at first",
        of(|it| it.value.clone().unwrap_or_default()),
    );
    view! {
        <div class="board-series-row">
            {field(name, change(|it, text| it.name = text))}
            {field(label, change(|it, text| it.label = optional(text)))}
            {field(metric, change(|it, text| it.metric = optional(text)))}
            {field(value, change(|it, text| it.value = optional(text)))}
            {button(remove_button, Box::new(remove))}
        </div>
    }
    .into_piece()
}

fn optional(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}
