use super::task::Connection;
use leptos::prelude::*;
use protocol::{ClientMessage, SetInterval, Stream, StreamOptions, Subscribe, Unsubscribe};

/// How many of a stream's newest messages are wanted when it is switched on again.
const LAST: u32 = 50;

/// What the page's controls hold of the connection; on the server, and before the page has
/// connected, they hold nothing.
#[derive(Clone, Copy)]
pub(crate) struct Remote {
    connection: StoredValue<Option<Connection>, LocalStorage>,
}

impl Remote {
    pub(crate) fn new() -> Self {
        Self {
            connection: StoredValue::new_local(None),
        }
    }

    pub(crate) fn connect(&self, connection: Connection) {
        self.connection.set_value(Some(connection));
    }

    /// Asks for a sample out of turn.
    pub(crate) fn refresh(&self) {
        self.send(ClientMessage::RequestMetrics);
    }

    pub(crate) fn set_stream(&self, stream: Stream, on: bool) {
        self.send(if on {
            let options = StreamOptions {
                last: Some(LAST),
                ..StreamOptions::default()
            };
            ClientMessage::Subscribe(Subscribe {
                streams: [(stream, options)].into(),
                ..Subscribe::default()
            })
        } else {
            ClientMessage::Unsubscribe(Unsubscribe {
                streams: vec![stream],
            })
        });
    }

    /// Asks for at most one message of a stream in this time; 0 for each.
    pub(crate) fn set_interval(&self, stream: Stream, interval_ms: u64) {
        self.send(ClientMessage::SetInterval(SetInterval {
            stream,
            interval_ms,
        }));
    }

    fn send(&self, message: ClientMessage) {
        self.connection.with_value(|connection| {
            if let Some(connection) = connection {
                connection.send(message);
            }
        });
    }
}
