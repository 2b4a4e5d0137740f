//! Headers in which reverse proxies say whom they speak for.

use axum::http::{HeaderMap, HeaderName, header};
use std::net::{IpAddr, SocketAddr};

const FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// What one proxy says about its own client.
#[derive(Debug, Default)]
pub(super) struct Hop {
    /// `None` if it is hidden, or no address.
    pub(super) client: Option<IpAddr>,
    pub(super) is_secure: Option<bool>,
    pub(super) host: Option<String>,
}

/// `Forwarded` (RFC 7239), the nearest proxy last; `None` without the header.
pub(super) fn standard(headers: &HeaderMap) -> Option<Vec<Hop>> {
    let values = values(headers, &header::FORWARDED)?;
    let elements = values.iter().flat_map(|value| split(value, ','));
    Some(elements.map(element).collect())
}

/// `X-Forwarded-For`, `-Proto` and `-Host`, the nearest proxy last; `None` without any of them.
///
/// Proxies append to the first, and most of them replace the others. A shorter list is therefore that of the
/// nearest proxies, and its first item is valid for the clients before.
pub(super) fn customary(headers: &HeaderMap) -> Option<Vec<Hop>> {
    let [clients, schemes, hosts] = [FOR, PROTO, HOST].map(|name| list(headers, &name));
    if clients.is_none() && schemes.is_none() && hosts.is_none() {
        return None;
    }
    let [clients, schemes, hosts] = [clients, schemes, hosts].map(Option::unwrap_or_default);
    let count = clients.len().max(1);
    let aligned = |list: &[String], from_right: usize| -> Option<String> {
        let last = list.len().checked_sub(1)?;
        Some(list[last.saturating_sub(from_right)].clone())
    };
    let hops = (0..count).rev().map(|from_right| Hop {
        client: clients.get(count - 1 - from_right).and_then(|it| node(it)),
        is_secure: aligned(&schemes, from_right).map(|it| is_https(&it)),
        host: aligned(&hosts, from_right),
    });
    Some(hops.collect())
}

fn list(headers: &HeaderMap, name: &HeaderName) -> Option<Vec<String>> {
    let values = values(headers, name)?;
    let items = values.iter().flat_map(|value| value.split(','));
    Some(items.map(|item| item.trim().to_owned()).collect())
}

/// All lines of a header; what is not even text says nothing.
fn values<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<Vec<&'a str>> {
    let values = headers.get_all(name).iter();
    let texts: Vec<_> = values.map(|it| it.to_str().unwrap_or_default()).collect();
    (!texts.is_empty()).then_some(texts)
}

/// RFC 7239, section 4: pairs, separated by semicolons.
fn element(text: &str) -> Hop {
    let mut hop = Hop::default();
    for pair in split(text, ';') {
        let Some((name, value)) = pair.split_once('=') else {
            continue;
        };
        let value = unquoted(value.trim());
        match name.trim().to_ascii_lowercase().as_str() {
            "for" => hop.client = node(&value),
            "proto" => hop.is_secure = Some(is_https(&value)),
            "host" => hop.host = Some(value),
            _ => {}
        }
    }
    hop
}

/// Splits outside of quoted strings.
fn split(text: &str, separator: char) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut is_quoted, mut is_escaped) = (0, false, false);
    for (at, char) in text.char_indices() {
        match char {
            _ if is_escaped => is_escaped = false,
            '\\' if is_quoted => is_escaped = true,
            '"' => is_quoted = !is_quoted,
            _ if char == separator && !is_quoted => {
                parts.push(&text[start..at]);
                start = at + char.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

/// RFC 9110, section 5.6.4.
fn unquoted(value: &str) -> String {
    let quoted = value.strip_prefix('"').and_then(|it| it.strip_suffix('"'));
    let Some(quoted) = quoted else {
        return value.to_owned();
    };
    let mut text = String::new();
    let mut chars = quoted.chars();
    while let Some(char) = chars.next() {
        text.extend(if char == '\\' {
            chars.next()
        } else {
            Some(char)
        });
    }
    text
}

/// An address, perhaps with a port; that of IPv6 may be in brackets.
fn node(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
    let address = bare.unwrap_or(text).parse::<IpAddr>();
    let with_port = || text.parse::<SocketAddr>().map(|it| it.ip());
    address.or_else(|_| with_port()).ok()
}

fn is_https(scheme: &str) -> bool {
    scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("wss")
}
