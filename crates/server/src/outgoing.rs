//! The one HTTP client for all requests that the server sends: scrapes, polls, webhooks.
//!
//! A user who names a target must not reach, through this server, what only this server can reach (server-side request
//! forgery). So the name is resolved here, every address is checked, and the connection goes to exactly the address that
//! was checked: a name that resolves to something else a moment later changes nothing. Redirects are responses like any
//! other and are not followed, environment variables for proxies are ignored, and everything has a limit: the time of the
//! whole request, the response's header and its body, and the number of requests at the same time.

mod address;
mod target;

mod connect;
mod own_listener;
mod ping;

mod error;

mod client;

mod mail;

pub use address::Networks;
pub use client::{Outgoing, OutgoingRequest, OutgoingResponse};
pub use error::OutgoingError;
pub(crate) use mail::{MailError, Mailer};
pub use target::{InvalidTarget, Target};
