use super::channel::{Listen, Received};
use js_sys::Function;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{CloseEvent, Event, MessageEvent, WebSocket};

/// An open or opening WebSocket; dropping it closes it and silences it.
pub(super) struct Socket {
    socket: WebSocket,
    on_message: Closure<dyn Fn(MessageEvent)>,
    on_close: Closure<dyn Fn(Event)>,
}

impl Socket {
    /// `None` if the address cannot be opened.
    pub(super) fn open(url: &str, listen: Listen) -> Option<Self> {
        let on_text = listen.clone();
        let socket = Self {
            socket: WebSocket::new(url).ok()?,
            on_message: Closure::new(move |event: MessageEvent| {
                // The protocol has no binary messages.
                if let Some(text) = event.data().as_string() {
                    on_text(Received::Text(text));
                }
            }),
            on_close: Closure::new(move |event: Event| {
                let close: &CloseEvent = event.unchecked_ref();
                listen(Received::Closed { code: close.code() });
            }),
        };
        socket.each_listener(|name, call| {
            let _ = socket.socket.add_event_listener_with_callback(name, call);
        });
        Some(socket)
    }

    /// Hands a text to the browser, which sends it when it can; a closing socket drops it.
    pub(super) fn send(&self, text: &str) {
        let _ = self.socket.send_with_str(text);
    }

    fn each_listener(&self, act: impl Fn(&str, &Function)) {
        // An error is followed by a close.
        act("message", self.on_message.as_ref().unchecked_ref());
        act("close", self.on_close.as_ref().unchecked_ref());
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.each_listener(|name, call| {
            let _ = self.socket.remove_event_listener_with_callback(name, call);
        });
        // It fails for codes and reasons only, and has none.
        let _ = self.socket.close();
    }
}
