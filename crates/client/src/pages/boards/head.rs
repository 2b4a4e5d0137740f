//! The head of a board: its title, whether it is saved, and what can be done with it.

use super::editor::{Editor, Panel};
use super::transfer;
use crate::kit::browser::{copy_address, open_address_with};
use crate::kit::button::{Button, button, pressed};
use crate::kit::icon;
use crate::kit::menu::menu;
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::text::{live, settled, when};
use crate::kit::text_content::{text_content, translatable};
use crate::session::boards::Saving;
use leptos::prelude::*;
use protocol::{BoardOperation, BoardVisibility, Level};

pub(super) fn head(editor: Editor) -> Piece {
    let shown = editor.session.shown;
    let title = live(move || shown.with(|board| board.title.clone()));
    let rename = move |text: String| {
        let title = text.trim().to_owned();
        editor
            .session
            .edit(vec![BoardOperation::SetTitle { title }]);
    };
    let is_off = when(move || !editor.is_on.get());
    // While it is edited a field stands there, and the heading is for screen readers alone.
    let heading_class = live(move || {
        match editor.is_on.get() {
            true => "visually-hidden",
            false => "board-title clip",
        }
        .into()
    });
    view! {
        <header class="board-head">
            <a class="button bare" href="./boards" title="All boards" aria-label="All boards">
                {icon::icon(icon::LEFT)}
            </a>
            <h1 class=heading_class translate="no" {..text_content(title)}></h1>
            <input
                class="field board-title-field"
                type="text"
                maxlength="100"
                aria-label="Title of the board"
                data-testid="board-title"
                autocomplete="off"
                hidden=is_off
                prop:value=settled(title)
                on:change=move |event| rename(event_target_value(&event))
            />
            {mark(editor)}
            {saved(editor)}
            <div class="board-tools">{tools(editor)} {more(editor)}</div>
        </header>
    }
    .into_piece()
}

/// Who sees it.
fn mark(editor: Editor) -> Piece {
    let info = editor.session.info;
    let is_private = move || {
        info.with(|info| {
            info.as_ref()
                .is_some_and(|it| it.visibility == BoardVisibility::Private)
        })
    };
    view! {
        <span class="board-mark" hidden=when(move || !is_private()) title="Only you see this board">
            {icon::icon(icon::PRIVATE)} "Private"
        </span>
    }
    .into_piece()
}

/// Whether the server has what was changed.
fn saved(editor: Editor) -> Piece {
    let saving = editor.session.saving;
    let text = live(move || {
        match saving.get() {
            Saving::Saved => "Saved",
            Saving::Sending => "Saving…",
            Saving::Retrying => "Not saved, retrying",
        }
        .into()
    });
    let state = live(move || {
        match saving.get() {
            Saving::Saved => "saved",
            Saving::Sending => "saving",
            Saving::Retrying => "retrying",
        }
        .into()
    });
    let is_hidden = when(move || !editor.is_on.get() && saving.get() == Saving::Saved);
    view! {
        <p class="board-saved" role="status" data-testid="board-saved" data-state=state hidden=move || is_hidden.get() {..translatable(text)}></p>
    }
    .into_piece()
}

fn tools(editor: Editor) -> Piece {
    let is_off = when(move || !editor.is_on.get());
    let cannot = |can: crate::kit::state::State<bool>| live(move || (!can.get()).to_string());
    let (cannot_undo, cannot_redo) = (
        cannot(editor.session.can_undo),
        cannot(editor.session.can_redo),
    );
    let add = Button {
        pressed: pressed(move || editor.panel.get() == Panel::Gallery),
        ..Button::plain("board-add", "Add a widget", icon::PLUS, "Add widget")
    };
    let edit = Button {
        label: live(move || if editor.is_on.get() { "Done" } else { "Edit" }.into()),
        icon: live(move || {
            if editor.is_on.get() {
                icon::CHECK
            } else {
                icon::EDIT
            }
            .into()
        }),
        pressed: pressed(move || editor.is_on.get()),
        ..Button::plain("board-edit", "Edit this board", "", "")
    };
    view! {
        <span class="controls" hidden=is_off>
            {button(add, Box::new(move || editor.toggle_panel(Panel::Gallery)))}
            <button
                class="button bare"
                type="button"
                title="Undo (Ctrl Z)"
                aria-label="Undo"
                aria-disabled=cannot_undo
                data-testid="board-undo"
                on:click=move |_| { editor.undo(); }
            >
                {icon::icon(icon::UNDO)}
            </button>
            <button
                class="button bare"
                type="button"
                title="Redo (Ctrl Shift Z)"
                aria-label="Redo"
                aria-disabled=cannot_redo
                data-testid="board-redo"
                on:click=move |_| { editor.redo(); }
            >
                {icon::icon(icon::REDO)}
            </button>
        </span>
        <span hidden=when(move || !editor.may_edit())>
            {button(edit, Box::new(move || editor.toggle()))}
        </span>
    }
    .into_piece()
}

/// Rarely used actions.
fn more(editor: Editor) -> Piece {
    let settings = Button {
        pressed: pressed(move || editor.panel.get() == Panel::Settings),
        ..Button::plain(
            "board-settings",
            "Settings of the board",
            icon::SETTINGS,
            "Settings and sharing",
        )
    };
    let versions = Button {
        pressed: pressed(move || editor.panel.get() == Panel::Versions),
        ..Button::plain(
            "board-versions",
            "Earlier versions",
            icon::MOMENT,
            "Version history",
        )
    };
    let export = Button::plain(
        "board-export",
        "Save as a file",
        icon::SAVE,
        "Export (JSON)",
    );
    let link = Button::plain(
        "board-link",
        "Copy a link to this board",
        icon::LINK,
        "Copy link",
    );
    let kiosk = Button::plain("board-kiosk", "Show on a wall", icon::FULL, "Kiosk mode");
    let copy = move || {
        copy_address(move |is_done| {
            let (level, text) = match is_done {
                true => (Level::Success, "Link copied"),
                false => (Level::Warning, "Copy failed; use the address bar"),
            };
            editor.session.tell(level, text.to_owned());
        });
    };
    // Only in the panel there is something that not everybody may do.
    let items = view! {
        {button(settings, Box::new(move || editor.toggle_panel(Panel::Settings)))}
        {button(versions, Box::new(move || editor.toggle_panel(Panel::Versions)))}
        {button(export, Box::new(move || transfer::export(editor)))}
        {button(link, Box::new(copy))}
        {button(kiosk, Box::new(|| open_address_with("kiosk", "1")))}
    };
    menu(
        "board-menu".into(),
        "More of this board".into(),
        items.into_piece(),
    )
}
