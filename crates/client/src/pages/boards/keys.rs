//! Everything that pointers do to widgets, with keys.

use super::arrangement::{Grabbed, find};
use super::editor::Editor;
use super::gesture::by_key;
use super::item::element_id;
use crate::kit::browser::on_window_event;
use protocol::Item;
use wasm_bindgen::JsCast;
use web_sys::{Element, KeyboardEvent};

/// Where keys are text.
const FIELDS: &str = "input,select,textarea,[contenteditable],dialog,.rooms";

/// A key was pressed on a widget that has the focus itself.
pub(super) fn on_widget(editor: Editor, id: &str, event: &KeyboardEvent) {
    let is_itself = event.target() == event.current_target();
    if !editor.is_on.get_untracked() || !is_itself || event.alt_key() {
        return;
    }
    if event.ctrl_key() || event.meta_key() {
        if event.key() == "d" {
            event.prevent_default();
            editor.duplicate(id);
        }
        return;
    }
    let is_handled = match event.key().as_str() {
        "Enter" | " " => {
            grab_or_drop(editor, id);
            true
        }
        "Escape" if editor.grabbed.with_untracked(Option::is_some) => {
            editor.grabbed.set(None);
            editor.announce(&[&editor.name(id), ": back where it was"].concat());
            true
        }
        "Delete" | "Backspace" => {
            editor.remove(id);
            true
        }
        "c" if !event.shift_key() => {
            editor.configure(id);
            true
        }
        key => arrow(editor, key, event.shift_key()),
    };
    if is_handled {
        event.prevent_default();
        event.stop_propagation();
    }
}

fn grab_or_drop(editor: Editor, id: &str) {
    if let Some(grabbed) = editor.grabbed.get_untracked() {
        let text = place_of(editor, &grabbed.item.widget);
        editor.release();
        return editor.announce(&["Dropped. ", &text].concat());
    }
    let board = editor.session.shown.get_untracked();
    let Some((section, item)) = find(&board, id) else {
        return;
    };
    editor.grabbed.set(Some(Grabbed {
        from: section.id.clone(),
        before: item.clone(),
        section: section.id.clone(),
        item: item.clone(),
        by_keys: true,
    }));
    let text = place_of(editor, id);
    let how = ". Arrow keys move it, with Shift they resize it; Enter drops it, Escape cancels.";
    editor.announce(&["Grabbed ", &text, how].concat());
}

/// Moves what is grabbed, or resizes it. At the end of a section it goes on to the next.
fn arrow(editor: Editor, key: &str, resizes: bool) -> bool {
    let Some(mut grabbed) = editor.grabbed.get_untracked().filter(|it| it.by_keys) else {
        return false;
    };
    let Some(item) = by_key(&grabbed.item, key, resizes) else {
        return false;
    };
    let board = editor.session.shown.get_untracked();
    let at = board
        .sections
        .iter()
        .position(|it| it.id == grabbed.section);
    let beside = |by: isize| {
        let place = at?.checked_add_signed(by)?;
        board.sections.get(place)
    };
    let ends_at = |items: &[Item]| items.iter().map(|it| it.y + it.h).max().unwrap_or(0);
    grabbed.item = match key {
        "ArrowUp" if !resizes && item.y == grabbed.item.y => match beside(-1) {
            Some(section) => {
                grabbed.section.clone_from(&section.id);
                Item {
                    y: ends_at(&section.items),
                    ..item
                }
            }
            None => item,
        },
        "ArrowDown" if !resizes => {
            let own = at.map_or(&[][..], |at| &board.sections[at].items);
            let others = own.iter().filter(|it| it.widget != item.widget);
            let others: Vec<Item> = others.cloned().collect();
            match beside(1).filter(|_| item.y > ends_at(&others)) {
                Some(section) => {
                    grabbed.section.clone_from(&section.id);
                    Item { y: 0, ..item }
                }
                None => Item {
                    y: item.y.min(ends_at(&others)),
                    ..item
                },
            }
        }
        _ => item,
    };
    let id = grabbed.item.widget.clone();
    editor.grabbed.set(Some(grabbed));
    editor.announce(&place_of(editor, &id));
    true
}

