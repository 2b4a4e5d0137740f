//! The grammar of `Sec-WebSocket-Extensions` (RFC 6455 section 9.1):
//!
//! ```text
//! list      = *( "," ) extension *( "," [ extension ] )
//! extension = token *( ";" token [ "=" ( token | quoted-string ) ] )
//! ```
//!
//! An element outside the grammar is skipped and takes no other with it, unless it opens a quote
//! that never closes.

use std::borrow::Cow;

/// One element of the list.
pub(super) struct Offer<'a> {
    pub(super) name: &'a str,
    pub(super) parameters: Vec<Parameter<'a>>,
}

/// One parameter of an offer, its value without quotes.
pub(super) struct Parameter<'a> {
    pub(super) name: &'a str,
    pub(super) value: Option<Cow<'a, str>>,
}

/// The well-formed offers of one header value, in order.
pub(super) fn parse(header_value: &str) -> impl Iterator<Item = Offer<'_>> {
    split_outside_quotes(header_value, ',').filter_map(offer)
}

fn offer(element: &str) -> Option<Offer<'_>> {
    let mut parts = split_outside_quotes(element, ';').map(str::trim);
    let name = token(parts.next()?)?;
    let parameters = parts.map(parameter).collect::<Option<_>>()?;
    Some(Offer { name, parameters })
}

fn parameter(part: &str) -> Option<Parameter<'_>> {
    let (name, value) = match part.split_once('=') {
        Some((name, value)) => (name.trim_end(), Some(unquote(value.trim_start())?)),
        None => (part, None),
    };
    let name = token(name)?;
    Some(Parameter { name, value })
}

/// A quoted value must be a token once its quotes and escapes are gone (RFC 6455 section 9.1).
fn unquote(value: &str) -> Option<Cow<'_, str>> {
    let Some(opened) = value.strip_prefix('"') else {
        return token(value).map(Cow::Borrowed);
    };
    let mut plain = String::new();
    let mut rest = opened.chars();
    loop {
        match rest.next()? {
            '"' => break,
            '\\' => plain.push(rest.next()?),
            other => plain.push(other),
        }
    }
    let closed = rest.as_str().is_empty();
    (closed && token(&plain).is_some()).then_some(Cow::Owned(plain))
}

/// A token of RFC 9110 section 5.6.2.
fn token(text: &str) -> Option<&str> {
    let is_token_byte =
        |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    (!text.is_empty() && text.bytes().all(is_token_byte)).then_some(text)
}

fn split_outside_quotes(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let (mut quoted, mut escaped) = (false, false);
    text.split(move |c: char| {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ => return c == separator && !quoted,
        }
        false
    })
}
