//! What keys and buttons do to the charts' window and cursor.

use chart::{Move, Window};

/// What a chart's cursor says of itself where there is none.
pub(in crate::widgets) const NO_CURSOR: &str = "No time selected";

/// A key zooms by this factor.
pub(super) const ZOOM_STEP: f64 = 1.5;

/// A button pans by this share of the window.
pub(super) const PAN_STEP: f64 = 0.25;

/// What a key, or a button, does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Command {
    /// Moves the cursor.
    Move(Move),
    /// Makes the window so many times as long.
    Zoom(f64),
    /// Moves the window by a share of it.
    Pan(f64),
    /// Follows the newest samples with so long a window.
    Span(f64),
    /// Shows a window.
    Between(Window),
    /// Moves the window so that it contains a moment.
    Reveal(f64),
    /// Follows the newest samples with the window from the start.
    Reset,
    /// Shows everything as it was at the cursor.
    Choose,
    /// Takes the cursor away.
    Leave,
}

/// The command of a key that is pressed on a chart.
pub(super) fn command(key: &str, shift: bool) -> Option<Command> {
    Some(match (key, shift) {
        ("ArrowLeft", false) => Command::Move(Move::Back),
        ("ArrowRight", false) => Command::Move(Move::Forward),
        ("ArrowLeft", true) | ("PageDown", _) => Command::Move(Move::PageBack),
        ("ArrowRight", true) | ("PageUp", _) => Command::Move(Move::PageForward),
        ("Home", _) => Command::Move(Move::First),
        ("End", _) => Command::Move(Move::Last),
        ("+" | "=", _) => Command::Zoom(1.0 / ZOOM_STEP),
        ("-", _) => Command::Zoom(ZOOM_STEP),
        ("0", _) => Command::Reset,
        ("Enter", _) => Command::Choose,
        ("Escape", _) => Command::Leave,
        _ => return None,
    })
}
