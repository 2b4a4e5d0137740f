//! What stands beside the board while it is changed.

use super::editor::{Editor, Panel};
use super::gallery::gallery;
use super::settings::settings;
use super::versions::versions;
use super::widget_panel::widget_panel;
use crate::kit::browser::leave_field;
use crate::kit::button::{Button, button};
use crate::kit::icon;
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::text::live;
use crate::kit::text_content::translatable;
use leptos::prelude::*;
use web_sys::KeyboardEvent;

/// The heading, which gets the focus when the panel opens.
pub(super) const TITLE_ID: &str = "board-panel-title";

pub(super) fn panel(editor: Editor) -> Piece {
    let view = move || match editor.panel.get() {
        Panel::Closed => ().into_piece(),
        shown => open(editor, shown),
    };
    view.into_piece()
}

fn open(editor: Editor, shown: Panel) -> Piece {
    let title = live(move || {
        match shown {
            Panel::Widget => "Widget",
            Panel::Gallery => "Add a widget",
            Panel::Settings => "Board",
            Panel::Closed | Panel::Versions => "Version history",
        }
        .into()
    });
    let content = match shown {
        Panel::Widget => widget_panel(editor),
        Panel::Gallery => gallery(editor),
        Panel::Settings => settings(editor),
        Panel::Closed | Panel::Versions => versions(editor),
    };
    let close = move || {
        leave_field();
        let selected = editor.selected.get_untracked();
        editor.panel.set(Panel::Closed);
        editor.selected.set(None);
        if let Some(id) = selected.filter(|_| shown == Panel::Widget) {
            super::editor::focus_soon(super::item::element_id(&id));
        }
    };
    let on_escape = move |event: KeyboardEvent| {
        if event.key() == "Escape" && !event.default_prevented() {
            event.prevent_default();
            event.stop_propagation();
            close();
        }
    };
    let button_close = Button::plain("panel-close", "Close", icon::CLOSE, "Close").bare();
    view! {
        <aside class="board-panel" aria-labelledby=TITLE_ID data-testid="board-panel" on:keydown=on_escape>
            <header class="board-panel-head">
                <h2 id=TITLE_ID tabindex="-1" {..translatable(title)}></h2>
                {button(button_close, Box::new(close))}
            </header>
            {content}
        </aside>
    }
    .into_piece()
}
