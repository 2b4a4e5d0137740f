//! Updates the model: the connection, API requests, playback, and the signals through which widgets read the model.

pub(crate) mod connection;

mod attention;
mod known;
mod link;
mod past_state;
mod shown;
mod view;

mod look_back;

pub(crate) mod past;

mod live;

pub(crate) use attention::Attention;
pub(crate) use link::Link;
pub(crate) use live::start;
pub(crate) use past_state::Past;
pub(crate) use shown::{SeriesHandle, Shown};
pub(crate) use view::View;
