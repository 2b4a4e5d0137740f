use protocol::{Durable, Event};

/// A message of the server about itself: a sample or the processes of its own host, or an event. Only these are
/// published while the store is unavailable; see [`Appender::publish`](super::Appender::publish).
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct OwnMessage(Durable);

impl OwnMessage {
    /// Of a message that the server's own collector made; the message itself if it is of another kind, as those of
    /// simulated programs are.
    #[expect(clippy::result_large_err, reason = "the message is returned as it is")]
    pub(crate) fn of_collector(message: Durable) -> Result<Self, Durable> {
        match message {
            Durable::Metrics(_) | Durable::Processes(_) | Durable::Event(_) => Ok(Self(message)),
            other => Err(other),
        }
    }
}

impl From<Event> for OwnMessage {
    fn from(event: Event) -> Self {
        Self(Durable::Event(event))
    }
}

impl From<OwnMessage> for Durable {
    fn from(OwnMessage(message): OwnMessage) -> Self {
        message
    }
}
