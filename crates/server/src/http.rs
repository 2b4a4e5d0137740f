//! HTTP: from accepting a socket to the handlers.

mod accept;
mod write_timeout;

mod guard;
mod security_headers;

mod preset;
mod router;

pub(crate) mod api;
mod health;
mod page;
mod site;

pub(crate) use accept::{ConnectionAbort, bind, serve};
pub(crate) use guard::Guard;
pub(crate) use preset::{Preset, query_value};
pub(crate) use router::router;
pub(crate) use site::Site;
pub(crate) use write_timeout::WriteTimeout;
