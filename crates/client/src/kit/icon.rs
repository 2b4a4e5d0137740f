use leptos::prelude::*;
use protocol::Level;

/// A line drawing on a grid of 16, in the colour of the text around it.
pub(crate) fn icon(path: &'static str) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
            <path d=path></path>
        </svg>
    }
}

pub(crate) const VIEWERS: &str = "M6 7.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5ZM1.5 13.5c0-2.5 2-4 4.5-4s4.5 1.5 4.5 4M10.5 2.7a2.5 2.5 0 0 1 0 4.6M12 9.8c1.6.6 2.5 1.9 2.5 3.7";
pub(crate) const PAUSE: &str = "M5.5 3v10M10.5 3v10";
pub(crate) const RESUME: &str = "M5 3l8 5-8 5Z";
pub(crate) const REFRESH: &str = "M13.5 8a5.5 5.5 0 1 1-1.6-3.9L13.5 5.5M13.5 2.5v3h-3";
pub(crate) const CHECK: &str = "M3.5 8.5 6.5 11.5 12.5 5";
pub(crate) const CLOSE: &str = "M4 4l8 8M12 4l-8 8";
pub(crate) const SAVE: &str = "M8 2v8M4.5 7 8 10.5 11.5 7M2.5 13.5h11";
pub(crate) const HELP: &str = "M6 6a2 2 0 1 1 2.8 1.9C8.2 8.2 8 8.5 8 9.5M8 12v.1";
pub(crate) const SOUND: &str =
    "M2.5 6v4h2.5L8.5 13V3L5 6ZM11 5.5a3.5 3.5 0 0 1 0 5M12.8 3.5a6 6 0 0 1 0 9";
pub(crate) const MUTED: &str = "M2.5 6v4h2.5L8.5 13V3L5 6ZM11 6.3l3.4 3.4M14.4 6.3 11 9.7";
pub(crate) const BELL: &str =
    "M8 2a4 4 0 0 1 4 4c0 3.5 1.5 5 1.5 5h-11S4 9.5 4 6a4 4 0 0 1 4-4ZM6.5 13.5a1.6 1.6 0 0 0 3 0";
pub(crate) const UP: &str = "M8 13V3M4 7l4-4 4 4";
pub(crate) const DOWN: &str = "M8 3v10M4 9l4 4 4-4";
pub(crate) const OPEN: &str = "M4 6l4 4 4-4";
pub(crate) const LEFT: &str = "M10 3.5 5.5 8l4.5 4.5";
pub(crate) const RIGHT: &str = "M6 3.5 10.5 8 6 12.5";
pub(crate) const REWIND: &str = "M8 4 3.5 8 8 12ZM13 4 8.5 8 13 12Z";
pub(crate) const FORWARD: &str = "M3 4l4.5 4L3 12ZM8 4l4.5 4L8 12Z";
pub(crate) const PLUS: &str = "M8 3v10M3 8h10";
pub(crate) const MINUS: &str = "M3 8h10";
pub(crate) const GRIP: &str = "M6 4v.1M10 4v.1M6 8v.1M10 8v.1M6 12v.1M10 12v.1";
pub(crate) const EDIT: &str = "M3 13l.8-3.2L10.5 3l2.5 2.5-6.8 6.8ZM9 4.5 11.5 7";
pub(crate) const UNDO: &str = "M3 6.5h6.5a3.5 3.5 0 0 1 0 7H6M5.5 3.5l-3 3 3 3";
pub(crate) const REDO: &str = "M13 6.5H6.5a3.5 3.5 0 0 0 0 7H10M10.5 3.5l3 3-3 3";
pub(crate) const COPY: &str = "M5.5 5.5h8v8h-8ZM3 10.5h-.5v-8h8V3";
pub(crate) const MORE: &str = "M3 8v.1M8 8v.1M13 8v.1";
pub(crate) const SEARCH: &str = "M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10ZM10.7 10.7 14 14";
pub(crate) const OVERVIEW: &str =
    "M2.5 2.5h4.5v6H2.5ZM9 2.5h4.5v3H9ZM9 7.5h4.5v6H9ZM2.5 10.5h4.5v3H2.5Z";
pub(crate) const BOARDS: &str =
    "M2.5 2.5h6.5v5H2.5ZM11 2.5h2.5v5H11ZM2.5 9.5H5v4H2.5ZM7 9.5h6.5v4H7Z";
pub(crate) const HOSTS: &str = "M2.5 3h11v4h-11ZM2.5 9h11v4h-11ZM5 5v.1M5 11v.1";
pub(crate) const SETTINGS: &str = "M2 4.5h6.5M12.5 4.5H14M2 11.5h1.5M7.5 11.5H14M10.5 6.5a2 2 0 1 0 0-4 2 2 0 0 0 0 4ZM5.5 13.5a2 2 0 1 0 0-4 2 2 0 0 0 0 4Z";
pub(crate) const USER: &str =
    "M8 8a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM2.5 14c.4-3 2.6-4.5 5.5-4.5s5.1 1.5 5.5 4.5";
pub(crate) const LINK: &str =
    "M6.5 9.5l3-3M7.5 5l1-1a2.5 2.5 0 0 1 3.5 3.5l-1 1M8.5 11l-1 1A2.5 2.5 0 0 1 4 8.5l1-1";
pub(crate) const ROOMS: &str = "M2.5 3h11v7.5h-6L4.5 13v-2.5h-2ZM5.5 6h5M5.5 8h3";
pub(crate) const PUBLIC: &str = "M6.5 2.5 5 13.5M11 2.5 9.5 13.5M3 5.5h10.5M2.5 10.5H13";
pub(crate) const PRIVATE: &str = "M4 7.5h8v6H4ZM5.5 7.5V5a2.5 2.5 0 0 1 5 0v2.5";
pub(crate) const SEND: &str = "M2.5 8 13.5 3 10 13.5 7.5 9ZM7.5 9l6-6";
pub(crate) const MOMENT: &str = "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 5v3.2l2 1.3";
pub(crate) const FULL: &str = "M9.5 2.5h4v4M13.5 2.5 9 7M6.5 13.5h-4v-4M2.5 13.5 7 9";
pub(crate) const STATISTICS: &str = "M2.5 13.5h11M4 11V8M8 11V3M12 11V6";
pub(crate) const EVIDENCE: &str = "M1.5 9H4l1.5-5.5L8.5 13l2-6 1 2h3";

pub(crate) const HALF_DISC: &str = "M8 2a6 6 0 1 0 0 12ZM8 2a6 6 0 0 1 0 12";
pub(crate) const SUN: &str = "M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1 1M12 12l1 1M3 13l1-1M12 4l1-1";
pub(crate) const MOON: &str = "M13.5 9.5A6 6 0 0 1 6.5 2.5a6 6 0 1 0 7 7Z";

/// A shape for each level, so that no meaning hangs on colour alone.
pub(crate) fn level_path(level: Level) -> &'static str {
    match level {
        Level::Debug => "M5.5 5 2.5 8l3 3M10.5 5l3 3-3 3",
        Level::Info => "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 7.5V11M8 5v.1",
        Level::Success => "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM5.5 8.2 7.2 10l3.3-3.7",
        Level::Warning => "M8 2.5 14.5 13.5h-13ZM8 6.5v3.5M8 11.8v.1",
        Level::Error => "M5.5 2h5L14 5.5v5L10.5 14h-5L2 10.5v-5ZM6 6l4 4M10 6l-4 4",
    }
}
