use std::net::{IpAddr, Ipv6Addr};

/// The bits of an IPv6 address that one customer usually has to itself (RFC 6177).
const IPV6_PREFIX_BITS: u32 = 64;

/// What counts as one client for all limits: an IPv4 address, or an IPv6 network of 64 bits, as its first address.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let mask = u128::MAX << (u128::BITS - IPV6_PREFIX_BITS);
            IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & mask))
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv6_network_is_one_client() {
        for (address, expected) in [
            ("192.0.2.1", "192.0.2.1"),
            ("::ffff:192.0.2.1", "192.0.2.1"),
            ("2001:db8::1", "2001:db8::"),
            ("2001:db8::ffff:1:2:3", "2001:db8::"),
            ("2001:db8:0:1::1", "2001:db8:0:1::"),
        ] {
            let found = network(address.parse().expect(address));
            assert_eq!(found.to_string(), expected, "{address}");
        }
    }
}
