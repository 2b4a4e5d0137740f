//! TLS for the server's own listener, with rustls.
//!
//! Handshakes and HTTP use `tokio-rustls`, as usual. A WebSocket has no such stream: a sweep writes to thousands of
//! sockets without waiting, so `TlsSocket` does the same with a session of its own.

mod certificate;
mod renewal;
mod self_signed;

mod socket;

pub use certificate::{CertificateError, CertificateSource};
pub(crate) use renewal::{Tls, is_http2};
pub(crate) use socket::TlsSocket;
