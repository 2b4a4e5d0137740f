//! A board on a wall: nothing but the board, on a screen that stays on, and maybe one board after the other.

use super::editor::Editor;
use crate::kit::browser::{
    Timer, is_visible, keep_screen_on, mark_document, monotonic_ms, on_key, on_window, parameter,
    reload, set_parameter,
};
use crate::kit::text::on_change;
use leptos::prelude::*;
use std::rc::Rc;

/// In the page's address: whether this is a wall, which boards follow each other there, and how soon.
pub(super) const KIOSK: &str = "kiosk";
pub(super) const ROTATE: &str = "rotate";
const EVERY: &str = "every";

/// How long a board is shown, in milliseconds: at first, and at least.
const EVERY_MS: f64 = 30_000.0;
const EVERY_MS_MIN: f64 = 5_000.0;

/// The attribute of the document by which the style sheet leaves everything else out.
const ATTRIBUTE: &str = "data-kiosk";

/// Does what the page's address says.
pub(super) fn begin(editor: Editor) {
    if parameter(KIOSK).as_deref() != Some("1") {
        return;
    }
    mark_document(ATTRIBUTE);
    keep_screen_on();
    on_key(|key| {
        let leaves = key == "Escape";
        if leaves {
            for name in [KIOSK, ROTATE, EVERY] {
                set_parameter(name, None);
            }
            reload();
        }
        leaves
    });
    // The browser lets go of the screen when the page is hidden.
    on_window("visibilitychange", || {
        if is_visible() {
            keep_screen_on();
        }
    });
    let boards = boards(&parameter(ROTATE).unwrap_or_default());
    if boards.len() < 2 {
        return;
    }
    let every_ms = parameter(EVERY).and_then(|text| every_ms(&text));
    rotate(editor, boards, every_ms.unwrap_or(EVERY_MS));
}

/// Shows one board after the other.
fn rotate(editor: Editor, boards: Vec<String>, every_ms: f64) {
    let timer = StoredValue::new_local(None::<Timer>);
    let boards = Rc::new(boards);
    on_change(move || {
        let shown = editor.session.id.get();
        let boards = Rc::clone(&boards);
        let next = move || {
            let next = following(&boards, &shown);
            set_parameter(super::view::BOARD_PARAMETER, Some(&next));
            editor.session.open(next);
        };
        timer.set_value(Timer::at(monotonic_ms() + every_ms, next));
    });
}

/// As in `b1,b2`.
fn boards(text: &str) -> Vec<String> {
    let ids = text.split(',').map(str::trim);
    let ids = ids.filter(|id| !id.is_empty());
    ids.map(str::to_owned).collect()
}

/// The board after one; the first, if that is none of them.
fn following(boards: &[String], shown: &str) -> String {
    let at = boards.iter().position(|it| it == shown);
    let next = at.map_or(0, |at| (at + 1) % boards.len());
    boards.get(next).cloned().unwrap_or_default()
}

/// As in `30s` or `2m`, in milliseconds.
fn every_ms(text: &str) -> Option<f64> {
    let (digits, unit_ms) = match text.strip_suffix('m') {
        Some(digits) => (digits, 60_000.0),
        None => (text.strip_suffix('s').unwrap_or(text), 1_000.0),
    };
    let count: u32 = digits.parse().ok()?;
    Some((f64::from(count) * unit_ms).max(EVERY_MS_MIN))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boards_follow_each_other() {
        let boards = boards("b1, b2,,b3");
        assert_eq!(following(&boards, "b1"), "b2");
        assert_eq!(following(&boards, "b3"), "b1");
        assert_eq!(following(&boards, "b9"), "b1");
    }

    #[test]
    fn how_soon_is_read() {
        assert_eq!(every_ms("30s"), Some(30_000.0));
        assert_eq!(every_ms("2m"), Some(120_000.0));
        assert_eq!(every_ms("1"), Some(5_000.0));
        assert_eq!(every_ms("soon"), None);
    }
}
