use std::net::{IpAddr, SocketAddr, UdpSocket};

/// Whether a connection to `address` would reach the listener at `own`.
///
/// A listener on all addresses is reached by each of this machine's, which is what a socket can be bound to.
pub(super) fn is_own_listener(address: SocketAddr, own: SocketAddr) -> bool {
    if address.port() != own.port() {
        return false;
    }
    let (address, own) = (address.ip().to_canonical(), own.ip().to_canonical());
    address == own || own.is_unspecified() && is_of_this_machine(address)
}

fn is_of_this_machine(address: IpAddr) -> bool {
    address.is_loopback() || UdpSocket::bind((address, 0)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_own_listener_is_recognised_by_each_of_its_addresses() {
        for (address, own, expected) in [
            ("127.0.0.1:80", "127.0.0.1:80", true),
            ("127.0.0.1:81", "127.0.0.1:80", false),
            ("127.0.0.2:80", "127.0.0.1:80", false),
            ("[::ffff:127.0.0.1]:80", "127.0.0.1:80", true),
            ("127.0.0.1:80", "0.0.0.0:80", true),
            ("127.0.0.1:80", "[::]:80", true),
            ("192.0.2.1:80", "0.0.0.0:80", false),
        ] {
            let [address, own] = [address, own].map(|text| text.parse().expect(text));
            assert_eq!(is_own_listener(address, own), expected, "{address} {own}");
        }
    }
}
