//! Notifications: each target is a cursor in the journal.
//!
//! A target's cursor moves, and is stored, once the target has accepted what is before it: at least once, and with the
//! same ids if it is repeated. A target that does not answer delays no other.

mod form;

mod target;

mod evidence;

mod batch;
mod delivery;

mod service;

pub(crate) use service::{NotifierSettings, Notifiers};
