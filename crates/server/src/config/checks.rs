//! Checks of settings that are texts.

use super::values::MEMORY;
use crate::http::TrustedProxies;
use crate::outgoing::Target;
use protocol::OwnHost;
use std::net::SocketAddr;
use tracing_subscriber::EnvFilter;

pub(super) fn is_any(_: &str) -> bool {
    true
}

pub(super) fn is_socket_address(text: &str) -> bool {
    text.parse::<SocketAddr>().is_ok()
}

pub(super) fn is_network(text: &str) -> bool {
    TrustedProxies::network(text).is_some()
}

/// A datagram has no credential, so only this machine may send it.
pub(super) fn is_loopback_address(text: &str) -> bool {
    let address = text.parse::<SocketAddr>();
    text.is_empty() || address.is_ok_and(|it| it.ip().to_canonical().is_loopback())
}

/// Only characters that mean themselves in a URL, in HTML and in a router's pattern; no segment is empty, `.` or
/// `..`, which clients resolve.
pub(super) fn is_base_path(text: &str) -> bool {
    let is_plain = |segment: &str| {
        let is_dots = matches!(segment, "" | "." | "..");
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        !is_dots && segment.bytes().all(plain)
    };
    let segments = text.strip_prefix('/');
    text.is_empty() || segments.is_some_and(|segments| segments.split('/').all(is_plain))
}

pub(super) fn is_database(text: &str) -> bool {
    matches!(text, "" | MEMORY)
        || text.starts_with("postgres://")
        || text.starts_with("postgresql://")
}

/// RFC 7518, 3.2: a key for HS256 has at least 256 bits.
pub(super) fn is_jwt_secret(text: &str) -> bool {
    text.is_empty() || text.len() >= 32
}

/// RFC 9110, 5.1; in lower case, as it is compared.
pub(super) fn is_header_name(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    text.bytes().all(is_plain)
}

pub(super) fn is_own_host(text: &str) -> bool {
    text.is_empty() || OwnHost::is_name(text)
}

pub(super) fn is_host_name(text: &str) -> bool {
    is_authority(text) && !text.contains(':')
}

pub(super) fn is_target_url(text: &str) -> bool {
    text.is_empty() || text.parse::<Target>().is_ok()
}

pub(super) fn is_smtp_url(text: &str) -> bool {
    text.is_empty() || crate::outgoing::Mailer::is_url(text)
}

pub(super) fn is_mailbox(text: &str) -> bool {
    text.is_empty() || text.parse::<lettre::message::Mailbox>().is_ok()
}

pub(super) fn is_page_url(text: &str) -> bool {
    let is_url = text.parse::<Target>().is_ok();
    text.is_empty() || is_url && !text.contains(['?', '#'])
}

/// RFC 6454, section 6.2.
pub(super) fn is_origin(text: &str) -> bool {
    let authority = text.split_once("://").map(|(_, authority)| authority);
    text == "null" || authority.is_some_and(is_authority)
}

/// It becomes a part of the page's Content-Security-Policy, where a `*` would stand for many others.
pub(super) fn is_image_origin(text: &str) -> bool {
    let has_scheme = text.starts_with("https://") || text.starts_with("http://");
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:[]".contains(&byte);
    let authority = text
        .split_once("://")
        .map_or("", |(_, authority)| authority);
    has_scheme && is_origin(text) && authority.bytes().all(is_plain)
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
            is_socket_address,
            &["127.0.0.1:0", "0.0.0.0:80", "[::1]:8765", "[::]:80"],
            &["", "localhost:80", "127.0.0.1", "127.0.0.1:65536"],
        );
        check(
            is_loopback_address,
            &["", "127.0.0.1:8125", "[::1]:0", "127.0.0.9:1"],
            &[
                "0.0.0.0:8125",
                "192.0.2.1:8125",
                "localhost:8125",
                "127.0.0.1",
            ],
        );
        check(
            is_network,
            &["127.0.0.1", "10.0.0.0/8", "::1", "fd00::/8"],
            &["", "proxy.example", "10.0.0.0/33", "10.0.0.1:80"],
        );
        check(
            is_base_path,
            &["", "/watch", "/a/b-c_d.e"],
            &[
                "/", "watch", "/watch/", "//watch", "/../a", "/a//b", "/ä", "/a b", "/{a}",
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
            is_image_origin,
            &[
                "https://images.example",
                "http://[::1]:8080",
                "https://a.example:8443",
            ],
            &[
                "",
                "null",
                "https://",
                "images.example",
                "https://a.example/x",
                "https://*.example",
                "https://a.example;script-src",
                "data:",
            ],
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
            is_header_name,
            &["", "x-forwarded-user", "remote-user"],
            &["X-User", "a b", "a:b", "é"],
        );
        check(
            is_jwt_secret,
            &["", "0123456789abcdef0123456789abcdef"],
            &["short"],
        );
        check(
            is_log_filter,
            &["info", "off", "info,server::ws=debug"],
            &["a=b=c"],
        );
    }
}
