//! A section of a board: its heading and its grid.

use super::editor::Editor;
use super::item::{board_item, set_place};
use crate::kit::browser::focus_test_id;
use crate::kit::button::{Button, button};
use crate::kit::icon;
use crate::kit::keyed::keyed;
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::text::{live, on_change, settled, when};
use crate::kit::text_content::text_content;
use leptos::html::Div;
use leptos::prelude::*;
use protocol::{BoardOperation, Layout, Section};
use std::hash::{DefaultHasher, Hash, Hasher};

/// The identifier of the grid of a section.
pub(super) fn grid_id(section: &str) -> String {
    ["grid-", section].concat()
}

/// All sections.
pub(super) fn sections(editor: Editor) -> Piece {
    let shown = editor.session.shown;
    let ids = move || shown.with(|it| it.sections.iter().map(|it| number(&it.id)).collect());
    let view = keyed(ids, move |key| {
        let id = shown.with_untracked(|board| {
            let mut sections = board.sections.iter();
            let section = sections.find(|it| number(&it.id) == key)?;
            Some(section.id.clone())
        });
        id.map_or_else(|| ().into_piece(), |id| section(editor, id))
    });
    view! { <div class="board-sections">{view}</div> }.into_piece()
}

/// Stands for an identifier.
fn number(id: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    hasher.finish()
}

/// Reads a section, and subscribes to the board.
fn with_section<R: Default>(editor: Editor, id: &str, read: impl FnOnce(&Section) -> R) -> R {
    editor.session.shown.with(|board| {
        let section = board.sections.iter().find(|it| it.id == id);
        section.map(read).unwrap_or_default()
    })
}

fn section(editor: Editor, id: String) -> Piece {
    let ghost = NodeRef::<Div>::new();
    let of = id.clone();
    on_change(move || {
        let placed = editor.arrangement.with(|it| it.ghost_in(&of).cloned());
        if let (Some(element), Some(placed)) = (ghost.get(), placed) {
            set_place(&element, &placed);
        }
    });
    let of = id.clone();
    let has_ghost = when(move || editor.arrangement.with(|it| it.ghost_in(&of).is_none()));
    let of = id.clone();
    let ids = move || {
        with_section(editor, &of, |it| {
            it.items.iter().map(|it| number(&it.widget)).collect()
        })
    };
    let of = id.clone();
    let items = keyed(ids, move |key| {
        let widget = untrack(|| {
            with_section(editor, &of, |section| {
                let mut items = section.items.iter();
                let item = items.find(|it| number(&it.widget) == key)?;
                Some(item.widget.clone())
            })
        });
        widget.map_or_else(|| ().into_piece(), |widget| board_item(editor, widget))
    });
    let of = id.clone();
    let layout = live(move || {
        with_section(editor, &of, |it| match it.layout {
            Layout::Grid => "grid",
            Layout::Auto => "auto",
        })
        .into()
    });
    let of = id.clone();
    let is_empty =
        when(move || !editor.is_on.get() || with_section(editor, &of, |it| !it.items.is_empty()));
    view! {
        <section class="board-section" data-testid="board-section" aria-labelledby=heading_id(&id)>
            {heading(editor, id.clone())}
            <div class="board-grid" id=grid_id(&id) data-layout=layout>
                {items} <div class="board-ghost" node_ref=ghost hidden=has_ghost></div>
            </div>
            <p class="board-hint" hidden=is_empty>
                "This section has no widgets yet. Drag some here, or remove it."
            </p>
        </section>
    }
    .into_piece()
}

fn heading_id(section: &str) -> String {
    ["section-", section].concat()
}

/// The identifier of the field of a section's heading.
fn field_id(section: &str) -> String {
    ["section-title-", section].concat()
}

/// The heading, which is a field while the board is edited.
fn heading(editor: Editor, id: String) -> Piece {
    let of = id.clone();
    let title = live(move || with_section(editor, &of, |it| it.title.clone()).unwrap_or_default());
    // A board with one section needs no heading.
    let of = id.clone();
    let is_plain =
        when(move || editor.is_on.get() || with_section(editor, &of, |it| it.title.is_none()));
    let rename = {
        let id = id.clone();
        move |text: String| {
            let title = Some(text.trim().to_owned()).filter(|text| !text.is_empty());
            editor.session.edit(vec![BoardOperation::SetSectionTitle {
                section: id.clone(),
                title,
            }]);
        }
    };
    let move_by = {
        let id = id.clone();
        move |by: isize| {
            let index = editor.session.shown.with_untracked(|board| {
                let at = board.sections.iter().position(|it| it.id == id)?;
                let to = at.checked_add_signed(by)?;
                (to < board.sections.len()).then_some(to as u16)
            });
            match index {
                Some(index) => {
                    editor.session.edit(vec![BoardOperation::MoveSection {
                        section: id.clone(),
                        index,
                    }]);
                    editor.announce("Section moved");
                }
                None => editor.announce("It cannot move further"),
            }
        }
    };
    let (up, down) = (move_by.clone(), move_by);
    let of = id.clone();
    let remove = move || {
        let section = of.clone();
        let next = editor.session.shown.with_untracked(|board| {
            let at = board.sections.iter().position(|it| it.id == section)?;
            let beside = board.sections.get(at + 1);
            let beside = beside.or_else(|| board.sections.get(at.checked_sub(1)?));
            beside.map(|it| field_id(&it.id))
        });
        if editor
            .session
            .edit(vec![BoardOperation::RemoveSection { section }])
        {
            editor.offer_undo("Section removed");
            match next {
                Some(next) => super::editor::focus_soon(next),
                None => focus_test_id("section-add"),
            }
        }
    };
    let tools = Button::plain;
    view! {
        <header class="board-section-head">
            <h2 id=heading_id(&id) class="board-section-title clip" hidden=move || is_plain.get() {..text_content(title)}></h2>
            <div class="board-section-edit" hidden=when(move || !editor.is_on.get())>
                <input
                    class="field"
                    type="text"
                    maxlength="100"
                    placeholder="Heading of this section"
                    aria-label="Heading of this section"
                    data-testid="section-title"
                    autocomplete="off"
                    id=field_id(&id)
                    prop:value=settled(title)
                    on:change=move |event| rename(event_target_value(&event))
                />
                {button(tools("section-up", "Move this section up", icon::UP, "Up").bare(), Box::new(move || up(-1)))}
                {button(tools("section-down", "Move this section down", icon::DOWN, "Down").bare(), Box::new(move || down(1)))}
                {button(tools("section-remove", "Remove this section and its widgets", icon::CLOSE, "Remove").bare(), Box::new(remove))}
            </div>
        </header>
    }
    .into_piece()
}
