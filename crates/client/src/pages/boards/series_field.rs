//! The series of a widget: a selector each, with what is typed completed from the series that there are.

use super::editor::Editor;
use super::field::{Change, Field, field};
use crate::kit::browser::{Timer, monotonic_ms};
use crate::kit::button::{Button, button};
use crate::kit::icon;
use crate::kit::keyed::keyed;
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::state::State;
use crate::kit::text::{live, when};
use crate::session::boards::find_series;
use crate::widgets::{Setting, WidgetKind};
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::{BoardOperation, Selector, SeriesKey, WidgetField};

const LIST_ID: &str = "board-series-list";

/// Series are looked for once nothing was typed for so long, in milliseconds.
const PAUSE_MS: f64 = 200.0;

/// The selectors of a widget of this kind.
pub(super) fn series_fields(editor: Editor, id: &str, kind: &'static WidgetKind) -> Piece {
    let offered = State::new(Vec::<String>::new());
    let newest = StoredValue::new(0_u64);
    let timer = StoredValue::new_local(None::<Option<Timer>>);
    let host = editor.context.with_value(|context| context.host.clone());
    let search = move |text: String| {
        let host = host.clone();
        newest.update_value(|it| *it += 1);
        let this = newest.get_value();
        let timeout = Timer::at(monotonic_ms() + PAUSE_MS, move || {
            spawn_local(async move {
                let found = find_series(&text).await;
                // The panel may be gone, or something else be typed.
                if newest.try_get_value() == Some(this) {
                    offered.set_if_changed(completions(&found, &host));
                }
            });
        });
        timer.set_value(Some(timeout));
    };
    search(String::new());
    let of = id.to_owned();
    let count = Memo::new(move |_| {
        let of = &of;
        editor
            .session
            .shown
            .with(|board| board.widgets.get(of).map_or(0, |it| it.series.len()))
    });
    let adds = State::new(false);
    let of = id.to_owned();
    let places = move || {
        let shown = count.get().max(kind.series.least) + usize::from(adds.get());
        (0..shown.min(kind.series.most) as u64).collect()
    };
    let rows = keyed(places, move |place| {
        row(editor, &of, kind, place as usize, adds)
    });
    let add = Button::plain("series-add", "Add a series", icon::PLUS, "Add a series").small();
    let is_full = when(move || adds.get() || count.get() >= kind.series.most);
    let options = move || {
        let options = offered.get().into_iter();
        options
            .map(|text| view! { <option value=text></option> })
            .collect::<Vec<_>>()
    };
    view! {
        <fieldset class="board-series" on:input=move |event| search(event_target_value(&event))>
            <legend>"Series"</legend>
            {rows}
            <datalist id=LIST_ID>{options}</datalist>
            <div hidden=is_full>{button(add, Box::new(move || adds.set(true)))}</div>
        </fieldset>
    }
    .into_piece()
}

/// What is offered: series of the page's host as those of whatever host is shown.
fn completions(found: &[SeriesKey], host: &str) -> Vec<String> {
    let mut texts = Vec::new();
    for key in found {
        let mut key = key.clone();
        if key.host == host {
            key.host = "$host".into();
        }
        let text = key.to_string();
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
    texts
}

fn row(
    editor: Editor,
    id: &str,
    kind: &'static WidgetKind,
    place: usize,
    adds: State<bool>,
) -> Piece {
    let shown = editor.session.shown;
    let of = id.to_owned();
    let value = live(move || {
        shown.with(|board| {
            let widget = board.widgets.get(&of);
            let selector = widget.and_then(|it| it.series.get(place));
            selector.map(Selector::to_string).unwrap_or_default()
        })
    });
    let of = id.to_owned();
    let change: Change = Box::new(move |text| {
        set_series(editor, &of, place, &text)?;
        // Not compared: the panel may be gone.
        adds.set(false);
        Ok(())
    });
    let hint = match place {
        0 => "A name, with labels if need be: cpu{host=\"$host\"}, or sum by (region) (requests).",
        _ => "",
    };
    let selector = Field {
        hint,
        list: Some(LIST_ID),
        ..Field::text(&format!("series-{place}"), kind.role(place), value)
    };
    let name = match kind.settings.contains(&Setting::Names) {
        true => name_field(editor, id, place),
        false => ().into_piece(),
    };
    view! {
        <div class="board-series-row">
            {field(selector, change)}
            {name}
        </div>
    }
    .into_piece()
}

fn name_field(editor: Editor, id: &str, place: usize) -> Piece {
    let shown = editor.session.shown;
    let of = id.to_owned();
    let value = live(move || {
        shown.with(|board| {
            let widget = board.widgets.get(&of);
            let name = widget.and_then(|it| it.options.names.get(place));
            name.cloned().unwrap_or_default()
        })
    });
    let of = id.to_owned();
    let change: Change = Box::new(move |text| {
        let mut names = shown.with_untracked(|board| {
            let widget = board.widgets.get(&of);
            widget
                .map(|it| it.options.names.clone())
                .unwrap_or_default()
        });
        if names.len() <= place {
            names.resize(place + 1, String::new());
        }
        names[place] = text.trim().to_owned();
        while names.last().is_some_and(String::is_empty) {
            names.pop();
        }
        editor.session.try_edit(vec![BoardOperation::Set {
            widget: of.clone(),
            change: WidgetField::Names(names),
        }])
    });
    let name = Field {
        hint: match place {
            0 => "After a $ the label whose value it is, such as $region.",
            _ => "",
        },
        ..Field::text(&format!("series-name-{place}"), "Name", value)
    };
    field(name, change)
}

/// Replaces a selector, or removes it with its name if nothing was typed.
fn set_series(editor: Editor, id: &str, place: usize, text: &str) -> Result<(), String> {
    let (mut series, mut names) = editor.session.shown.with_untracked(|board| {
        let widget = board.widgets.get(id).cloned().unwrap_or_default();
        (widget.series, widget.options.names)
    });
    let set = |change| BoardOperation::Set {
        widget: id.to_owned(),
        change,
    };
    let text = text.trim();
    if text.is_empty() {
        if place >= series.len() {
            return Ok(());
        }
        series.remove(place);
        let mut operations = vec![set(WidgetField::Series(series))];
        if place < names.len() {
            names.remove(place);
            operations.push(set(WidgetField::Names(names)));
        }
        return editor.session.try_edit(operations);
    }
    let selector: Selector = text
        .parse()
        .map_err(|why| format!("This is no selector: {why}."))?;
    match series.get_mut(place) {
        Some(known) if *known == selector => return Ok(()),
        Some(known) => *known = selector,
        None => series.push(selector),
    }
    editor
        .session
        .try_edit(vec![set(WidgetField::Series(series))])
}
