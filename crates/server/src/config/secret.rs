use serde::{Deserialize, Serialize, Serializer};
use std::fmt;

/// What is shown in place of a secret.
const MASK: &str = "***";

/// The value of a setting that holds a secret. It is masked where it is printed and where it is serialised.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret<const IS_URL: bool>(String);

/// A secret as a whole.
pub type SecretText = Secret<false>;

/// A URL that may have a password, and is shown without it.
pub type SecretUrl = Secret<true>;

impl<const IS_URL: bool> Secret<IS_URL> {
    /// As it is, for what has to use it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Fit to be shown.
    fn masked(&self) -> String {
        match (IS_URL, self.is_empty()) {
            (_, true) => String::new(),
            (true, false) => without_password(&self.0),
            (false, false) => MASK.to_owned(),
        }
    }
}

impl<const IS_URL: bool> fmt::Debug for Secret<IS_URL> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.masked().fmt(formatter)
    }
}

impl<const IS_URL: bool> Serialize for Secret<IS_URL> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.masked().serialize(serializer)
    }
}

impl<const IS_URL: bool> From<String> for Secret<IS_URL> {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl<const IS_URL: bool> From<&str> for Secret<IS_URL> {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

/// RFC 3986, 3.2.1: what stands between the first `:` of the user and the last `@` of the authority. PostgreSQL also
/// has it as a parameter.
fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let authority = match authority.rsplit_once('@') {
        Some((user, host)) if user.contains(':') => {
            let name = user.split(':').next().unwrap_or_default();
            format!("{name}:{MASK}@{host}")
        }
        _ => authority.to_owned(),
    };
    let path = match path.split_once('?') {
        Some((path, query)) => {
            let pairs: Vec<_> = query.split('&').map(without_value).collect();
            format!("{path}?{}", pairs.join("&"))
        }
        None => path.to_owned(),
    };
    format!("{scheme}://{authority}{path}")
}

/// A pair of a query; that of a password without its value.
fn without_value(pair: &str) -> String {
    match pair.split_once('=') {
        Some((name, _)) if name.to_ascii_lowercase().contains("password") => {
            format!("{name}={MASK}")
        }
        _ => pair.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_of_urls_are_masked() {
        for (url, shown) in [
            ("", ""),
            ("memory:", "memory:"),
            ("postgres://db/watchroom", "postgres://db/watchroom"),
            ("postgres://me@db", "postgres://me@db"),
            ("postgres://me:a:b@c@db/x?y=z", "postgres://me:***@db/x?y=z"),
            (
                "postgres://db/x?user=me&password=secret&sslmode=require",
                "postgres://db/x?user=me&password=***&sslmode=require",
            ),
        ] {
            let secret = SecretUrl::from(url);
            assert_eq!(secret.masked(), shown, "{url}");
            assert_eq!(format!("{secret:?}"), format!("{shown:?}"));
            assert_eq!(secret.expose(), url);
        }
    }

    #[test]
    fn other_secrets_are_masked_as_a_whole() {
        assert_eq!(SecretText::from("me://or:not@me").masked(), MASK);
        assert_eq!(SecretText::default().masked(), "");
    }
}
