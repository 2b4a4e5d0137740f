//! Widgets on the clipboard, as JSON, so that they can be pasted on other boards, and sent to others.

use super::arrangement::find;
use super::editor::Editor;
use crate::kit::browser::on_window_event;
use leptos::prelude::*;
use protocol::{Level, Widget};
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsCast;
use web_sys::{ClipboardEvent, Element};

/// Where copying and pasting is about text.
const FIELDS: &str = "input,select,textarea,[contenteditable],dialog,.rooms";

/// What the clipboard has.
#[derive(Serialize, Deserialize)]
struct Copied {
    watchroom_widgets: Vec<CopiedWidget>,
}

#[derive(Serialize, Deserialize)]
struct CopiedWidget {
    w: u16,
    h: u16,
    widget: Widget,
}

/// Takes what is copied and pasted while the board is edited.
pub(super) fn listen(editor: Editor) {
    on_window_event("copy", move |event| {
        let Some(event) = about_widgets(editor, &event) else {
            return;
        };
        let Some(text) = copied(editor) else {
            return;
        };
        if let Some(data) = event.clipboard_data()
            && data.set_data("text/plain", &text).is_ok()
        {
            event.prevent_default();
            editor.announce("Widget copied");
        }
    });
    on_window_event("paste", move |event| {
        let Some(event) = about_widgets(editor, &event) else {
            return;
        };
        let data = event.clipboard_data();
        let Some(text) = data.and_then(|data| data.get_data("text/plain").ok()) else {
            return;
        };
        match serde_json::from_str::<Copied>(&text) {
            Ok(Copied { watchroom_widgets }) => {
                event.prevent_default();
                let widgets = watchroom_widgets.into_iter();
                editor.insert(widgets.map(|it| (it.widget, Some((it.w, it.h)))).collect());
            }
            Err(_) => {
                let text = "The clipboard has no widgets: copy some with Ctrl C first".to_owned();
                editor.session.tell(Level::Info, text);
            }
        }
    });
}

/// The event, if it is about widgets, and not about text.
fn about_widgets(editor: Editor, event: &web_sys::Event) -> Option<&ClipboardEvent> {
    let event = event.dyn_ref::<ClipboardEvent>()?;
    let target = event.target().and_then(|it| it.dyn_into::<Element>().ok());
    let is_text = target.is_some_and(|it| matches!(it.closest(FIELDS), Ok(Some(_))));
    let selection = window().get_selection().ok().flatten();
    let has_selection = selection.is_some_and(|it| !it.is_collapsed());
    (editor.is_on.get_untracked() && !is_text && !has_selection).then_some(event)
}

/// The widget that has the focus, or is selected.
fn copied(editor: Editor) -> Option<String> {
    let focused = document().active_element();
    let focused = focused.and_then(|it| it.get_attribute("data-widget"));
    let id = focused.or_else(|| editor.selected.get_untracked())?;
    let board = editor.session.shown.get_untracked();
    let widget = board.widgets.get(&id)?.clone();
    let (_, item) = find(&board, &id)?;
    let copied = Copied {
        watchroom_widgets: vec![CopiedWidget {
            w: item.w,
            h: item.h,
            widget,
        }],
    };
    serde_json::to_string(&copied).ok()
}
