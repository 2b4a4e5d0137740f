//! The text of a widget, which several people may be typing at the same time.

use super::editor::Editor;
use super::text_caret::moved_caret;
use crate::kit::browser::{Timer, monotonic_ms};
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::text::on_change;
use boards::{TEXT_BYTES_MAX, merge};
use leptos::html::Textarea;
use leptos::prelude::*;
use protocol::BoardOperation;

/// What was typed is sent after a pause so long, in milliseconds.
const PAUSE_MS: f64 = 400.0;

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
        if text == before || text.len() > TEXT_BYTES_MAX {
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
                node_ref=area
                prop:value=first
                on:input=move |_| typed()
                on:blur=move |_| send_now()
            ></textarea>
            <p class="form-hint" id="widget-text-hint">
                "Markdown: # heading, **bold**, *italic*, `code`, - list. Others may type at the same time."
            </p>
        </div>
    }
    .into_piece()
}
