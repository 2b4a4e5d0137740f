//! A viewer's connection, plain or encrypted.

mod any_certificate;

use mio::net::TcpStream;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection};
use std::io::{self, ErrorKind, Read, Write};
use std::sync::Arc;

/// A socket that does not wait, with a TLS session if the target has one.
pub(crate) enum Wire {
    Plain(TcpStream),
    Tls(TcpStream, Box<ClientConnection>),
}

/// Settings of all encrypted connections of a run.
pub(crate) fn tls_client() -> Arc<ClientConfig> {
    Arc::new(any_certificate::client())
}

/// The same for a client that offers one protocol (RFC 7301).
pub(crate) fn tls_client_offering(protocol: &[u8]) -> ClientConfig {
    let mut config = any_certificate::client();
    config.alpn_protocols = vec![protocol.to_vec()];
    config
}

impl Wire {
    /// Begins a session, whose handshake the first reads and writes carry out.
    pub(crate) fn tls(socket: TcpStream, config: Arc<ClientConfig>) -> io::Result<Self> {
        let name = ServerName::IpAddress(socket.peer_addr().map_or_else(
            |_| std::net::Ipv4Addr::LOCALHOST.into(),
            |peer| peer.ip().into(),
        ));
        let session = ClientConnection::new(config, name).map_err(io::Error::other)?;
        Ok(Self::Tls(socket, Box::new(session)))
    }

    pub(crate) fn socket(&mut self) -> &mut TcpStream {
        match self {
            Self::Plain(socket) | Self::Tls(socket, _) => socket,
        }
    }
}

impl Read for Wire {
    /// A short read means that the socket is empty.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let (socket, session) = match self {
            Self::Plain(socket) => return socket.read(buffer),
            Self::Tls(socket, session) => (socket, session),
        };
        let mut filled = 0;
        loop {
            match session.reader().read(&mut buffer[filled..]) {
                Ok(0) => return Ok(filled),
                Ok(read) => filled += read,
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(_) if filled > 0 => return Ok(filled),
                Err(error) => return Err(error),
            }
            if filled == buffer.len() {
                return Ok(filled);
            }
            match session.read_tls(socket) {
                Ok(0) => return Ok(filled),
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock && filled > 0 => {
                    return Ok(filled);
                }
                Err(error) => return Err(error),
            }
            session.process_new_packets().map_err(io::Error::other)?;
            send(session, socket)?;
        }
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.write(bytes),
            Self::Tls(socket, session) => {
                let taken = session.writer().write(bytes)?;
                send(session, socket)?;
                if taken == 0 {
                    return Err(ErrorKind::WouldBlock.into());
                }
                Ok(taken)
            }
        }
    }

    /// Sends what the session has encrypted, as far as there is room.
    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(_) => Ok(()),
            Self::Tls(socket, session) => send(session, socket),
        }
    }
}

fn send(session: &mut ClientConnection, socket: &mut TcpStream) -> io::Result<()> {
    while session.wants_write() {
        match session.write_tls(socket) {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => break,
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
