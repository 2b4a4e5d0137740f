//! A connection of an attacker, plain or encrypted.

use crate::Target;
use crate::wire;
use rustls::pki_types::ServerName;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// What a connection speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    /// Bytes without a handshake.
    Raw,
    /// HTTP/1.1, over TLS if the server has it.
    Http1,
    /// HTTP/2, which takes TLS.
    Http2,
}

/// How connections are encrypted, if they are.
pub(super) struct Encryption {
    http1: TlsConnector,
    http2: TlsConnector,
    name: ServerName<'static>,
}

impl Encryption {
    pub(super) fn of(target: &Target) -> Option<Self> {
        let offering =
            |protocol: &[u8]| TlsConnector::from(Arc::new(wire::tls_client_offering(protocol)));
        target.is_tls.then(|| Self {
            http1: offering(b"http/1.1"),
            http2: offering(b"h2"),
            name: target.address.ip().into(),
        })
    }
}

/// The bytes that a server reads and writes, and the socket below them.
pub(super) enum Link {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Link {
    pub(super) async fn open(
        socket: TcpStream,
        encryption: Option<&Encryption>,
        protocol: Protocol,
    ) -> io::Result<Self> {
        let (Some(of), false) = (encryption, protocol == Protocol::Raw) else {
            return Ok(Self::Plain(socket));
        };
        let connector = match protocol {
            Protocol::Http2 => &of.http2,
            Protocol::Http1 | Protocol::Raw => &of.http1,
        };
        let session = connector.connect(of.name.clone(), socket).await?;
        Ok(Self::Tls(Box::new(session)))
    }

    pub(super) fn socket(&self) -> &TcpStream {
        match self {
            Self::Plain(socket) => socket,
            Self::Tls(session) => session.get_ref().0,
        }
    }
}

impl AsyncRead for Link {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(socket) => Pin::new(socket).poll_read(context, buffer),
            Self::Tls(session) => Pin::new(session).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Link {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(socket) => Pin::new(socket).poll_write(context, bytes),
            Self::Tls(session) => Pin::new(session).poll_write(context, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(socket) => Pin::new(socket).poll_flush(context),
            Self::Tls(session) => Pin::new(session).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(socket) => Pin::new(socket).poll_shutdown(context),
            Self::Tls(session) => Pin::new(session).poll_shutdown(context),
        }
    }
}
