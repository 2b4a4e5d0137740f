use crate::outgoing::{InvalidTarget, Target};
use std::fmt;
use std::str::FromStr;

/// What a check probes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CheckTarget {
    /// An HTTP request is responded to as expected.
    Http(Target),
    /// A TCP connection is accepted: `tcp://host:port`.
    Tcp(Target),
    /// A name has an address: `dns://name`.
    Dns(Target),
    /// A host answers an ICMP echo request: `ping://host`.
    Ping(Target),
}

impl CheckTarget {
    pub(crate) fn is_http(&self) -> bool {
        matches!(self, Self::Http(_))
    }
}

impl FromStr for CheckTarget {
    type Err = InvalidTarget;

    fn from_str(text: &str) -> Result<Self, InvalidTarget> {
        // Those without a path are read as URLs of HTTP, too: so a host has one syntax.
        let authority = |text: &str| {
            let is_bare = !text.contains(['/', '?', '#']);
            let target = is_bare.then(|| ["http://", text].concat().parse::<Target>());
            target.unwrap_or(Err(InvalidTarget::NotUrl))
        };
        if let Some(rest) = text.strip_prefix("tcp://") {
            let target = authority(rest)?;
            return match target.has_port() {
                true => Ok(Self::Tcp(target)),
                false => Err(InvalidTarget::NotUrl),
            };
        }
        let host = |text: &str| match authority(text)? {
            target if target.has_port() => Err(InvalidTarget::NotUrl),
            target => Ok(target),
        };
        if let Some(name) = text.strip_prefix("dns://") {
            return host(name).map(Self::Dns);
        }
        if let Some(name) = text.strip_prefix("ping://") {
            return host(name).map(Self::Ping);
        }
        Ok(Self::Http(text.parse()?))
    }
}

/// Without a query, which may have a secret.
impl fmt::Display for CheckTarget {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Http(target) => target.fmt(formatter),
            Self::Tcp(target) => write!(formatter, "tcp://{}", target.instance()),
            Self::Dns(target) => write!(formatter, "dns://{}", target.host()),
            Self::Ping(target) => write!(formatter, "ping://{}", target.host()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_written_as_it_was_read() {
        for text in [
            "http://a.example/",
            "https://a.example:8443/health",
            "tcp://db-1:5432",
            "tcp://[::1]:22",
            "dns://a.example",
            "ping://192.0.2.1",
        ] {
            let target: CheckTarget = text.parse().expect(text);
            assert_eq!(target.to_string(), text);
        }
        let secret: CheckTarget = "https://a.example/?key=secret".parse().expect("a URL");
        assert_eq!(secret.to_string(), "https://a.example/");
    }

    #[test]
    fn other_texts_are_no_targets() {
        for text in [
            "",
            "a.example",
            "tcp://a",
            "tcp://a:0",
            "tcp://a:1/x",
            "tcp://a@b:1",
            "dns://a:53",
            "dns://",
            "ping://a:1",
            "ping://a/b",
            "udp://a:1",
        ] {
            assert!(text.parse::<CheckTarget>().is_err(), "{text}");
        }
    }
}
