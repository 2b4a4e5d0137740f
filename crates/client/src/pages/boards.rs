//! Boards that people build together: the list of them, and each with its widgets, to be looked at and changed.
//!
//! A board stands in the frame of the dashboard, in place of the built-in board. `view` is where it begins, `editor`
//! what is being done with it; all of it is loaded lazily.

mod list;
mod list_entry;
mod new_board;
mod template_data;
mod templates;
mod transfer;

mod arrangement;
mod editor;

mod clipboard;
mod gesture;
mod keys;
mod pointer;

mod item;
mod section;

mod field;
mod series_field;
mod text_caret;
mod text_field;

mod gallery;
mod panel;
mod settings;
mod variables;
mod versions;
mod widget_panel;

mod head;
mod kiosk;
mod view;

use super::registry::Context;
use crate::kit::browser::StyleSheet;
use crate::kit::later::{Build, chunk};
pub(super) use list::boards_content;
use std::sync::Arc;

/// The rules of all this: nothing of it is in the first view.
static STYLE: StyleSheet = StyleSheet::new(&[
    "@layer widgets{",
    include_str!("../../../../style/widgets/boards.css"),
    "}",
]);

chunk! {
    boards:
    /// The board that the page's address names.
    pub(super) fn fetch_board(context: Context) -> Build {
        STYLE.add();
        Arc::new(move || view::board_page(context.clone()))
    }
}
