use std::io;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// The signals that the server obeys.
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Signal,
}

/// What a signal asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// `SIGHUP`: to read the configuration again.
    Reload,
    /// `SIGTERM`, or `SIGINT` from a terminal.
    Stop,
}

impl Signals {
    /// Signals are handled from this call on, and not only from the first wait.
    ///
    /// # Errors
    ///
    /// If the system has no more handlers.
    pub fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    /// Waits for the next one.
    pub async fn next(&mut self) -> Asked {
        tokio::select! {
            _ = self.terminate.recv() => Asked::Stop,
            _ = self.interrupt.recv() => Asked::Stop,
            _ = self.hang_up.recv() => Asked::Reload,
        }
    }
}
