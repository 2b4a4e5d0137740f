//! ICMP echo (RFC 792; RFC 4443, 4).

use super::{OutgoingError, Target};
use socket2::{Domain, Protocol, Socket, Type};
use std::io::{Error, ErrorKind};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use tokio::net::UdpSocket;
use tokio::time::timeout;

/// A request may be lost, so it is repeated.
const EVERY: Duration = Duration::from_secs(1);

const PAYLOAD_BYTES: usize = 16;

/// Sends echo requests to the first of the addresses until one is replied to.
pub(super) async fn ping(target: &Target, addresses: &[SocketAddr]) -> Result<(), OutgoingError> {
    let failed = |_| OutgoingError::NoRoute(target.host().to_owned());
    let Some(address) = addresses.first() else {
        return Err(OutgoingError::Unresolved(target.host().to_owned()));
    };
    let echo = Echo::new(address.ip()).map_err(failed)?;
    let socket = echo
        .socket(address.ip())
        .map_err(|error| match error.kind() {
            ErrorKind::PermissionDenied => OutgoingError::PingForbidden,
            _ => failed(error),
        })?;
    loop {
        socket.send(&echo.request()).await.map_err(failed)?;
        if let Ok(replied) = timeout(EVERY, echo.reply(&socket)).await {
            return replied.map_err(failed);
        }
    }
}

/// A request, and what its reply is known by.
struct Echo {
    request_type: u8,
    reply_type: u8,
    /// Random, so that the reply to another process is not taken for one's own. The identifier would not do: the
    /// system replaces it.
    payload: [u8; PAYLOAD_BYTES],
}

impl Echo {
    fn new(address: IpAddr) -> Result<Self, Error> {
        let mut payload = [0; PAYLOAD_BYTES];
        getrandom::fill(&mut payload)?;
        let (request_type, reply_type) = match address {
            IpAddr::V4(_) => (8, 0),
            IpAddr::V6(_) => (128, 129),
        };
        Ok(Self {
            request_type,
            reply_type,
            payload,
        })
    }

    /// A socket that needs no privilege where the system allows it to the group of this process, or else a raw one.
    fn socket(&self, address: IpAddr) -> Result<UdpSocket, Error> {
        let (domain, protocol) = match address {
            IpAddr::V4(_) => (Domain::IPV4, Protocol::ICMPV4),
            IpAddr::V6(_) => (Domain::IPV6, Protocol::ICMPV6),
        };
        let socket = Socket::new(domain, Type::DGRAM, Some(protocol))
            .or_else(|_| Socket::new(domain, Type::RAW, Some(protocol)))?;
        socket.set_nonblocking(true)?;
        socket.connect(&SocketAddr::new(address, 0).into())?;
        UdpSocket::from_std(socket.into())
    }

    /// Type, code, checksum, identifier, sequence number, payload.
    fn request(&self) -> Vec<u8> {
        let mut message = vec![self.request_type, 0, 0, 0, 0, 1, 0, 1];
        message.extend(self.payload);
        // Of ICMPv6 the system computes it, which knows the addresses that are part of it.
        let [high, low] = checksum(&message).to_be_bytes();
        message[2] = high;
        message[3] = low;
        message
    }

    async fn reply(&self, socket: &UdpSocket) -> Result<(), Error> {
        let mut received = [0; 256];
        loop {
            let length = socket.recv(&mut received).await?;
            if self.is_reply(received.get(..length).unwrap_or_default()) {
                return Ok(());
            }
        }
    }

    fn is_reply(&self, received: &[u8]) -> bool {
        // A raw socket receives the header of IPv4, too, whose first byte has the version and the length in words.
        let header = match received.first() {
            Some(first) if first >> 4 == 4 => usize::from(first & 0xf) * 4,
            _ => 0,
        };
        received.get(header) == Some(&self.reply_type) && received.ends_with(&self.payload)
    }
}

/// The checksum of the internet (RFC 1071) of an even number of bytes.
fn checksum(message: &[u8]) -> u16 {
    let words = message.chunks_exact(2);
    let sum: u32 = words
        .map(|word| u32::from(u16::from_be_bytes([word[0], word[1]])))
        .sum();
    let folded = (sum & 0xffff) + (sum >> 16);
    let folded = (folded & 0xffff) + (folded >> 16);
    !u16::try_from(folded).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_has_the_payload_of_its_request() {
        let echo = Echo::new(IpAddr::from([127, 0, 0, 1])).expect("random numbers");
        let request = echo.request();
        assert_eq!(checksum(&request), 0, "with its checksum the sum is zero");
        assert!(!echo.is_reply(&request), "a request is no reply");
        let mut reply = request.clone();
        reply[0] = 0;
        assert!(echo.is_reply(&reply));
        let header = [[0x45].as_slice(), &[0; 19]].concat();
        assert!(echo.is_reply(&[header.as_slice(), &reply].concat()));
        let last = reply.len() - 1;
        reply[last] ^= 1;
        assert!(!echo.is_reply(&reply), "of another process");
        assert!(!echo.is_reply(&[]));
    }
}
