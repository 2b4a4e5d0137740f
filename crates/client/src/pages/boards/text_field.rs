//! The text of a widget, which several people may be typing at the same time.

use super::editor::Editor;
use super::text_caret::moved_caret;
use crate::kit::browser::{Timer, monotonic_ms};
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::state::State;
use crate::kit::text::{live, on_change};
use crate::kit::text_content::translatable;
use boards::{TEXT_BYTES_MAX, merge};
use leptos::html::Textarea;
use leptos::prelude::*;
use protocol::BoardOperation;

/// What was typed is sent after a pause so long, in milliseconds.
const PAUSE_MS: f64 = 400.0;

const TOO_LONG: &str = "The text is not saved: it is longer than 16 KiB.";

pub(super) fn text_field(editor: Editor, id: &str) -> Piece {
    let shown = editor.session.shown;
    let of = id.to_owned();
    let text_of = move || {
        shown.with(|board| {
            let widget = board.widgets.get(&of);
            widget
                .and_then(|it| it.options.text.clone())
                .unwrap_or_default()
        })
    };
    let area = NodeRef::<Textarea>::new();
    // What the text was before it was changed here.
    let base = StoredValue::new(untrack(&text_of));
    let error = State::new(String::new());
    let error_text = live(move || error.get());
    let is_wrong = live(move || error.with(|it| !it.is_empty()).to_string());
    let timer = StoredValue::new_local(None::<Timer>);
    let first = base.get_value();
    on_change(move || {
        let now = text_of();
        let Some(area) = area.get() else {
            return;
        };
        let (before, mine) = (base.get_value(), area.value());
        if now == before {
            return;
        }
        base.set_value(now.clone());
        let merged = merge(&before, &now, &mine);
        if merged == mine {
            return;
        }
        // It fails only where there is no caret.
        let caret = area.selection_start().ok().flatten().unwrap_or_default();
        let caret = moved_caret(&mine, &merged, caret);
        area.set_value(&merged);
        let _ = area.set_selection_range(caret, caret);
    });
    let widget = id.to_owned();
    let send = move || {
        // The panel may be gone.
        let (Some(area), Some(before)) = (area.try_get_untracked().flatten(), base.try_get_value())
        else {
            return;
        };
        let text = area.value();
        let is_long = text.len() > TEXT_BYTES_MAX;
        error.set(if is_long {
            TOO_LONG.into()
        } else {
            String::new()
        });
        if text == before || is_long {
            return;
        }
        // What is typed from now on is a change of this.
        base.set_value(text.clone());
        editor.session.edit(vec![BoardOperation::SetText {
            widget: widget.clone(),
            base: before,
            text,
        }]);
    };
    let send_now = send.clone();
    let typed = move || {
        let send = send.clone();
        timer.set_value(Timer::at(monotonic_ms() + PAUSE_MS, send));
    };
    view! {
        <div class="board-field">
            <label for="widget-text">"Text"</label>
            <textarea
                class="field"
                id="widget-text"
                data-testid="widget-text"
                rows="12"
                aria-describedby="widget-text-hint"
                aria-invalid=is_wrong
                node_ref=area
                prop:value=first
                on:input=move |_| typed()
                on:blur=move |_| send_now()
            ></textarea>
            <p class="form-hint" id="widget-text-hint">
                "Markdown: # heading, **bold**, *italic*, `code`, - list. Others may type at the same time."
            </p>
            <p class="form-error" role="alert" data-testid="widget-text-error" {..translatable(error_text)}></p>
        </div>
    }
    .into_piece()
}
