//! Keeps the model current: the connection, requests for the past, playback, and the signals through which
//! widgets read what is known.

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

pub(crate) use link::Link;
pub(crate) use live::start;
pub(crate) use past_state::Past;
pub(crate) use shown::{Figures, Shown};
pub(crate) use view::View;
