//! The kernel's table of sockets, as sock_diag(7) has it. `/proc/net/tcp` says the same, but only of all sockets, which
//! takes milliseconds where there are thousands.

use super::PeerUser;
use socket2::{Domain, Protocol, Socket, Type};
use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::OnceLock;
use std::time::Duration;

/// What is asked, by the names of the kernel's headers.
const NETLINK_SOCK_DIAG: i32 = 4;
const SOCK_DIAG_BY_FAMILY: u16 = 20;
const NLM_F_REQUEST: u16 = 1;
const NLMSG_ERROR: u16 = 2;

/// `struct nlmsghdr`.
const HEADER_BYTES: usize = 16;

/// `struct inet_diag_req_v2`: a head, and the socket's `struct inet_diag_sockid`.
const REQUEST_HEAD_BYTES: usize = 8;
const SOCKET_ID_BYTES: usize = 48;
const REQUEST_BYTES: usize = HEADER_BYTES + REQUEST_HEAD_BYTES + SOCKET_ID_BYTES;

/// The ports and addresses, with which the id of a socket begins.
const ADDRESSES_BYTES: usize = 36;

/// Where a request has the socket's id.
const REQUEST_ID_AT: usize = HEADER_BYTES + REQUEST_HEAD_BYTES;

/// Where requests and answers have the family of the socket.
const FAMILY_AT: usize = HEADER_BYTES;

/// Where `struct inet_diag_msg` has the socket's id, its user, and its inode.
const ID_AT: usize = HEADER_BYTES + 4;
const USER_AT: usize = ID_AT + SOCKET_ID_BYTES + 12;
const INODE_AT: usize = USER_AT + 4;

/// The kernel answers at once.
const ANSWER_TIME_MAX: Duration = Duration::from_millis(100);

/// The user that runs this program.
pub(super) fn own_user() -> u32 {
    rustix::process::geteuid().as_raw()
}

pub(super) fn user_of(peer: SocketAddr, own: SocketAddr) -> PeerUser {
    if !can_tell() {
        return PeerUser::Unknown;
    }
    match ask(peer, own) {
        Ok(Some(user)) => PeerUser::Known(user),
        Ok(None) => PeerUser::Nobody,
        Err(error) => {
            tracing::warn!(%error, "The kernel did not say whose program has connected, so it is refused.");
            PeerUser::Nobody
        }
    }
}

/// Whether the kernel tells: a sandbox may forbid the question, and a missing module is answered as a missing socket.
fn can_tell() -> bool {
    static CAN_TELL: OnceLock<bool> = OnceLock::new();
    *CAN_TELL.get_or_init(|| {
        let own = own_connection();
        let can_tell = matches!(own, Ok(Some(user)) if user == own_user());
        if !can_tell {
            tracing::warn!(
                found = ?own,
                "The kernel does not say whose programs connect. While login is off, a proxy that hides itself is not \
                 recognised: create a user before putting one in front."
            );
        }
        can_tell
    })
}

/// The user of a connection of this program to itself.
fn own_connection() -> io::Result<Option<u32>> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let socket = TcpStream::connect(listener.local_addr()?)?;
    ask(socket.local_addr()?, listener.local_addr()?)
}

/// The user of the program that has the socket at `local`, which is connected to `remote`; none without such a program.
fn ask(local: SocketAddr, remote: SocketAddr) -> io::Result<Option<u32>> {
    let mut socket = Socket::new(
        Domain::from(libc::AF_NETLINK),
        Type::DGRAM,
        Some(Protocol::from(NETLINK_SOCK_DIAG)),
    )?;
    socket.set_read_timeout(Some(ANSWER_TIME_MAX))?;
    let request = request(local, remote);
    socket.write_all(&request)?;
    let mut answer = [0; 512];
    let length = socket.read(&mut answer)?;
    read(&answer[..length], &request)
}

/// What asks for one socket.
fn request(local: SocketAddr, remote: SocketAddr) -> [u8; REQUEST_BYTES] {
    // Those of a socket for both families are found by their addresses of version 4, too.
    let [local, remote] =
        [local, remote].map(|it| SocketAddr::new(it.ip().to_canonical(), it.port()));
    let family = match local.ip() {
        IpAddr::V4(_) => libc::AF_INET,
        IpAddr::V6(_) => libc::AF_INET6,
    };
    let mut request = Vec::with_capacity(REQUEST_BYTES);
    request.extend((REQUEST_BYTES as u32).to_ne_bytes());
    request.extend(SOCK_DIAG_BY_FAMILY.to_ne_bytes());
    request.extend(NLM_F_REQUEST.to_ne_bytes());
    // The number of the request, and the kernel as its receiver.
    request.extend([0; 8]);
    request.extend([family as u8, libc::IPPROTO_TCP as u8, 0, 0]);
    // In any state.
    request.extend(u32::MAX.to_ne_bytes());
    request.extend(local.port().to_be_bytes());
    request.extend(remote.port().to_be_bytes());
    request.extend(octets(local.ip()));
    request.extend(octets(remote.ip()));
    // Of any interface, and without a cookie.
    request.extend([0; 4]);
    request.extend([0xff; 8]);
    request.try_into().expect("the parts of a request")
}

