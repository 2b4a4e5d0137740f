//! Rooms: what people say, and who is here.
//!
//! What a room is follows from the messages of the stream `rooms` alone: `state.rs` applies them, in the order of the log,
//! right before anybody can read them. Documents in the store let a start continue without reading all of them again
//! ([`Rooms::open`]). Who may read a private room, only the access of a principal says ([`access::Access`]), whose list is
//! replaced together with the log.
//!
//! Presence and typing are in no log: `presence.rs` knows who is here, and `live.rs` sends it.

mod error;
mod limits;
mod text;

mod recent;
mod room;
mod state;

mod restore;
mod service;

mod abandoned;
mod change;
mod listing;
mod muting;
mod removed_users;
mod rewriting;
mod say;

mod live;
mod presence;

pub(crate) use error::RoomError;
pub(crate) use listing::WantedPage;
pub(crate) use live::LiveError;
pub(crate) use service::{Caller, Rooms, WeakRooms, guest};
