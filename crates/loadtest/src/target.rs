use std::net::{SocketAddr, ToSocketAddrs};

/// The address of the server under test.
///
/// Only loopback addresses are accepted by default, since this program can take a server down, and a mistyped
/// host name must not select somebody else's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    pub(crate) address: SocketAddr,
    /// For the `Host` header.
    pub(crate) authority: String,
    pub(crate) path: Option<String>,
    /// Whether it is reached over TLS. Its certificate is not verified.
    pub(crate) is_tls: bool,
    /// Of a token, if the server requires a login.
    pub(crate) token: Option<String>,
}

/// Why a text is not a valid [`Target`].
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTarget {
    /// The scheme is missing or not supported.
    #[error("`{0}` is not an address such as http://127.0.0.1:8765")]
    Scheme(String),
    /// The name does not resolve.
    #[error("`{0}` does not resolve to an address and port")]
    Unresolved(String),
    /// The address belongs to another machine.
    #[error(
        "`{0}` resolves to {1}, which is not this machine; load goes to 127.0.0.0/8 and ::1 only, \
         unless you pass --allow-remote for your own server"
    )]
    Remote(String, SocketAddr),
}

impl Target {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Reads `http://host:port` or `ws://host:port`, with an `s` after the scheme for TLS, with or without a path.
    pub fn parse(url: &str, allow_remote: bool) -> Result<Self, InvalidTarget> {
        let (scheme, rest) = url
            .split_once("://")
            .ok_or_else(|| InvalidTarget::Scheme(url.into()))?;
        let is_tls = match scheme {
            "http" | "ws" => false,
            "https" | "wss" => true,
            _ => return Err(InvalidTarget::Scheme(url.into())),
        };
        let (authority, path) = match rest.find('/') {
            Some(slash) => rest.split_at(slash),
            None => (rest, ""),
        };
        let unresolved = || InvalidTarget::Unresolved(authority.into());
        let resolved: Vec<SocketAddr> = if has_port(authority) {
            authority.to_socket_addrs().map(Iterator::collect)
        } else {
            format!("{authority}:{}", if is_tls { 443 } else { 80 })
                .to_socket_addrs()
                .map(Iterator::collect)
        }
        .map_err(|_| unresolved())?;
        // Checks every address, not only the one that is used.
        let remote = resolved.iter().find(|address| !address.ip().is_loopback());
        if let (Some(remote), false) = (remote, allow_remote) {
            return Err(InvalidTarget::Remote(authority.into(), *remote));
        }
        Ok(Self {
            address: *resolved.first().ok_or_else(unresolved)?,
            authority: authority.into(),
            path: (!matches!(path, "" | "/")).then(|| path.into()),
            is_tls,
            token: None,
        })
    }

    /// The same, with an API token in each request.
    #[must_use]
    pub fn with_token(self, token: &str) -> Self {
        Self {
            token: Some(token.to_owned()),
            ..self
        }
    }

    /// The header of the token, or nothing.
    pub(crate) fn authorization(&self) -> String {
        let token = self.token.as_ref();
        token.map_or_else(String::new, |token| {
            format!("Authorization: Bearer {token}\r\n")
        })
    }
}

fn has_port(authority: &str) -> bool {
    authority
        .rsplit_once(':')
        .is_some_and(|(_, port)| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_addresses_of_this_machine() {
        let target = Target::parse("http://127.0.0.1:8765", false).unwrap();
        assert_eq!(target.address, "127.0.0.1:8765".parse().unwrap());
        assert_eq!(target.path, None);
        let target = Target::parse("ws://[::1]:9/ws?streams=data", false).unwrap();
        assert_eq!(target.address, "[::1]:9".parse().unwrap());
        assert_eq!(target.path.as_deref(), Some("/ws?streams=data"));
        assert!(Target::parse("wss://127.0.0.1:1", false).unwrap().is_tls);
        let target = Target::parse("http://127.9.9.9/", false).unwrap();
        assert_eq!(target.address, "127.9.9.9:80".parse().unwrap());
    }

    #[test]
    fn refuses_other_machines() {
        for url in ["http://192.0.2.1:8765", "ws://[2001:db8::1]:80/ws"] {
            assert!(matches!(
                Target::parse(url, false),
                Err(InvalidTarget::Remote(..))
            ));
            assert!(Target::parse(url, true).is_ok());
        }
    }

    #[test]
    fn refuses_other_schemes_and_unresolved_names() {
        for url in ["ftp://127.0.0.1:1", "127.0.0.1:1", ""] {
            assert!(matches!(
                Target::parse(url, false),
                Err(InvalidTarget::Scheme(_))
            ));
        }
        assert!(matches!(
            Target::parse("http://:x", false),
            Err(InvalidTarget::Unresolved(_))
        ));
    }
}