fn octets(address: IpAddr) -> [u8; 16] {
    match address {
        IpAddr::V4(address) => {
            let mut octets = [0; 16];
            octets[..4].copy_from_slice(&address.octets());
            octets
        }
        IpAddr::V6(address) => address.octets(),
    }
}

/// Reads the answer to a request.
fn read(answer: &[u8], request: &[u8; REQUEST_BYTES]) -> io::Result<Option<u32>> {
    let invalid = || io::Error::other("the answer is not one that this version knows");
    let word = |at: usize| {
        let bytes = answer.get(at..at + 4).and_then(|it| it.try_into().ok());
        bytes.map(u32::from_ne_bytes).ok_or_else(invalid)
    };
    let kind = answer.get(4..6).and_then(|it| it.try_into().ok());
    match kind.map(u16::from_ne_bytes) {
        Some(NLMSG_ERROR) => {
            let error = io::Error::from_raw_os_error(-word(HEADER_BYTES)?.cast_signed());
            match error.kind() {
                io::ErrorKind::NotFound => Ok(None),
                _ => Err(error),
            }
        }
        Some(SOCK_DIAG_BY_FAMILY) => {
            // A socket that listens there is found in place of one that has ended; one without an inode was closed, and
            // its user is not known any more.
            let is_wanted = endpoints(answer, ID_AT) == endpoints(request, REQUEST_ID_AT);
            let (user, inode) = (word(USER_AT)?, word(INODE_AT)?);
            Ok((is_wanted && inode != 0).then_some(user))
        }
        _ => Err(invalid()),
    }
}

/// The two ends of a socket. The kernel answers by the socket's own family, so that of a socket for both families the
/// addresses of version 4 are mapped ones.
fn endpoints(message: &[u8], id_at: usize) -> Option<[SocketAddr; 2]> {
    let id = message.get(id_at..id_at + ADDRESSES_BYTES)?;
    let (ports, addresses) = id.split_at_checked(4)?;
    let is_v4 = i32::from(*message.get(FAMILY_AT)?) == libc::AF_INET;
    let end = |ports: &[u8], address: &[u8]| {
        let port = u16::from_be_bytes(ports.try_into().ok()?);
        let octets: [u8; 16] = address.try_into().ok()?;
        let address = match is_v4 {
            true => IpAddr::from(*octets.first_chunk::<4>()?),
            false => IpAddr::from(octets).to_canonical(),
        };
        Some(SocketAddr::new(address, port))
    };
    let (local, remote) = addresses.split_at_checked(16)?;
    Some([end(&ports[..2], local)?, end(&ports[2..], remote)?])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_user_of_a_connection_is_found_until_it_ends() {
        for address in ["127.0.0.1:0", "[::1]:0"] {
            let Ok(listener) = TcpListener::bind(address) else {
                // Not every machine has IPv6.
                continue;
            };
            let own = listener.local_addr().unwrap();
            let socket = TcpStream::connect(own).unwrap();
            let peer = socket.local_addr().unwrap();
            assert_eq!(user_of(peer, own), PeerUser::Known(own_user()), "{address}");
            drop(socket);
            assert_eq!(user_of(peer, own), PeerUser::Nobody, "{address}");
        }
    }

    #[test]
    fn a_socket_for_both_families_is_found() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let own = listener.local_addr().unwrap();
        let Ok(socket) = Socket::new(Domain::IPV6, Type::STREAM, None) else {
            // Not every machine has IPv6.
            return;
        };
        let mapped: SocketAddr = format!("[::ffff:127.0.0.1]:{}", own.port())
            .parse()
            .unwrap();
        socket.connect(&mapped.into()).unwrap();
        let (_, peer) = listener.accept().unwrap();
        assert_eq!(user_of(peer, own), PeerUser::Known(own_user()));
    }

    #[test]
    fn a_listening_socket_is_not_that_of_a_connection() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let own = listener.local_addr().unwrap();
        let nowhere = SocketAddr::from(([127, 0, 0, 1], 1));
        assert_eq!(user_of(own, nowhere), PeerUser::Nobody);
    }
}
