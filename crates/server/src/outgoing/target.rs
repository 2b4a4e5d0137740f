use axum::http::uri::{Authority, PathAndQuery};
use axum::http::{HeaderValue, Uri, uri::Scheme};
use rustls::pki_types::ServerName;
use std::fmt;
use std::str::FromStr;

/// The longest URL of a target, in bytes.
const URL_BYTES_MAX: usize = 2_048;

/// A URL that requests may be sent to, before its name is resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    uri: Uri,
    is_tls: bool,
    /// Without the brackets of an IPv6 address.
    host: String,
    port: u16,
    authority: Authority,
}

/// Why a text is no URL of a target. Reads after "the URL".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTarget {
    /// It is too long.
    #[error("has more than {URL_BYTES_MAX} bytes")]
    Long,
    /// It cannot be read, or names no host.
    #[error("is not one such as https://board.example/hook")]
    NotUrl,
    /// Another scheme than those of HTTP.
    #[error("begins with neither http:// nor https://")]
    Scheme,
    /// It has a user or a password, which would end up in logs.
    #[error("has a user name or a password; send credentials as a header")]
    Credentials,
}

impl Target {
    /// Its host, without a port.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Its port, by default that of its scheme.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Whether it states a port.
    pub fn has_port(&self) -> bool {
        self.authority.port_u16().is_some()
    }

    /// Whether it is encrypted.
    pub fn is_tls(&self) -> bool {
        self.is_tls
    }

    /// Host and port, as a label that names the target: `instance` in Prometheus.
    pub fn instance(&self) -> String {
        match self.host.contains(':') {
            true => format!("[{}]:{}", self.host, self.port),
            false => format!("{}:{}", self.host, self.port),
        }
    }

    /// The name that the certificate has to be valid for.
    pub(super) fn server_name(&self) -> Option<ServerName<'static>> {
        ServerName::try_from(self.host.clone()).ok()
    }

    /// What comes after the method on the request's first line.
    pub(super) fn path(&self) -> Uri {
        let path = self.uri.path_and_query().cloned();
        Uri::from(path.unwrap_or_else(|| PathAndQuery::from_static("/")))
    }

    pub(super) fn host_header(&self) -> Option<HeaderValue> {
        HeaderValue::from_str(self.authority.as_str()).ok()
    }
}

impl FromStr for Target {
    type Err = InvalidTarget;

    fn from_str(text: &str) -> Result<Self, InvalidTarget> {
        if text.len() > URL_BYTES_MAX {
            return Err(InvalidTarget::Long);
        }
        let uri: Uri = text.parse().map_err(|_| InvalidTarget::NotUrl)?;
        let is_tls = match uri.scheme() {
            Some(scheme) if *scheme == Scheme::HTTP => false,
            Some(scheme) if *scheme == Scheme::HTTPS => true,
            Some(_) => return Err(InvalidTarget::Scheme),
            None => return Err(InvalidTarget::NotUrl),
        };
        let authority = uri.authority().cloned().ok_or(InvalidTarget::NotUrl)?;
        if authority.as_str().contains('@') {
            return Err(InvalidTarget::Credentials);
        }
        let host = authority.host();
        let inner = host.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
        let host = inner.unwrap_or(host).to_owned();
        let has_port = authority.as_str().len() > authority.host().len();
        let default = if is_tls { 443 } else { 80 };
        let port = match (has_port, authority.port_u16()) {
            (false, _) => default,
            (true, Some(port)) if port > 0 => port,
            (true, _) => return Err(InvalidTarget::NotUrl),
        };
        if host.is_empty() {
            return Err(InvalidTarget::NotUrl);
        }
        Ok(Self {
            uri,
            is_tls,
            host,
            port,
            authority,
        })
    }
}

/// Without its query, which may have a secret.
impl fmt::Display for Target {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.is_tls { "https" } else { "http" };
        let path = self.uri.path();
        write!(formatter, "{scheme}://{}{path}", self.authority)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_split() {
        for (text, host, port, path) in [
            ("http://a.example", "a.example", 80, "/"),
            ("https://a.example/b?c=d", "a.example", 443, "/b?c=d"),
            ("HTTP://a:9100/metrics", "a", 9100, "/metrics"),
            ("http://[::1]:90/", "::1", 90, "/"),
            ("https://10.0.0.1/x#y", "10.0.0.1", 443, "/x"),
        ] {
            let target: Target = text.parse().expect(text);
            assert_eq!((target.host(), target.port()), (host, port), "{text}");
            assert_eq!(target.path().to_string(), path, "{text}");
        }
        let secret: Target = "https://a.example/hook?key=secret".parse().expect("a URL");
        assert_eq!(secret.to_string(), "https://a.example/hook");
    }

    #[test]
    fn other_texts_are_no_targets() {
        let long = format!("http://a/{}", "x".repeat(URL_BYTES_MAX));
        for (text, why) in [
            ("", InvalidTarget::NotUrl),
            ("a.example", InvalidTarget::NotUrl),
            ("/metrics", InvalidTarget::NotUrl),
            ("http://", InvalidTarget::NotUrl),
            ("http:///x", InvalidTarget::NotUrl),
            ("http://a:0/", InvalidTarget::NotUrl),
            ("http://a:99999/", InvalidTarget::NotUrl),
            ("http://a b/", InvalidTarget::NotUrl),
            ("http://a/\r\nx: y", InvalidTarget::NotUrl),
            ("file:///etc/passwd", InvalidTarget::NotUrl),
            ("ftp://a/", InvalidTarget::Scheme),
            ("gopher://a/", InvalidTarget::Scheme),
            ("http://a@b/", InvalidTarget::Credentials),
            ("http://a:b@c/", InvalidTarget::Credentials),
            (long.as_str(), InvalidTarget::Long),
        ] {
            assert_eq!(text.parse::<Target>(), Err(why), "{text}");
        }
    }
}
