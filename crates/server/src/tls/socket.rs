use rustls::ServerConnection;
use socket2::SockRef;
use std::io::{self, BufRead, IoSlice, Read, Write};
use std::net::Shutdown;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::net::TcpStream;

/// A socket with a TLS session, written to and read from without waiting, by several threads.
///
/// The session encrypts all that it takes. What the socket has no room for stays in the session, up to 64 KiB; until
/// it has left, nothing more is taken.
#[derive(Debug)]
pub(crate) struct TlsSocket {
    tcp: TcpStream,
    session: Mutex<ServerConnection>,
}

/// Who writes.
#[derive(Clone, Copy)]
enum Writer {
    /// A task: the runtime learns that the socket is full, and can wait for it.
    Task,
    /// A sweep: writes to the system directly.
    Sweep,
}

impl TlsSocket {
    /// Continues a connection after its handshake.
    pub(crate) fn new(tcp: TcpStream, session: ServerConnection) -> Self {
        let session = Mutex::new(session);
        Self { tcp, session }
    }

    pub(crate) fn tcp(&self) -> &TcpStream {
        &self.tcp
    }

    /// No code of ours that may panic runs under this lock, which is taken last.
    fn session(&self) -> MutexGuard<'_, ServerConnection> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes what the task of the connection has. `WouldBlock` if nothing was taken.
    pub(crate) fn try_write(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.write(slices, Writer::Task)
    }

    /// Writes what a sweep has.
    pub(crate) fn try_write_directly(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.write(slices, Writer::Sweep)
    }

    fn write(&self, slices: &[IoSlice<'_>], writer: Writer) -> io::Result<usize> {
        let mut session = self.session();
        self.send(&mut session, writer)?;
        if session.wants_write() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let taken = session.writer().write_vectored(slices)?;
        self.send(&mut session, writer)?;
        Ok(taken)
    }

    /// Sends what was taken before; returns how much of it, in encrypted bytes.
    pub(crate) fn flush(&self) -> io::Result<usize> {
        self.send(&mut self.session(), Writer::Task)
    }

    /// Whether something that was taken has not been sent.
    pub(crate) fn has_unsent(&self) -> bool {
        self.session().wants_write()
    }

    fn send(&self, session: &mut ServerConnection, writer: Writer) -> io::Result<usize> {
        let mut sent = 0;
        while session.wants_write() {
            match session.write_tls(&mut Tcp(&self.tcp, writer)) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(length) => sent += length,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        Ok(sent)
    }

    /// Reads what the peer has sent; 0 at its end. `WouldBlock` if there is nothing.
    pub(crate) fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut session = self.session();
        loop {
            match session.reader().read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                read => return read,
            }
            if session.read_tls(&mut Tcp(&self.tcp, Writer::Task))? == 0 {
                return Ok(0);
            }
            if let Err(error) = session.process_new_packets() {
                // The alert that explains it is sent if there is room.
                let _ = self.send(&mut session, Writer::Task);
                return Err(io::Error::new(io::ErrorKind::InvalidData, error));
            }
        }
    }

    /// Whether bytes have been decrypted that were not read yet.
    pub(crate) fn has_received(&self) -> bool {
        let mut session = self.session();
        let mut reader = session.reader();
        reader.fill_buf().is_ok_and(|bytes| !bytes.is_empty())
    }

    /// Ends the sending direction, so that the peer knows that nothing was cut off.
    pub(crate) fn shutdown_write(&self) -> io::Result<()> {
        let mut session = self.session();
        session.send_close_notify();
        self.send(&mut session, Writer::Task)?;
        SockRef::from(&self.tcp).shutdown(Shutdown::Write)
    }
}

/// The socket as rustls needs it.
struct Tcp<'a>(&'a TcpStream, Writer);

impl Read for Tcp<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.try_read(buffer)
    }
}

impl Write for Tcp<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_vectored(&[IoSlice::new(bytes)])
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        match self.1 {
            Writer::Task => self.0.try_write_vectored(slices),
            Writer::Sweep => SockRef::from(self.0).send_vectored(slices),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
