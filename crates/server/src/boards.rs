//! Boards: documents that people make together.
//!
//! What a board is follows from the messages of the stream `boards` alone: `state.rs` applies them, in the order of the log,
//! right before anybody can read them. Each is checked before it is committed, while nothing else changes its board, so that
//! it can be applied. Documents in the store let a start continue ([`Boards::open`]).
//!
//! A private board's messages are of a channel that its owner alone sees; to everybody else the board does not exist.

mod error;
mod limits;

mod board;
mod recent;
mod state;

mod restore;
mod service;

mod caller;

mod edit;
mod listing;
mod manage;
mod removed_users;
mod versions;

pub(crate) use caller::Caller;
pub(crate) use error::BoardError;
pub(crate) use service::Boards;
