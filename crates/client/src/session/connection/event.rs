use crate::model::Missed;
use protocol::{ClientMessage, Received, Request, Stream};

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Event {
    /// The page is ready.
    Start,
    /// The channel has a message.
    Text(String),
    /// The channel is closed, or could not be opened.
    Closed { code: u16 },
    /// It is time for [`Effect::WakeAt`].
    Wake,
    /// The browser is online again, or the tab is visible again.
    ReconnectNow,
    /// The computer was suspended, and the page's clock with it, for so many milliseconds.
    Slept { ms: f64 },
    /// The browser has no network.
    Offline,
    /// The page sends a message.
    Send(ClientMessage),
    /// The viewer starts or stops a stream.
    SetOn { stream: Stream, on: bool },
    /// The viewer changes a stream's interval.
    SetInterval { stream: Stream, interval_ms: u64 },
}

/// What to do about it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Effect {
    /// Open a channel; there is none.
    Open(Channel),
    /// Close the channel and ignore what still arrives.
    Close,
    Send(Request),
    /// Pass this to the model.
    Deliver(Box<Received>),
    /// Report to the model that these are lost.
    Missed(Missed),
    /// Pass this text on, which the page itself does not read.
    Unread(String),
    /// Set the timer to this time; it fires [`Event::Wake`].
    WakeAt(f64),
}

/// A channel for messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Channel {
    WebSocket,
    /// Server-Sent Events, whose address contains the subscription.
    Sse {
        streams: String,
        /// Another host than the server's own.
        host: Option<String>,
        last_event_id: Option<String>,
    },
}

/// The connection, as the page shows it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Status {
    /// A channel is being opened, the first time or after `attempt` failures.
    Connecting {
        attempt: u32,
    },
    Live,
    /// The next attempt is at `retry_at_ms`.
    Waiting {
        retry_at_ms: f64,
        attempt: u32,
    },
    Offline(OfflineReason),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OfflineReason {
    /// The browser reports it.
    NoNetwork,
    /// The server requires a login.
    NotSignedIn,
    /// The server refuses this user.
    Forbidden,
}
