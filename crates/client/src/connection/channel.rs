use leptos::task::spawn_local;
use protocol::ServerMessage;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{CloseEvent, Event, EventSource, EventTarget, MessageEvent, WebSocket};

/// The browser's code for a connection that ended without a close frame (RFC 6455, 7.4.1).
const ABNORMAL_CLOSURE: u16 = 1006;

/// What a channel tells its owner.
pub(super) enum Said {
    Text(String),
    Closed { code: u16 },
}

/// An open or opening WebSocket or stream of Server-Sent Events; dropping it closes it and
/// silences it.
pub(super) struct OpenChannel {
    kind: Kind,
    on_message: Closure<dyn Fn(MessageEvent)>,
    on_end: Closure<dyn Fn(Event)>,
}

enum Kind {
    Socket(WebSocket),
    Events(EventSource),
}

impl OpenChannel {
    pub(super) fn socket(url: &str, listen: impl Fn(Said) + Clone + 'static) -> Option<Self> {
        Self::open(WebSocket::new(url).map(Kind::Socket), listen)
    }

    pub(super) fn events(url: &str, listen: impl Fn(Said) + Clone + 'static) -> Option<Self> {
        Self::open(EventSource::new(url).map(Kind::Events), listen)
    }

    /// Nothing is said before this returns; an address that cannot be opened is said to be closed.
    fn open(kind: Result<Kind, JsValue>, listen: impl Fn(Said) + Clone + 'static) -> Option<Self> {
        let Ok(kind) = kind else {
            spawn_local(async move {
                listen(Said::Closed {
                    code: ABNORMAL_CLOSURE,
                });
            });
            return None;
        };
        let hear = listen.clone();
        let channel = Self {
            kind,
            // The protocol has no binary messages.
            on_message: Closure::new(move |event: MessageEvent| {
                if let Some(text) = event.data().as_string() {
                    hear(Said::Text(text));
                }
            }),
            on_end: Closure::new(move |event: Event| {
                let event = event.dyn_ref::<CloseEvent>();
                let code = event.map_or(ABNORMAL_CLOSURE, CloseEvent::code);
                listen(Said::Closed { code });
            }),
        };
        channel.each_listener(|target, name, call| {
            let _ = target.add_event_listener_with_callback(name, call);
        });
        Some(channel)
    }

    /// Hands a text to the browser, which keeps it until it is sent; a closing socket drops it.
    pub(super) fn send(&self, text: &str) {
        if let Kind::Socket(socket) = &self.kind {
            let _ = socket.send_with_str(text);
        }
    }

    fn each_listener(&self, act: impl Fn(&EventTarget, &str, &js_sys::Function)) {
        let (target, messages, end): (&EventTarget, &[&str], _) = match &self.kind {
            Kind::Socket(socket) => (socket, &["message"], "close"),
            Kind::Events(events) => (events, &ServerMessage::TYPES, "error"),
        };
        for name in messages {
            act(target, name, self.on_message.as_ref().unchecked_ref());
        }
        act(target, end, self.on_end.as_ref().unchecked_ref());
    }
}

impl Drop for OpenChannel {
    fn drop(&mut self) {
        self.each_listener(|target, name, call| {
            let _ = target.remove_event_listener_with_callback(name, call);
        });
        match &self.kind {
            Kind::Socket(socket) => {
                let _ = socket.close();
            }
            Kind::Events(events) => events.close(),
        }
    }
}
