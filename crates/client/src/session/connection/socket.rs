use super::channel::{Listen, Received};
use futures_util::{SinkExt, StreamExt};
use gloo_net::websocket::futures::WebSocket;
use gloo_net::websocket::{Message, WebSocketError};
use leptos::task::spawn_local;
use std::cell::RefCell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;

/// An open or opening WebSocket; dropping it closes it and silences it.
pub(super) struct Socket {
    inner: Rc<RefCell<WebSocket>>,
}

impl Socket {
    /// `None` if the address cannot be opened.
    pub(super) fn open(url: &str, listen: Listen) -> Option<Self> {
        let socket = WebSocket::open(url).ok()?;
        let inner = Rc::new(RefCell::new(socket));
        // The reader does not keep the socket open.
        let socket = Rc::downgrade(&inner);
        spawn_local(async move {
            let next = || {
                poll_fn(|context| match socket.upgrade() {
                    Some(socket) => socket.borrow_mut().poll_next_unpin(context),
                    None => Poll::Ready(None),
                })
            };
            while let Some(message) = next().await {
                match message {
                    Ok(Message::Text(text)) => listen(Received::Text(text)),
                    Err(WebSocketError::ConnectionClose(event)) => {
                        return listen(Received::Closed { code: event.code });
                    }
                    // The protocol has no binary messages, and an error is followed by a close.
                    _ => {}
                }
            }
        });
        Some(Self { inner })
    }

    /// Hands a text to the browser, which sends it when it can; a closing socket drops it.
    pub(super) fn send(&self, text: &str) {
        let _ = self
            .inner
            .borrow_mut()
            .start_send_unpin(Message::Text(text.to_owned()));
    }
}
