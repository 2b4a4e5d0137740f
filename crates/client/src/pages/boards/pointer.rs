//! Widgets are moved by their heads, and resized by their corners.

use super::arrangement::{Grabbed, find};
use super::editor::{Editor, Panel};
use super::gesture::Grid;
use crate::kit::browser::{focus, leave_field};
use leptos::prelude::*;
use protocol::{BoardOperation, Item};
use wasm_bindgen::JsCast;
use web_sys::{Element, PointerEvent};

/// A pointer moves so far before the widget does, in CSS pixels: others only press.
const STILL_PX: f64 = 4.0;

/// So near to the edges of the window the page scrolls, and so fast, in CSS pixels.
const EDGE_PX: f64 = 56.0;
const SCROLL_PX: f64 = 12.0;

/// What in a widget is pressed for itself.
const CONTROLS: &str = "button:not(.board-grab),a,input,select,textarea,[role=slider],summary";

/// What a pointer does to a widget.
#[derive(Debug, Clone)]
pub(super) struct Drag {
    pointer: i32,
    resizes: bool,
    /// Where it was pressed, and the widget's top left corner from there.
    start: (f64, f64),
    corner: (f64, f64),
    section: String,
    item: Item,
    has_moved: bool,
}

/// A pointer was pressed on a widget.
pub(super) fn down(editor: Editor, id: &str, event: &PointerEvent) {
    if !editor.is_on.get_untracked() || event.button() != 0 {
        return;
    }
    let Some(target) = element(event.target()) else {
        return;
    };
    let is_in = |selector: &str| matches!(target.closest(selector), Ok(Some(_)));
    if editor.panel.get_untracked() == Panel::Widget {
        leave_field();
        editor.selected.set_if_changed(Some(id.to_owned()));
    }
    let resizes = is_in(".board-resize");
    // A finger on the head scrolls the page; it moves by the handle.
    let by_head = is_in(".card-header") && event.pointer_type() != "touch" && !is_in(CONTROLS);
    if !(resizes || by_head || is_in(".board-grab")) {
        return;
    }
    let Some(widget) = element(event.current_target()) else {
        return;
    };
    let board = editor.session.shown.get_untracked();
    let Some((section, item)) = find(&board, id) else {
        return;
    };
    if !grid_of(&section.id).is_some_and(Grid::has_columns) {
        return;
    }
    event.prevent_default();
    focus(&super::item::element_id(id));
    // It fails for a pointer that is gone.
    let _ = widget.set_pointer_capture(event.pointer_id());
    let (x, y) = point(event);
    let rect = widget.get_bounding_client_rect();
    editor.drag.set_value(Some(Drag {
        pointer: event.pointer_id(),
        resizes,
        start: (x, y),
        corner: (rect.left() - x, rect.top() - y),
        section: section.id.clone(),
        item: item.clone(),
        has_moved: false,
    }));
}

/// The pointer moves.
pub(super) fn moved(editor: Editor, event: &PointerEvent) {
    let Some(mut drag) = editor.drag.get_value() else {
        return;
    };
    if drag.pointer != event.pointer_id() {
        return;
    }
    let (x, y) = point(event);
    let (across, down) = (x - drag.start.0, y - drag.start.1);
    if !drag.has_moved {
        if across.abs() < STILL_PX && down.abs() < STILL_PX {
            return;
        }
        drag.has_moved = true;
        editor.drag.set_value(Some(drag.clone()));
    }
    scroll_at_edges(y);
    let section = match drag.resizes {
        true => drag.section.clone(),
        false => section_at(editor, y).unwrap_or_else(|| drag.section.clone()),
    };
    let Some(grid) = grid_of(&section) else {
        return;
    };
    let item = match drag.resizes {
        true => grid.resized(&drag.item, across, down),
        false => grid.moved(&drag.item, x + drag.corner.0, y + drag.corner.1),
    };
    if let Some(item) = item {
        editor.grabbed.set_if_changed(Some(Grabbed {
            from: drag.section,
            before: drag.item,
            section,
            item,
            by_keys: false,
        }));
    }
}

/// The pointer was lifted: the widget stays where it is.
pub(super) fn up(editor: Editor) {
    if editor.drag.get_value().is_some() {
        editor.drag.set_value(None);
        editor.release();
    }
}

/// The browser has taken the pointer.
pub(super) fn cancelled(editor: Editor) {
    if editor.drag.get_value().is_some() {
        editor.drag.set_value(None);
        editor.grabbed.set_if_changed(None);
    }
}

impl Editor {
    /// Puts what is moved where it is.
    pub(super) fn release(self) {
        let Some(grabbed) = self.grabbed.get_untracked() else {
            return;
        };
        let id = grabbed.item.widget.clone();
        if grabbed.item != grabbed.before || grabbed.section != grabbed.from {
            // The preview stays until the board is as it shows.
            let place = BoardOperation::Place {
                section: grabbed.section,
                items: vec![grabbed.item],
            };
            self.session.edit(vec![place]);
        }
        self.grabbed.set(None);
        super::editor::focus_soon(super::item::element_id(&id));
    }
}

fn point(event: &PointerEvent) -> (f64, f64) {
    (f64::from(event.client_x()), f64::from(event.client_y()))
}

fn element(target: Option<web_sys::EventTarget>) -> Option<Element> {
    target?.dyn_into().ok()
}

/// The grid of a section.
fn grid_of(section: &str) -> Option<Grid> {
    let grid = document().get_element_by_id(&super::section::grid_id(section))?;
    let rect = grid.get_bounding_client_rect();
    Some(Grid {
        left: rect.left(),
        top: rect.top(),
        width: rect.width(),
        height: rect.height(),
    })
}

/// The section whose rows are at a height of the window.
fn section_at(editor: Editor, y: f64) -> Option<String> {
    editor.session.shown.with_untracked(|board| {
        let mut sections = board.sections.iter();
        let is_there = |id: &str| grid_of(id).is_some_and(|grid| grid.has_row_at(y));
        let section = sections.find(|section| is_there(&section.id))?;
        Some(section.id.clone())
    })
}

fn scroll_at_edges(y: f64) {
    let window = window();
    let height = window.inner_height().ok().and_then(|it| it.as_f64());
    let Some(height) = height else {
        return;
    };
    if y < EDGE_PX {
        window.scroll_by_with_x_and_y(0.0, -SCROLL_PX);
    } else if y > height - EDGE_PX {
        window.scroll_by_with_x_and_y(0.0, SCROLL_PX);
    }
}
