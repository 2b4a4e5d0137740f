use crate::tls::TlsSocket;
use socket2::SockRef;
use std::io::{self, IoSlice};
use std::net::Shutdown;
use tokio::net::TcpStream;

/// Where a viewer's bytes are written, without waiting: a full sink returns `WouldBlock`.
pub(crate) trait Sink {
    fn try_write(&self, slices: &[IoSlice<'_>]) -> io::Result<usize>;

    /// Sends what was taken and not sent yet; returns whether any of it was sent.
    fn flush(&self) -> io::Result<bool> {
        Ok(false)
    }

    /// Whether something was taken and not sent yet. Encrypted bytes cannot be given back.
    fn has_unsent(&self) -> bool {
        false
    }
}

/// A viewer's socket, plain or encrypted.
#[derive(Debug)]
pub(crate) enum Socket {
    Plain(TcpStream),
    Tls(Box<TlsSocket>),
}

impl Socket {
    pub(crate) fn tcp(&self) -> &TcpStream {
        match self {
            Self::Plain(socket) => socket,
            Self::Tls(socket) => socket.tcp(),
        }
    }

    /// Reads without waiting; 0 at the end.
    pub(crate) fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.try_read(buffer),
            Self::Tls(socket) => socket.try_read(buffer),
        }
    }

    /// Whether bytes can be read that have left the kernel, which therefore announces them no more.
    pub(crate) fn has_received(&self) -> bool {
        match self {
            Self::Plain(_) => false,
            Self::Tls(socket) => socket.has_received(),
        }
    }

    /// Ends the sending direction.
    pub(crate) fn shutdown_write(&self) -> io::Result<()> {
        match self {
            Self::Plain(socket) => SockRef::from(socket).shutdown(Shutdown::Write),
            Self::Tls(socket) => socket.shutdown_write(),
        }
    }
}

/// For the viewer's own task: the runtime learns that the socket is full, and can wait for it.
impl Sink for Socket {
    fn try_write(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.try_write_vectored(slices),
            Self::Tls(socket) => socket.try_write(slices),
        }
    }

    fn flush(&self) -> io::Result<bool> {
        match self {
            Self::Plain(_) => Ok(false),
            Self::Tls(socket) => Ok(socket.flush()? > 0),
        }
    }

    fn has_unsent(&self) -> bool {
        match self {
            Self::Plain(_) => false,
            Self::Tls(socket) => socket.has_unsent(),
        }
    }
}

/// For a sweep: writes to the system directly. The runtime's state of the socket would be another cache miss
/// per viewer, and the socket nearly always has room.
pub(crate) struct Direct<'a>(pub(crate) &'a Socket);

impl Sink for Direct<'_> {
    fn try_write(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        let socket = match self.0 {
            Socket::Plain(socket) => SockRef::from(socket),
            Socket::Tls(socket) => return socket.try_write_directly(slices),
        };
        match slices {
            [slice] => socket.send(slice),
            slices => socket.send_vectored(slices),
        }
    }

    fn has_unsent(&self) -> bool {
        self.0.has_unsent()
    }
}