/// As in `CPU usage: column 4, row 2, 6 by 5`.
pub(super) fn place_of(editor: Editor, id: &str) -> String {
    let board = editor.session.shown.get_untracked();
    let grabbed = editor.grabbed.get_untracked();
    let place = match grabbed.filter(|it| it.item.widget == id) {
        Some(grabbed) => Some((grabbed.section, grabbed.item)),
        None => find(&board, id).map(|(section, item)| (section.id.clone(), item.clone())),
    };
    let name = editor.name(id);
    let Some((section, item)) = place else {
        return name;
    };
    let section = board.sections.iter().find(|it| it.id == section);
    let title = section.and_then(|it| it.title.clone());
    let within = title.map_or_else(String::new, |title| [" in ", &title].concat());
    let (x, y) = (item.x + 1, item.y + 1);
    format!(
        "{name}: column {x}, row {y}, {} by {}{within}",
        item.w, item.h
    )
}

/// Keys that are for the whole board while it is edited.
pub(super) fn listen(editor: Editor) {
    on_window_event("keydown", move |event| {
        let Some(event) = event.dyn_ref::<KeyboardEvent>() else {
            return;
        };
        let target = event.target().and_then(|it| it.dyn_into::<Element>().ok());
        let is_text = target.is_some_and(|it| matches!(it.closest(FIELDS), Ok(Some(_))));
        let is_control = event.ctrl_key() != event.meta_key();
        if !editor.is_on.get_untracked() || is_text || !is_control || event.alt_key() {
            return;
        }
        let is_done = match event.key().to_lowercase().as_str() {
            "z" if event.shift_key() => editor.redo(),
            "y" => editor.redo(),
            "z" => editor.undo(),
            _ => return,
        };
        event.prevent_default();
        if !is_done {
            editor.announce("Nothing to undo");
        }
    });
}

impl Editor {
    pub(super) fn undo(self) -> bool {
        let is_done = self.session.undo();
        if is_done {
            self.announce("Undone");
        }
        is_done
    }

    /// Takes a certain change back, whatever was changed since.
    pub(super) fn undo_step(self, step: Option<u64>) {
        let is_done = step.is_some_and(|step| self.session.undo_step(step));
        self.announce(match is_done {
            true => "Undone",
            false => "It cannot be undone any more",
        });
    }

    pub(super) fn redo(self) -> bool {
        let is_done = self.session.redo();
        if is_done {
            self.announce("Redone");
        }
        is_done
    }

    /// Moves a widget among the others of its section, in reading order.
    pub(super) fn shift(self, id: &str, down: bool) {
        let board = self.session.shown.get_untracked();
        let Some((section, item)) = find(&board, id) else {
            return;
        };
        let Some(at) = section.items.iter().position(|it| it.widget == id) else {
            return;
        };
        let other = match down {
            true => section.items.get(at + 1),
            false => at.checked_sub(1).and_then(|at| section.items.get(at)),
        };
        let Some(other) = other else {
            return self.announce("It is the last one already");
        };
        // The upper one of the two takes the lower one's place.
        let (upper, lower) = if down { (item, other) } else { (other, item) };
        let first = Item {
            x: upper.x,
            y: upper.y,
            ..lower.clone()
        };
        let second = match upper.y == lower.y {
            true => Item {
                x: upper.x + lower.w,
                y: upper.y,
                ..upper.clone()
            },
            false => Item {
                y: upper.y + lower.h,
                ..upper.clone()
            },
        };
        let place = boards_place(&section.id, vec![first, second]);
        if self.session.edit(vec![place]) {
            self.announce(&place_of(self, id));
            super::editor::focus_soon(element_id(id));
        }
    }
}

fn boards_place(section: &str, items: Vec<Item>) -> protocol::BoardOperation {
    protocol::BoardOperation::Place {
        section: section.to_owned(),
        items,
    }
}
