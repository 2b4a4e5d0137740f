//! Checks of settings that are texts.

use super::values::MEMORY;
use protocol::OwnHost;
use std::net::SocketAddr;
use tracing_subscriber::EnvFilter;

pub(super) fn is_any(_: &str) -> bool {
    true
}

/// There is no login yet, so other machines must not connect.
pub(super) fn is_loopback_address(text: &str) -> bool {
    let address = text.parse::<SocketAddr>();
    address.is_ok_and(|address| address.ip().is_loopback())
}

pub(super) fn is_database(text: &str) -> bool {
    matches!(text, "" | MEMORY)
        || text.starts_with("postgres://")
        || text.starts_with("postgresql://")
}

pub(super) fn is_own_host(text: &str) -> bool {
    text.is_empty() || OwnHost::is_name(text)
}

pub(super) fn is_host_name(text: &str) -> bool {
    is_authority(text) && !text.contains(':')
}

/// RFC 6454, section 6.2.
pub(super) fn is_origin(text: &str) -> bool {
    let authority = text.split_once("://").map(|(_, authority)| authority);
    text == "null" || authority.is_some_and(is_authority)
}

/// It becomes a part of the page's Content-Security-Policy, which `;` and `,` separate.
pub(super) fn is_socket_url(text: &str) -> bool {
    let has_scheme = text.starts_with("ws://") || text.starts_with("wss://");
    let is_one_source = !text.contains([';', ',']) && !text.contains(char::is_whitespace);
    text.is_empty() || has_scheme && is_one_source
}

pub(super) fn is_log_filter(text: &str) -> bool {
    EnvFilter::try_new(text).is_ok()
}

fn is_authority(text: &str) -> bool {
    !text.is_empty() && !text.contains(['/', '?', '#', '@']) && !text.contains(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(is: fn(&str) -> bool, accepted: &[&str], refused: &[&str]) {
        for text in accepted {
            assert!(is(text), "{text:?}");
        }
        for text in refused {
            assert!(!is(text), "{text:?}");
        }
    }

    #[test]
    fn texts_are_accepted_as_described() {
        check(
            is_loopback_address,
            &["127.0.0.1:0", "127.1.2.3:80", "[::1]:8765"],
            &[
                "",
                "localhost:80",
                "127.0.0.1",
                "0.0.0.0:80",
                "[::]:80",
                "127.0.0.1:65536",
            ],
        );
        check(
            is_database,
            &["", "memory:", "postgres://a:b@c/d", "postgresql:///d"],
            &["memory", "mysql://a", "file.db"],
        );
        check(
            is_host_name,
            &["board.example", "board"],
            &["", "board.example:80", "https://board.example", "a b"],
        );
        check(
            is_origin,
            &[
                "https://board.example",
                "http://board.example:8080",
                "app://x",
                "null",
            ],
            &[
                "",
                "board.example",
                "https://",
                "https://board.example/",
                "https://a b",
            ],
        );
        check(
            is_socket_url,
            &["", "ws://board.example/ws", "wss://board.example:444/ws"],
            &[
                "board.example",
                "https://board.example",
                "wss://a; script-src *",
            ],
        );
        check(
            is_log_filter,
            &["info", "off", "info,server::ws=debug"],
            &["a=b=c"],
        );
    }
}
