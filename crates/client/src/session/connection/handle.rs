use super::task::Connection;
use leptos::prelude::*;
use protocol::{ClientMessage, RequestMetrics, Stream};
use std::rc::Rc;

/// The connection, as widgets use it. On the server, which has none, its functions do nothing.
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

    /// Requests a sample now, or when the connection is back.
    pub(crate) fn refresh(&self) {
        self.send(ClientMessage::RequestMetrics(RequestMetrics::default()));
    }

    /// Sends a message, now or when the connection is back.
    pub(crate) fn send(&self, message: ClientMessage) {
        self.with(|connection| connection.send(message));
    }

    /// From now on passes on what the page itself does not read.
    pub(crate) fn listen(&self, listener: Rc<dyn Fn(&str)>) {
        self.with(|connection| connection.listen(listener));
    }

    /// Reconnects without waiting for the next attempt.
    pub(crate) fn reconnect_now(&self) {
        self.with(Connection::reconnect_now);
    }

    /// Starts or stops a stream.
    pub(crate) fn set_on(&self, stream: Stream, on: bool) {
        self.with(|connection| connection.set_on(stream, on));
    }

    /// Sets a stream's interval: at most one message in this time, each one if 0.
    pub(crate) fn set_interval(&self, stream: Stream, interval_ms: u64) {
        self.with(|connection| connection.set_interval(stream, interval_ms));
    }

    fn with(&self, act: impl FnOnce(&Connection)) {
        self.connection.with_value(|connection| {
            if let Some(connection) = connection {
                act(connection);
            }
        });
    }
}
