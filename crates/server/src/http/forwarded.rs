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

/// A header that cannot be read as RFC 7239 has it. Proxies append to what their client sent; a quote that it does not
/// close would hide what they say, so nothing of such a header is believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a trusted proxy sends a `Forwarded` header that is malformed, perhaps as its client sent it"
)]
pub(crate) struct Malformed;

/// `Forwarded` (RFC 7239), the nearest proxy last; `None` without the header.
pub(super) fn standard(headers: &HeaderMap) -> Result<Option<Vec<Hop>>, Malformed> {
    let values = headers.get_all(header::FORWARDED).iter();
    let mut hops = None;
    for value in values {
        let mut rest = Elements(value.as_bytes());
        let hops = hops.get_or_insert_with(Vec::new);
        while let Some(hop) = rest.next()? {
            hops.push(hop);
        }
    }
    Ok(hops)
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

/// The items of all lines of a header. One that is not even text is no address, scheme or name.
fn list(headers: &HeaderMap, name: &HeaderName) -> Option<Vec<String>> {
    let values = headers.get_all(name).iter();
    let items = values.flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
    let items = items.map(|item| String::from_utf8_lossy(item.trim_ascii()).into_owned());
    let items: Vec<_> = items.collect();
    (!items.is_empty()).then_some(items)
}

/// The rest of a line of `Forwarded` (RFC 7239, section 4): elements, separated by commas.
struct Elements<'a>(&'a [u8]);

impl Elements<'_> {
    /// The next element; empty ones are skipped (RFC 9110, section 5.6.1.2).
    fn next(&mut self) -> Result<Option<Hop>, Malformed> {
        let (mut hop, mut names) = (Hop::default(), Vec::new());
        loop {
            self.0 = self.0.trim_ascii_start();
            match self.0.first() {
                None => return Ok((!names.is_empty()).then_some(hop)),
                Some(b',') => {
                    self.0 = &self.0[1..];
                    if !names.is_empty() {
                        return Ok(Some(hop));
                    }
                }
                Some(b';') => self.0 = &self.0[1..],
                Some(_) => {
                    let (name, value) = self.pair()?;
                    match name.as_str() {
                        "for" => hop.client = node(&value),
                        "proto" => hop.is_secure = Some(is_https(&value)),
                        "host" => hop.host = Some(value),
                        _ => {}
                    }
                    // RFC 7239, section 4: each name once.
                    if names.contains(&name) {
                        return Err(Malformed);
                    }
                    names.push(name);
                }
            }
        }
    }

    /// A name, in lower case, and its value, up to a separator.
    fn pair(&mut self) -> Result<(String, String), Malformed> {
        let name = self.token(is_token)?;
        self.0 = self.0.trim_ascii_start();
        self.0 = self.0.strip_prefix(b"=").ok_or(Malformed)?;
        self.0 = self.0.trim_ascii_start();
        let value = match self.0.strip_prefix(b"\"") {
            Some(rest) => {
                self.0 = rest;
                self.quoted()?
            }
            None => self.token(is_unquoted)?,
        };
        self.0 = self.0.trim_ascii_start();
        match self.0.first() {
            None | Some(b',' | b';') => Ok((name.to_ascii_lowercase(), value)),
            Some(_) => Err(Malformed),
        }
    }

    fn token(&mut self, is_part: fn(u8) -> bool) -> Result<String, Malformed> {
        let end = self.0.iter().position(|byte| !is_part(*byte));
        let (token, rest) = self.0.split_at(end.unwrap_or(self.0.len()));
        if token.is_empty() {
            return Err(Malformed);
        }
        self.0 = rest;
        Ok(String::from_utf8_lossy(token).into_owned())
    }

    /// The rest of a quoted string (RFC 9110, section 5.6.4).
    fn quoted(&mut self) -> Result<String, Malformed> {
        let mut text = Vec::new();
        loop {
            match self.0 {
                [b'"', rest @ ..] => {
                    self.0 = rest;
                    return Ok(String::from_utf8_lossy(&text).into_owned());
                }
                [b'\\', byte, rest @ ..] => {
                    text.push(*byte);
                    self.0 = rest;
                }
                [byte, rest @ ..] if *byte != b'\\' => {
                    text.push(*byte);
                    self.0 = rest;
                }
                _ => return Err(Malformed),
            }
        }
    }
}

/// RFC 9110, section 5.6.2.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// Of a value without quotes: proxies also leave them out around addresses and names with a port.
fn is_unquoted(byte: u8) -> bool {
    is_token(byte) || b":[]/".contains(&byte)
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
