use ipnet::IpNet;
use std::net::IpAddr;

/// The networks of the reverse proxies whose forwarding headers are believed.
#[derive(Debug, Clone, Default)]
pub(crate) struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    /// The networks of `trusted_proxies`, which its setting has checked.
    pub(crate) fn new(networks: &[String]) -> Self {
        let networks = networks.iter();
        Self(networks.filter_map(|it| Self::network(it)).collect())
    }

    /// Reads an address or a network in CIDR notation.
    pub(crate) fn network(text: &str) -> Option<IpNet> {
        let address = text.parse::<IpAddr>().map(IpNet::from);
        address.or_else(|_| text.parse()).ok()
    }

    /// Whether the peer with this address is one of them. An IPv4 address may have come over IPv6.
    pub(crate) fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_networks_are_trusted() {
        let proxies = TrustedProxies::new(&["192.0.2.1".into(), "10.0.0.0/8".into()]);
        for trusted in ["192.0.2.1", "10.255.0.1", "::ffff:10.0.0.1"] {
            assert!(proxies.contains(trusted.parse().unwrap()), "{trusted}");
        }
        for other in ["192.0.2.2", "11.0.0.1", "127.0.0.1", "::1"] {
            assert!(!proxies.contains(other.parse().unwrap()), "{other}");
        }
    }
}
