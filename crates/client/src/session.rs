//! Updates the model: the connection, API requests, playback, and the signals through which widgets read the model.

pub(crate) mod api;
pub(crate) mod connection;

mod clock;
mod connection_status;
mod models;
mod notifier;
mod page_state;
mod playback_state;
mod rooms_panel;
mod shown_model;

mod stored_data;

pub(crate) mod history;

mod live;

pub(crate) mod rooms;

pub(crate) mod boards;

pub(crate) mod user_preferences;

pub(crate) use clock::{Clock, no_data_before};
pub(crate) use connection_status::ConnectionStatus;
pub(crate) use live::start;
pub(crate) use notifier::{Notifier, SOUND_KEY};
pub(crate) use page_state::PageState;
pub(crate) use playback_state::PlaybackState;
pub(crate) use rooms_panel::{ROOMS_BUTTON, RoomsPanel};
pub(crate) use shown_model::{SeriesHandle, ShownModel};
