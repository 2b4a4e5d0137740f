use crate::shares::Holder;
use axum::http::Extensions;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// A key as a sender chooses it: 1 to 128 visible ASCII characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Key(Arc<str>);

/// The text is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "`Idempotency-Key` has to be 1 to {} visible ASCII characters, and there may be one",
    Key::BYTES_MAX
)]
pub(crate) struct InvalidKey;

impl Key {
    /// The longest key.
    pub(crate) const BYTES_MAX: usize = 128;

    pub(crate) fn parse(text: &[u8]) -> Result<Self, InvalidKey> {
        let is_visible = text.iter().all(u8::is_ascii_graphic);
        match str::from_utf8(text) {
            Ok(text) if is_visible && (1..=Self::BYTES_MAX).contains(&text.len()) => {
                Ok(Self(text.into()))
            }
            _ => Err(InvalidKey),
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whom a key belongs to: equal keys of two of them are different keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Owner {
    /// Everybody without a credential: login is off.
    Nobody,
    User(i64),
    /// An API token.
    Token(i64),
}

impl Owner {
    /// The sender of a request.
    pub(crate) fn of(extensions: &Extensions) -> Self {
        match Holder::of_credential(extensions) {
            Some(Holder::User(id)) => Self::User(id),
            Some(Holder::Token(id)) => Self::Token(id),
            // Without a credential nothing may be stored unless login is off.
            Some(Holder::Network(_)) | None => Self::Nobody,
        }
    }
}

/// As it is stored.
impl fmt::Display for Owner {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nobody => formatter.write_str("nobody"),
            Self::User(id) => write!(formatter, "user:{id}"),
            Self::Token(id) => write!(formatter, "token:{id}"),
        }
    }
}

impl FromStr for Owner {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        if text == "nobody" {
            return Ok(Self::Nobody);
        }
        let (kind, id) = text.split_once(':').ok_or(())?;
        let id = id.parse().map_err(|_| ())?;
        match kind {
            "user" => Ok(Self::User(id)),
            "token" => Ok(Self::Token(id)),
            _ => Err(()),
        }
    }
}

/// A key of an owner.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Id {
    pub(crate) owner: Owner,
    pub(crate) key: Key,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_visible_ascii_characters() {
        let longest = "x".repeat(Key::BYTES_MAX);
        for text in [
            "a",
            "!~\"",
            "8e03978e-40d5-43dd-bc93-6894a57f9324",
            &longest,
        ] {
            assert_eq!(Key::parse(text.as_bytes()).unwrap().as_str(), text);
        }
        for text in [
            "",
            "a b",
            "a\tb",
            "\u{e4}",
            "\u{7f}",
            &format!("{longest}x"),
        ] {
            assert_eq!(Key::parse(text.as_bytes()), Err(InvalidKey), "{text:?}");
        }
        assert_eq!(Key::parse(b"\xff"), Err(InvalidKey));
    }

    #[test]
    fn an_owner_is_read_as_it_was_stored() {
        for owner in [Owner::Nobody, Owner::User(-1), Owner::Token(i64::MAX)] {
            assert_eq!(owner.to_string().parse(), Ok(owner));
        }
        for text in ["", "user", "user:", "user:x", "other:1", "nobody:1"] {
            assert_eq!(text.parse::<Owner>(), Err(()), "{text}");
        }
    }
}
