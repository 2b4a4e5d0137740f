use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Which networks a target may be in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Networks {
    /// Only addresses that the whole internet reaches.
    #[default]
    Public,
    /// These, and private ones: this machine, its local network, and carriers' shared addresses. Whoever sets up the
    /// target has to allow them explicitly.
    Private,
}

/// What an address is, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AddressKind {
    Public,
    Private,
    /// What no request may go to: neither a host's address, or one by which a cloud tells its machines secrets.
    Never,
}

impl Networks {
    pub(super) fn allow(self, address: IpAddr) -> bool {
        match AddressKind::of(address) {
            AddressKind::Public => true,
            AddressKind::Private => self == Self::Private,
            AddressKind::Never => false,
        }
    }
}

impl AddressKind {
    pub(super) fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(address) => Self::of_v4(address),
            IpAddr::V6(address) => Self::of_v6(address),
        }
    }

    /// By the IANA registry of special-purpose addresses (RFC 6890).
    fn of_v4(address: Ipv4Addr) -> Self {
        const METADATA: [Ipv4Addr; 3] = [
            // Alibaba Cloud.
            Ipv4Addr::new(100, 100, 100, 200),
            // Azure's WireServer.
            Ipv4Addr::new(168, 63, 129, 16),
            // Oracle Cloud, beside the link-local one that all have.
            Ipv4Addr::new(192, 0, 0, 192),
        ];
        if METADATA.contains(&address) {
            return Self::Never;
        }
        match address.octets() {
            [127, ..] | [10, ..] | [172, 16..=31, ..] | [192, 168, ..] | [100, 64..=127, ..] => {
                Self::Private
            }
            // This network, link-local, IETF assignments, documentation, 6to4 relays, benchmarks, multicast, reserved.
            [0, ..]
            | [169, 254, ..]
            | [192, 0, 0 | 2, _]
            | [192, 88, 99, _]
            | [198, 18 | 19, ..]
            | [198, 51, 100, _]
            | [203, 0, 113, _]
            | [224..=255, ..] => Self::Never,
            _ => Self::Public,
        }
    }

    fn of_v6(address: Ipv6Addr) -> Self {
        if address == Ipv6Addr::LOCALHOST {
            return Self::Private;
        }
        let segments = address.segments();
        let v4 = |high: u16, low: u16| {
            let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
            Ipv4Addr::new(a, b, c, d)
        };
        match segments {
            // Metadata of clouds, which are unique local addresses: Amazon's services, Google's, Oracle's, Scaleway's.
            [0xfd00, 0xec2, ..]
            | [0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254]
            | [0xfd00, 0xc1, 0, 0, 0, 0, 0xa9fe, 0xa9fe]
            | [0xfd00, 0x42, 0, 0, 0, 0, 0, 0x42] => Self::Never,
            // Mapped, translated (NAT64) and 6to4 addresses lead to the IPv4 address in them.
            [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
                Self::of_v4(v4(high, low))
            }
            [0x2002, high, low, ..] => Self::of_v4(v4(high, low)),
            // Locally used translation, Teredo, ORCHID, documentation.
            [0x64, 0xff9b, 1, ..]
            | [0x2001, 0..=0x1ff, ..]
            | [0x2001, 0xdb8, ..]
            | [0x3fff, ..] => Self::Never,
            // Unique local addresses.
            [0xfc00..=0xfdff, ..] => Self::Private,
            // The internet's.
            [0x2000..=0x3fff, ..] => Self::Public,
            // Unspecified, compatible, link-local, multicast, and unassigned ones.
            _ => Self::Never,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(kind: AddressKind, addresses: &[&str]) {
        for text in addresses {
            let address = text.parse().expect(text);
            assert_eq!(AddressKind::of(address), kind, "{text}");
        }
    }

    #[test]
    fn addresses_of_the_internet_are_public() {
        let public = [
            "1.1.1.1",
            "172.15.0.1",
            "172.32.0.1",
            "100.63.0.1",
            "100.128.0.1",
            "223.255.255.255",
            "2606:4700::1111",
            "::ffff:1.1.1.1",
            "64:ff9b::101:101",
        ];
        check(AddressKind::Public, &public);
    }

    #[test]
    fn private_addresses_have_to_be_allowed() {
        let private = [
            "127.0.0.1",
            "127.8.8.8",
            "::1",
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "100.64.0.1",
            "fd12::1",
            "fc00::1",
            "fd00:ec3::254",
            "fd20:ce::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2002:a00:1::1",
        ];
        check(AddressKind::Private, &private);
        let address = "10.0.0.1".parse().expect("an address");
        assert!(Networks::Private.allow(address) && !Networks::Public.allow(address));
    }

    #[test]
    fn metadata_and_what_is_no_hosts_address_is_never_reached() {
        let never = [
            "0.0.0.0",
            "0.1.2.3",
            "169.254.169.254",
            "169.254.1.1",
            "100.100.100.200",
            "168.63.129.16",
            "192.0.0.192",
            "192.0.2.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "255.255.255.255",
            "240.0.0.1",
            "::",
            "::7f00:1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "fd00:ec2::254",
            "fd00:ec2::23",
            "fd20:ce::254",
            "fd00:c1::a9fe:a9fe",
            "fd00:42::42",
            "::ffff:169.254.169.254",
            "::ffff:0.0.0.0",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::1",
            "2002:a9fe:a9fe::",
            "2001::1",
            "2001:db8::1",
        ];
        check(AddressKind::Never, &never);
        let address = "169.254.169.254".parse().expect("an address");
        assert!(!Networks::Private.allow(address));
    }
}
