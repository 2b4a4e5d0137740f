use super::events::Events;
use super::socket::Socket;
use leptos::task::spawn_local;
use std::rc::Rc;

/// The browser's code for a connection that ended without a close frame (RFC 6455, 7.4.1).
pub(super) const ABNORMAL_CLOSURE: u16 = 1006;

/// What arrives on a channel.
pub(super) enum Received {
    Text(String),
    Closed { code: u16 },
}

/// Called with what arrives, never before the channel is open.
pub(super) type Listen = Rc<dyn Fn(Received)>;

/// An open or opening WebSocket or stream of Server-Sent Events; dropping it closes it and
/// silences it.
pub(super) enum OpenChannel {
    Socket(Socket),
    Events(#[expect(dead_code, reason = "dropping it closes it")] Events),
}

impl OpenChannel {
    pub(super) fn socket(url: &str, listen: impl Fn(Received) + 'static) -> Option<Self> {
        let listen: Listen = Rc::new(listen);
        let socket = Socket::open(url, listen.clone()).map(Self::Socket);
        or_closed(socket, listen)
    }

    pub(super) fn events(url: &str, listen: impl Fn(Received) + 'static) -> Option<Self> {
        let listen: Listen = Rc::new(listen);
        let events = Events::open(url, listen.clone()).map(Self::Events);
        or_closed(events, listen)
    }

    /// Sends a text. Server-Sent Events go one way only.
    pub(super) fn send(&self, text: &str) {
        if let Self::Socket(socket) = self {
            socket.send(text);
        }
    }
}

/// Reports an address that cannot be opened as closed, after this returns.
fn or_closed(channel: Option<OpenChannel>, listen: Listen) -> Option<OpenChannel> {
    if channel.is_none() {
        spawn_local(async move {
            listen(Received::Closed {
                code: ABNORMAL_CLOSURE,
            });
        });
    }
    channel
}
