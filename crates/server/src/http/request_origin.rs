use super::TrustedProxies;
use super::forwarded::{self, Hop, Malformed};
use super::peer_user::PeerUser;
use crate::accounts::LoginPolicy;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap};
use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// The other end of a TCP connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Peer {
    pub(crate) address: SocketAddr,
    /// Whether the connection is encrypted.
    pub(crate) is_tls: bool,
    /// Whose program it is.
    pub(crate) user: PeerUser,
}

/// Where a request comes from, and which address it was sent to: by the connection, or by the headers of a trusted
/// proxy. An extension of every request, set once, before it is routed.
///
/// Of untrusted peers, forwarding headers say nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RequestOrigin {
    /// The client's address: the rightmost of the forwarded ones that is no trusted proxy.
    pub(crate) address: IpAddr,
    /// Whether the client uses HTTPS.
    pub(crate) is_secure: bool,
    /// The name and port that the client requested, as in `Host`; empty if there is none.
    pub(crate) host: String,
    /// Whether the request came through a trusted proxy.
    pub(crate) is_via_proxy: bool,
    /// Whether a program on this machine sent it that is no trusted proxy.
    pub(crate) is_local: bool,
}

/// Headers of a trusted proxy by which a client could choose its own address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InvalidForwarding {
    /// A proxy sets one kind and passes on the other as the client sent it, so that one of the two may be forged.
    #[error(
        "a trusted proxy sends both `Forwarded` and `X-Forwarded-…`; it must remove the kind that it does not set itself"
    )]
    Ambiguous,
    #[error(transparent)]
    Malformed(#[from] Malformed),
}

impl RequestOrigin {
    /// Reads the headers of a request for this host.
    pub(crate) fn read(
        peer: Peer,
        host: &str,
        headers: &HeaderMap,
        proxies: &TrustedProxies,
    ) -> Result<Self, InvalidForwarding> {
        let address = peer.address.ip().to_canonical();
        let direct = Self {
            address,
            is_secure: peer.is_tls,
            host: host.to_owned(),
            is_via_proxy: false,
            is_local: false,
        };
        if !proxies.contains(address) {
            return Ok(Self {
                is_local: address.is_loopback(),
                ..direct
            });
        }
        let hops = match (forwarded::standard(headers)?, forwarded::customary(headers)) {
            (Some(_), Some(_)) => return Err(InvalidForwarding::Ambiguous),
            (Some(hops), None) | (None, Some(hops)) => hops,
            // For example its own health check.
            (None, None) => return Ok(direct),
        };
        let mut origin = Self {
            is_via_proxy: true,
            ..direct
        };
        // Each proxy appends what it knows about its own peer.
        for hop in hops.into_iter().rev() {
            origin.apply(&hop);
            match hop.client {
                Some(client) => origin.address = client.to_canonical(),
                // What is further left was written by somebody unknown.
                None => break,
            }
            if !proxies.contains(origin.address) {
                break;
            }
        }
        Ok(origin)
    }

    /// The address that limits apply to; none for a program on this machine, while login is off.
    pub(crate) fn limited_address(&self, login: &LoginPolicy) -> Option<IpAddr> {
        let is_exempt = self.is_local && login.exempts(self.address);
        (!is_exempt).then_some(self.address)
    }

    fn apply(&mut self, hop: &Hop) {
        if let Some(is_secure) = hop.is_secure {
            self.is_secure = is_secure;
        }
        if let Some(host) = &hop.host {
            self.host.clone_from(host);
        }
    }

    /// That of a request. Every request has one; without, nothing is allowed that depends on it.
    pub(crate) fn of(extensions: &Extensions) -> Self {
        let origin = extensions.get::<Self>();
        origin.cloned().unwrap_or_else(|| Self {
            address: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            is_secure: false,
            host: String::new(),
            is_via_proxy: false,
            is_local: false,
        })
    }
}

