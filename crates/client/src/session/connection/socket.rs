use super::channel::{Listen, Received};
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{CloseEvent, MessageEvent, WebSocket};

/// An open or opening WebSocket; dropping it closes it and silences it.
pub(super) struct Socket {
    socket: WebSocket,
    /// The browser calls these for as long as they are here.
    _on_message: Closure<dyn Fn(MessageEvent)>,
    _on_close: Closure<dyn Fn(CloseEvent)>,
}

impl Socket {
    /// `None` if the address cannot be opened.
    pub(super) fn open(url: &str, listen: Listen) -> Option<Self> {
        let socket = WebSocket::new(url).ok()?;
        let on_text = listen.clone();
        let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            // The protocol has no binary messages.
            if let Some(text) = event.data().as_string() {
                on_text(Received::Text(text));
            }
        });
        // An error is followed by a close.
        let on_close = Closure::<dyn Fn(CloseEvent)>::new(move |event: CloseEvent| {
            listen(Received::Closed { code: event.code() });
        });
        socket.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        socket.set_onclose(Some(on_close.as_ref().unchecked_ref()));
        Some(Self {
            socket,
            _on_message: on_message,
            _on_close: on_close,
        })
    }

    /// Hands a text to the browser, which sends it when it can; a socket that is not open drops it.
    pub(super) fn send(&self, text: &str) {
        let _ = self.socket.send_with_str(text);
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.socket.set_onmessage(None);
        self.socket.set_onclose(None);
        // It fails for other codes than the usual one only.
        let _ = self.socket.close();
    }
}
