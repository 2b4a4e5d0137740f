//! What any page could use: signals and text, lists and controls, lazy loading, and what is asked of the
//! browser. Nothing here knows a message, a series or a connection.

pub(crate) mod browser;
pub(crate) mod json;

pub(crate) mod state;
pub(crate) mod text;

pub(crate) mod piece;
pub(crate) mod text_content;

pub(crate) mod export;
pub(crate) mod format;

pub(crate) mod toasts;

pub(crate) mod later;

pub(crate) mod bar;
pub(crate) mod button;
pub(crate) mod card;
pub(crate) mod fact;
pub(crate) mod form;
pub(crate) mod icon;
pub(crate) mod keyed;
pub(crate) mod menu;
pub(crate) mod more;
pub(crate) mod select;
