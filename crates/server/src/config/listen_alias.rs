use super::setting::Setting;
use super::source::{Assignment, Source};
use super::value::RawValue;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// Variables that many programs use; only the file and the default have lower precedence.
pub(super) const HOST: &str = "WS_HOST";
pub(super) const PORT: &str = "WS_PORT";

/// The setting `listen`, put together from a host and a port, of which either may be set.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ListenAlias {
    /// The variable that an error is to name.
    variable: &'static str,
    listen: String,
}

impl ListenAlias {
    /// The address that results from the variables and the underlying one; `None` without variables. An empty
    /// variable counts as unset.
    pub(super) fn over(
        below: SocketAddr,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Option<Self> {
        let set = |name| variable(name).filter(|value| !value.is_empty());
        let (host, port) = (set(HOST), set(PORT));
        let is_port = |text: &str| text.parse::<u16>().is_ok();
        let variable = match (&host, &port) {
            (None, None) => return None,
            (Some(_), None) => HOST,
            (None, Some(_)) => PORT,
            (Some(_), Some(port)) if is_port(port) => HOST,
            (Some(_), Some(_)) => PORT,
        };
        let host = host.map_or_else(|| bracketed(below.ip()), |host| address(&host));
        let port = port.unwrap_or_else(|| below.port().to_string());
        Some(Self {
            variable,
            listen: format!("{host}:{port}"),
        })
    }

    pub(super) fn of(self, listen: &'static Setting) -> Assignment {
        Assignment {
            setting: listen,
            source: Source::Variable(self.variable.to_owned()),
            is_deprecated: false,
            raw: RawValue::Text(self.listen),
        }
    }
}

/// Formats the address; the setting refuses an invalid one.
fn address(host: &str) -> String {
    if host.eq_ignore_ascii_case("localhost") {
        return Ipv4Addr::LOCALHOST.to_string();
    }
    host.parse().map_or_else(|_| host.to_owned(), bracketed)
}

fn bracketed(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("[{address}]"),
    }
}

/// What a variable of an alias accepts where the address that comes of it cannot be read.
pub(super) fn accepted(variable: &str, listen: &str) -> Option<&'static str> {
    if listen.parse::<SocketAddr>().is_ok() {
        return None;
    }
    match variable {
        HOST => Some("an address, as in 127.0.0.1"),
        PORT => Some("0 to 65535"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(host: Option<&str>, port: Option<&str>, expected: Option<(&'static str, &str)>) {
        let alias = ListenAlias::over(SocketAddr::from(([127, 0, 0, 2], 8765)), |name| {
            let value = if name == HOST { host } else { port };
            value.map(str::to_owned)
        });
        let expected = expected.map(|(variable, listen)| ListenAlias {
            variable,
            listen: listen.into(),
        });
        assert_eq!(alias, expected, "{host:?} {port:?}");
    }

    #[test]
    fn either_part_may_be_set() {
        check(None, None, None);
        check(Some(""), Some(""), None);
        check(None, Some("9000"), Some((PORT, "127.0.0.2:9000")));
        check(Some("127.0.0.1"), None, Some((HOST, "127.0.0.1:8765")));
        check(Some("Localhost"), None, Some((HOST, "127.0.0.1:8765")));
        check(Some("::1"), Some("0"), Some((HOST, "[::1]:0")));
        check(Some("[::1]"), None, Some((HOST, "[::1]:8765")));
    }

    #[test]
    fn the_wrong_part_is_named() {
        check(Some("::1"), Some("70000"), Some((PORT, "[::1]:70000")));
        check(None, Some("http"), Some((PORT, "127.0.0.2:http")));
        check(Some("board"), Some("80"), Some((HOST, "board:80")));
        check(Some("0.0.0.0"), Some("80"), Some((HOST, "0.0.0.0:80")));
    }
}
