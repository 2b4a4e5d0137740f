//! What the page asks of the browser. To be called from effects and event handlers only.

mod canvas;
mod clock;
mod document;
mod frame;
mod listener;
mod size;
mod theme;

pub(crate) use canvas::{Canvas, Paint};
pub(crate) use clock::{Timer, monotonic_ms, offset_minutes, random};
pub(crate) use document::{addresses, is_visible, reload, uri_component};
pub(crate) use frame::Frame;
pub(crate) use listener::on_window;
pub(crate) use size::watch_size;
pub(crate) use theme::{THEME_KEY, Theme, on_system_theme, set_theme, theme};
