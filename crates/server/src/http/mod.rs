//! HTTP: from the socket that is accepted to the handler that answers.

mod accept;
mod impatient;

mod guard;
mod security_headers;

mod preset;
mod router;

pub(crate) mod api;
mod health;
mod page;
mod site;

pub(crate) use accept::{Cut, bind, serve};
pub(crate) use guard::Guard;
pub(crate) use impatient::Impatient;
pub(crate) use preset::{Preset, query_value};
pub(crate) use router::router;
pub(crate) use site::Site;
