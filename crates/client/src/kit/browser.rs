//! What the page asks of the browser. To be called from effects and event handlers only.

mod canvas;
mod clock;
mod colours;
mod dialog;
mod document;
mod download;
mod drift;
mod element_observer;
mod events;
mod frame;
mod keyboard;
mod listener;
mod notification;
mod preferences;
mod print;
mod scroll;
mod sound;
mod theme;
mod throttle;

pub(crate) use canvas::{Canvas, number, set_length};
pub(crate) use clock::{
    Timer, local_input, monotonic_ms, offset_minutes, random, read_local_input, wall_ahead_ms,
};
pub(crate) use colours::{colours, font, set_style};
pub(crate) use dialog::toggle_dialog;
pub(crate) use document::{
    BASE_PATH_META, api_url, base_path, child, copy_address, is_visible, linked_moment,
    linked_series, meta, open_host, reload, set_disabled, set_hidden, set_moment, set_title,
    text_child, uri_component,
};
pub(crate) use download::{download, download_text};
pub(crate) use drift::{Drift, is_motion_reduced};
pub(crate) use element_observer::ElementObserver;
pub(crate) use events::{Input, Inputs, Pointed};
pub(crate) use frame::Frame;
pub(crate) use keyboard::{focus, hand_focus, on_key};
pub(crate) use listener::on_window;
pub(crate) use notification::{ask_to_notify, may_notify, notify};
pub(crate) use preferences::{recall_switch, remember_switch};
pub(crate) use print::on_print;
pub(crate) use scroll::{scroll_to_top, scroll_top};
pub(crate) use sound::beep;
pub(crate) use theme::{THEME_KEY, Theme, in_light_theme, on_system_theme, set_theme, theme};
pub(crate) use throttle::Throttle;
