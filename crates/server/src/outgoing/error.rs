use super::InvalidTarget;
use std::net::IpAddr;
use std::time::Duration;

/// Why a request has no response. No text of the other side is in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutgoingError {
    /// There is no such target.
    #[error("the URL {0}")]
    Target(#[from] InvalidTarget),
    /// The name has no address.
    #[error("the name `{0}` cannot be resolved")]
    Unresolved(String),
    /// One of its addresses may not be connected to.
    #[error("`{host}` is {address}, which is not allowed: {}", why(.address))]
    ForbiddenAddress {
        /// The name.
        host: String,
        /// The address.
        address: IpAddr,
    },
    /// It is this server.
    #[error("the URL leads to this server itself")]
    OwnListener,
    /// Nothing accepts connections there.
    #[error("connect to {0}")]
    Unreachable(String),
    /// There is no way to a host.
    #[error("reach `{0}`")]
    NoRoute(String),
    /// The system does not let this process send ICMP echo requests.
    #[error(
        "ping: the system does not permit it; add the server's group to `net.ipv4.ping_group_range`, or give it the \
         capability CAP_NET_RAW"
    )]
    PingForbidden,
    /// The certificate is not valid for the name, or TLS fails otherwise.
    #[error("agree on TLS with `{0}`: {1}")]
    Tls(String, String),
    /// The response did not end in time.
    #[error("the response took more than {} ms", .0.as_millis())]
    TooSlow(Duration),
    /// The response's body is too long.
    #[error("the response has more than {0} bytes")]
    TooLong(usize),
    /// The response is not HTTP, ends too early, or its header is too long.
    #[error(
        "the response is not HTTP/1.1, ends too early, or has a header of more than 64 lines or 32 KiB"
    )]
    Malformed,
    /// The system has no certificates of authorities that would say whom to trust.
    #[error("this system has no root certificates, without which no https URL can be requested")]
    NoRoots,
}

fn why(address: &IpAddr) -> &'static str {
    use super::address::AddressKind;
    match AddressKind::of(*address) {
        AddressKind::Private => "private networks have to be allowed for this target explicitly",
        AddressKind::Public | AddressKind::Never => "no request goes to such an address",
    }
}
