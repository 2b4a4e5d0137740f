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
mod files;
mod fonts;
mod frame;
mod idle;
mod keyboard;
mod kiosk;
mod listener;
mod notification;
mod popover;
mod preferences;
mod print;
mod scroll;
mod sound;
mod style_sheet;
mod theme;
mod throttle;
mod zone;

pub(crate) use canvas::{Canvas, number, set_length};
pub(crate) use clock::{
    Timer, date, date_time, day, local_input, monotonic_ms, now_ms, parse_number, random,
    read_local_input, wall_ahead_ms,
};
pub(crate) use colours::{colours, font, set_style};
pub(crate) use dialog::toggle_dialog;
pub(crate) use document::{
    BASE_PATH_META, IMAGES_META, PREFERENCES_META, PUBLIC_META, RANGE_FROM, RANGE_TO, Shown,
    api_url, base_path, child, copy_address, copy_text, focus_test_id, fragment, has_range,
    is_public, is_visible, is_wide, linked_moment, linked_series, meta, open_address_with,
    open_host, open_page, origin, origin_of, page_url, parameter, parameter_of, path, query,
    reload, set_attribute, set_disabled, set_hidden, set_moment, set_parameter, set_title,
    show_heading, shown_headings, sign_in_path, text_child, uri_component,
};
pub(crate) use download::{download, download_text};
pub(crate) use drift::{Drift, is_motion_reduced};
pub(crate) use element_observer::ElementObserver;
pub(crate) use events::{Input, Inputs, Pointed};
pub(crate) use files::read_chosen_file;
pub(crate) use fonts::on_font;
pub(crate) use frame::Frame;
pub(crate) use idle::when_idle;
pub(crate) use keyboard::{focus, hand_focus, leave_field, on_control_key, on_key};
pub(crate) use kiosk::{keep_screen_on, mark_document};
pub(crate) use listener::{on_window, on_window_event};
pub(crate) use notification::{ask_to_notify, may_notify, notify};
pub(crate) use popover::{close_popover, open_popover};
pub(crate) use preferences::{
    OFF, ON, recall, recall_in_tab, recall_switch, remember, remember_in_tab, remember_switch,
};
pub(crate) use print::on_print;
pub(crate) use scroll::{reveal, scroll_to_top, scroll_top};
pub(crate) use sound::beep;
pub(crate) use style_sheet::StyleSheet;
pub(crate) use theme::{THEME_KEY, Theme, in_light_theme, on_system_theme, set_theme, theme};
pub(crate) use throttle::Throttle;
pub(crate) use zone::{
    ZONE_META, Zone, browser_zone, hours, offset_minutes, server_zone, set_hours, set_zone,
    time_in, zone,
};
