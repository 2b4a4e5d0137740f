/// The path of the WebSocket below the site's base path.
const SOCKET_PATH: &str = "/ws";

/// Where the WebSocket is: at the page's own host, unless configuration says otherwise.
///
/// `protocol` and `host` are those of the page's address (`https:`, `example.org:8765`); a page
/// that came encrypted may only open an encrypted socket.
pub(crate) fn socket_url(
    configured: Option<&str>,
    protocol: &str,
    host: &str,
    base_path: &str,
) -> String {
    if let Some(url) = configured {
        return url.to_owned();
    }
    let scheme = if protocol == "https:" { "wss" } else { "ws" };
    let base_path = base_path.trim_end_matches('/');
    format!("{scheme}://{host}{base_path}{SOCKET_PATH}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_the_page_unless_configured() {
        let check = |configured, protocol, base_path, expected: &str| {
            let url = socket_url(configured, protocol, "example.org:8765", base_path);
            assert_eq!(url, expected);
        };
        check(None, "http:", "", "ws://example.org:8765/ws");
        check(None, "https:", "/watch", "wss://example.org:8765/watch/ws");
        check(None, "https:", "/watch/", "wss://example.org:8765/watch/ws");
        check(Some("wss://live/ws"), "http:", "/w", "wss://live/ws");
    }
}
