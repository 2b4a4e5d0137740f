use crate::kit::browser::{base_path, meta};
use leptos::prelude::window;

/// The `<meta>` that names the WebSocket, if the server is configured to.
pub(crate) const SOCKET_URL_META: &str = "watchroom-ws";

/// The path of the WebSocket below the site's base path.
const SOCKET_PATH: &str = "/ws";

/// The path of Server-Sent Events below the site's base path.
const EVENTS_PATH: &str = "/api/events";

/// Where the server is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Addresses {
    /// Of the WebSocket.
    pub(crate) socket: String,
    /// Of Server-Sent Events, without a query.
    pub(crate) events: String,
}

impl Addresses {
    /// By the page's own address and what the server wrote into its head.
    pub(crate) fn of_page() -> Self {
        let location = window().location();
        Self::new(
            meta(SOCKET_URL_META),
            &location.protocol().unwrap_or_default(),
            &location.host().unwrap_or_default(),
            &base_path(),
        )
    }

    /// At the page's own host, unless configuration says otherwise of the WebSocket.
    ///
    /// `protocol` and `host` are those of the page's address (`https:`, `example.org:8765`); a page
    /// that came encrypted may only open an encrypted socket.
    fn new(socket: Option<String>, protocol: &str, host: &str, base_path: &str) -> Self {
        let base_path = base_path.trim_end_matches('/');
        let scheme = if protocol == "https:" { "wss" } else { "ws" };
        let own = || [scheme, "://", host, base_path, SOCKET_PATH].concat();
        Self {
            socket: socket.unwrap_or_else(own),
            events: [base_path, EVENTS_PATH].concat(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follow_the_page_unless_configured() {
        let check = |configured: Option<&str>, protocol, base_path, socket: &str, events: &str| {
            let configured = configured.map(str::to_owned);
            let addresses = Addresses::new(configured, protocol, "example.org:8765", base_path);
            assert_eq!(addresses.socket, socket);
            assert_eq!(addresses.events, events);
        };
        let root = "/api/events";
        let below = "/watch/api/events";
        check(None, "http:", "", "ws://example.org:8765/ws", root);
        let socket = "wss://example.org:8765/watch/ws";
        check(None, "https:", "/watch", socket, below);
        check(None, "https:", "/watch/", socket, below);
        check(Some("wss://live/ws"), "http:", "", "wss://live/ws", root);
    }
}
