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
    /// The moment of [`Effect::WakeAt`] has come.
    Wake,
    /// The browser has a network again, or the tab is looked at again.
    ReconnectNow,
    /// The machine was asleep, and the page's clock with it, for so many milliseconds.
    Slept { ms: f64 },
    /// The browser has no network.
    Offline,
    /// The page wants to say something.
    Send(ClientMessage),
    /// The viewer starts or stops a stream.
    Follow { stream: Stream, on: bool },
    /// The viewer wants a stream's newest once in this time; each message if 0.
    Pace { stream: Stream, interval_ms: u64 },
}

/// What is to be done about it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Effect {
    /// Open a channel; there is none.
    Open(Channel),
    /// Drop the channel; nothing it still says matters.
    Close,
    Send(Request),
    /// Give this to the store.
    Deliver(Box<Received>),
    /// Tell the store that these will not come.
    Missed(Missed),
    /// Come back at this time with [`Event::Wake`], instead of at the time said before.
    WakeAt(f64),
}

/// A way for messages to come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Channel {
    WebSocket,
    /// Server-Sent Events, which must be asked for everything in their address.
    Sse {
        streams: String,
        /// Another host than the server's own.
        host: Option<String>,
        last_event_id: Option<String>,
    },
}

/// What the page says about the connection.
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
    /// The browser says so.
    NoNetwork,
    /// The server wants somebody to sign in.
    NotSignedIn,
    /// The server refuses whoever is signed in.
    Forbidden,
}
