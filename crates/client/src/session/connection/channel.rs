use super::events::Events;
use super::socket::Socket;
use leptos::task::spawn_local;
use std::rc::Rc;

/// The browser's code for a connection that ended without a close frame (RFC 6455, 7.4.1).
pub(super) const ABNORMAL_CLOSURE: u16 = 1006;

/// What a channel tells its owner.
pub(super) enum Said {
    Text(String),
    Closed { code: u16 },
}

pub(super) type Listen = Rc<dyn Fn(Said)>;

/// An open or opening WebSocket or stream of Server-Sent Events; dropping it closes it and
/// silences it.
pub(super) enum OpenChannel {
    Socket(Socket),
    Events(#[expect(dead_code, reason = "it is open for as long as it is kept")] Events),
}

impl OpenChannel {
    pub(super) fn socket(url: &str, listen: impl Fn(Said) + 'static) -> Option<Self> {
        let listen: Listen = Rc::new(listen);
        let socket = Socket::open(url, listen.clone()).map(Self::Socket);
        or_closed(socket, listen)
    }

    pub(super) fn events(url: &str, listen: impl Fn(Said) + 'static) -> Option<Self> {
        let listen: Listen = Rc::new(listen);
        let events = Events::open(url, listen.clone()).map(Self::Events);
        or_closed(events, listen)
    }

    /// Hands a text to the browser, which keeps it until it is sent; a closing socket drops it.
    pub(super) fn send(&self, text: String) {
        if let Self::Socket(socket) = self {
            socket.send(text);
        }
    }
}

/// Nothing is said before this returns; an address that cannot be opened is said to be closed.
fn or_closed(channel: Option<OpenChannel>, listen: Listen) -> Option<OpenChannel> {
    if channel.is_none() {
        spawn_local(async move {
            listen(Said::Closed {
                code: ABNORMAL_CLOSURE,
            });
        });
    }
    channel
}
