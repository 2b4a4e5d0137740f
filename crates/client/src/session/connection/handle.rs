use super::task::Connection;
use leptos::prelude::*;
use protocol::{ClientMessage, RequestMetrics, Stream};

/// What widgets say to the connection. On the server, where there is none, nothing happens.
#[derive(Clone, Copy)]
pub(crate) struct ConnectionHandle {
    connection: StoredValue<Option<Connection>, LocalStorage>,
}

impl ConnectionHandle {
    pub(crate) fn new() -> Self {
        Self {
            connection: StoredValue::new_local(None),
        }
    }

    pub(crate) fn attach(&self, connection: Connection) {
        self.connection.set_value(Some(connection));
    }

    /// Asks for a sample now, or when the connection is back.
    pub(crate) fn refresh(&self) {
        self.with(|connection| {
            connection.send(ClientMessage::RequestMetrics(RequestMetrics::default()));
        });
    }

    /// Starts or stops a stream.
    pub(crate) fn follow(&self, stream: Stream, on: bool) {
        self.with(|connection| connection.follow(stream, on));
    }

    /// Wants at most one message of a stream in this time; each one if 0.
    pub(crate) fn pace(&self, stream: Stream, interval_ms: u64) {
        self.with(|connection| connection.pace(stream, interval_ms));
    }

    fn with(&self, act: impl FnOnce(&Connection)) {
        self.connection.with_value(|connection| {
            if let Some(connection) = connection {
                act(connection);
            }
        });
    }
}