impl<S: Sync> FromRequestParts<S> for RequestOrigin {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.extensions))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;
    use axum::http::header::HeaderName;

    fn read(
        peer: &str,
        headers: &[(&'static str, &'static str)],
    ) -> Result<RequestOrigin, InvalidForwarding> {
        let proxies = TrustedProxies::new(&["127.0.0.1".into(), "10.0.0.0/8".into()]);
        let peer = Peer {
            address: SocketAddr::new(peer.parse().unwrap(), 4_000),
            is_tls: false,
            user: PeerUser::Unknown,
        };
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            let name = HeaderName::from_static(name);
            // Not only ASCII.
            map.append(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        RequestOrigin::read(peer, "inner:8765", &map, &proxies)
    }

    #[track_caller]
    fn check(
        peer: &str,
        headers: &[(&'static str, &'static str)],
        expected: (&str, bool, &str, bool),
    ) {
        let origin = read(peer, headers).unwrap();
        let RequestOrigin {
            address,
            is_secure,
            host,
            is_via_proxy,
            ..
        } = origin;
        let address = address.to_string();
        let found = (address.as_str(), is_secure, host.as_str(), is_via_proxy);
        assert_eq!(found, expected, "{headers:?}");
    }

    #[test]
    fn headers_of_untrusted_peers_say_nothing() {
        let forged = [
            ("x-forwarded-for", "203.0.113.9"),
            ("x-forwarded-proto", "https"),
            ("x-forwarded-host", "board.example"),
            ("forwarded", "for=203.0.113.9;proto=https"),
        ];
        let expected = ("192.0.2.1", false, "inner:8765", false);
        check("192.0.2.1", &forged, expected);
        check("::ffff:192.0.2.1", &forged, expected);
    }

    #[test]
    fn the_rightmost_untrusted_address_is_the_client() {
        let via = |address| (address, false, "inner:8765", true);
        for (header, client) in [
            ("203.0.113.9", "203.0.113.9"),
            ("203.0.113.9:4711", "203.0.113.9"),
            ("[2001:db8::1]:4711", "2001:db8::1"),
            ("198.51.100.1, 203.0.113.9, 10.1.1.1", "203.0.113.9"),
            ("10.1.1.1", "10.1.1.1"),
            // Only the item that is no text says nothing.
            ("é, 203.0.113.9", "203.0.113.9"),
            ("203.0.113.9, é, 10.1.1.1", "10.1.1.1"),
            // Nobody can say who wrote this.
            ("203.0.113.9, unknown, 10.1.1.1", "10.1.1.1"),
            ("", "127.0.0.1"),
        ] {
            check("127.0.0.1", &[("x-forwarded-for", header)], via(client));
        }
        let two = [
            ("x-forwarded-for", "198.51.100.1"),
            ("x-forwarded-for", "203.0.113.9"),
        ];
        check("127.0.0.1", &two, via("203.0.113.9"));
    }

    #[test]
    fn the_standard_header_is_read() {
        for (header, expected) in [
            (
                "for=203.0.113.9;proto=https;host=board.example",
                ("203.0.113.9", true, "board.example", true),
            ),
            (
                "For=\"[2001:db8::1]:4711\" ; Proto=HTTPS",
                ("2001:db8::1", true, "inner:8765", true),
            ),
            (
                "for=198.51.100.1;host=forged.example, for=203.0.113.9;host=board.example;proto=https, \
                 for=10.0.0.1;host=between",
                ("203.0.113.9", true, "board.example", true),
            ),
            (
                "for=203.0.113.9, for=_hidden;proto=https",
                ("127.0.0.1", true, "inner:8765", true),
            ),
            (
                "for=\"203.0.113.9\";host=\"a, b; \\\"c\"",
                ("203.0.113.9", false, "a, b; \"c", true),
            ),
        ] {
            check("127.0.0.1", &[("forwarded", header)], expected);
        }
    }

    #[test]
    fn scheme_and_host_are_those_of_the_clients_proxy() {
        let headers = [
            ("x-forwarded-for", "203.0.113.9"),
            ("x-forwarded-proto", "https"),
            ("x-forwarded-host", "board.example"),
        ];
        let expected = ("203.0.113.9", true, "board.example", true);
        check("127.0.0.1", &headers, expected);
        let appended = [
            ("x-forwarded-for", "198.51.100.1, 203.0.113.9, 10.0.0.1"),
            ("x-forwarded-proto", "http, https, http"),
            ("x-forwarded-host", "forged, board.example, between"),
        ];
        check("127.0.0.1", &appended, expected);
    }

    /// What a client sends comes first, and then, in the same line, what the proxy knows.
    #[test]
    fn a_malformed_standard_header_hides_nothing() {
        for sent_by_client in [
            "for=\"",
            "for=198.51.100.1;host=\"x",
            "for=\"198.51.100.1\\\"",
            "for=198.51.100.1\"",
            "for=\\",
            "for=a b",
            "for=\"198.51.100.1\"x",
            "for",
            "for=",
            "=x",
            "for=198.51.100.1;for=198.51.100.2",
            "for=é",
        ] {
            for appended in [
                "for=203.0.113.9;proto=https",
                "for=\"[2001:db8::1]:4711\";host=\"a\"",
            ] {
                let header: &str = format!("{sent_by_client}, {appended}").leak();
                let found = read("127.0.0.1", &[("forwarded", header)]);
                let refused = InvalidForwarding::Malformed(Malformed);
                assert_eq!(found, Err(refused), "{header}");
                // Of others the header says nothing at all.
                assert!(read("192.0.2.1", &[("forwarded", header)]).is_ok());
            }
        }
        let empty = [("forwarded", ", ,for=203.0.113.9;,")];
        let expected = ("203.0.113.9", false, "inner:8765", true);
        check("127.0.0.1", &empty, expected);
        let unquoted = [("forwarded", "for=203.0.113.9:4711;host=board.example:8443")];
        let expected = ("203.0.113.9", false, "board.example:8443", true);
        check("127.0.0.1", &unquoted, expected);
    }

    #[test]
    fn limits_apply_to_whatever_comes_through_a_proxy() {
        let (off, on) = (LoginPolicy::new(false, true), LoginPolicy::new(true, true));
        let loopback = Some(IpAddr::V4(Ipv4Addr::LOCALHOST));
        let proxied = read("127.0.0.1", &[("x-forwarded-for", "127.0.0.1")]).unwrap();
        assert_eq!(proxied.limited_address(&off), loopback);
        // Its own health check, or a client of one that says nothing.
        let proxy = read("127.0.0.1", &[]).unwrap();
        assert_eq!(proxy.limited_address(&off), loopback);
        let program = read("127.0.0.2", &[]).unwrap();
        assert_eq!(program.limited_address(&off), None);
        assert_eq!(program.limited_address(&on), Some(program.address));
    }

    #[test]
    fn two_kinds_of_headers_are_refused() {
        let both = [
            ("x-forwarded-for", "203.0.113.9"),
            ("forwarded", "for=198.51.100.1"),
        ];
        assert_eq!(read("127.0.0.1", &both), Err(InvalidForwarding::Ambiguous));
    }
}
