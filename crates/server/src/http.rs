//! HTTP: from accepting a socket to the handlers.

mod accept;
mod connection_limits;
mod http2;
mod peer_user;
mod proxy_protocol;
mod refusal;
mod write_timeout;

mod base_path;
mod edge;
mod forwarded;
mod paced_body;
mod request_origin;
mod request_rates;
mod trusted_proxies;

mod guard;
mod observe;
mod security_headers;

mod authenticate;
mod login_off;
pub(crate) mod routes;

mod preset;
mod router;

pub(crate) mod api;
mod health;
mod inputs;
mod metrics;
mod page;
mod site;
mod status;

pub(crate) use accept::{Listening, ResponseAbort, bind, serve};
pub(crate) use base_path::BasePath;
pub(crate) use connection_limits::ConnectionLimits;
pub(crate) use edge::{Edge, EdgeParts};
pub(crate) use guard::Guard;
pub(crate) use preset::{Preset, query_value};
pub(crate) use request_origin::RequestOrigin;
pub(crate) use request_rates::RequestRates;
pub(crate) use router::router;
pub use routes::DeclaredRoute;
pub(crate) use routes::refuse;
pub(crate) use site::Site;
pub(crate) use trusted_proxies::TrustedProxies;
pub(crate) use write_timeout::WriteTimeout;
