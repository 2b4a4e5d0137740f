use mio::net::TcpStream;
use rustix::io::Errno;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use socket2::{Domain, Protocol, Socket, Type};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};

/// Viewers per source address: an address has some 28,000 ports for one destination.
const PORTS_PER_ADDRESS: usize = 20_000;

/// Half of the kernel's minimum, so that a stalled reader's receive buffer does not hold minutes of
/// messages.
const SMALL_RECEIVE_BUFFER_BYTES: usize = 2_048;

/// Starts to connect viewer number `index`; `small` minimizes its receive buffer.
pub(crate) fn dial(address: SocketAddr, index: usize, small: bool) -> io::Result<TcpStream> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    socket.set_nonblocking(true)?;
    socket.set_tcp_nodelay(true)?;
    if small {
        socket.set_recv_buffer_size(SMALL_RECEIVE_BUFFER_BYTES)?;
    }
    if let Some(source) = source(address, index) {
        socket.bind(&source.into())?;
    }
    match socket.connect(&address.into()) {
        Err(error) if Errno::from_io_error(&error) != Some(Errno::INPROGRESS) => Err(error),
        _ => Ok(TcpStream::from_std(socket.into())),
    }
}

fn source(address: SocketAddr, index: usize) -> Option<SocketAddr> {
    let block = index / PORTS_PER_ADDRESS;
    (address.is_ipv4() && address.ip().is_loopback() && block > 0)
        .then(|| SocketAddr::from((Ipv4Addr::new(127, 0, 0, 1 + block as u8), 0)))
}

/// Whether a connect has finished.
pub(crate) fn is_connected(socket: &TcpStream) -> io::Result<bool> {
    if let Some(error) = socket.take_error()? {
        return Err(error);
    }
    match socket.peer_addr() {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotConnected => Ok(false),
        Err(error) => Err(error),
    }
}

/// Raises the limit of open files for `viewers` sockets.
pub(crate) fn raise_open_files(viewers: usize) -> Result<(), TooFewFiles> {
    // Standard streams, epoll and files in /proc.
    let needed = viewers as u64 + 64;
    // A server under test in this same process needs as many again.
    let wanted = needed + viewers as u64;
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current.is_none_or(|current| current >= wanted) {
        return Ok(());
    }
    // An absent limit is no limit.
    let raised = maximum.map_or(wanted, |maximum| maximum.min(wanted));
    let allowed = match setrlimit(
        Resource::Nofile,
        Rlimit {
            current: Some(raised),
            maximum,
        },
    ) {
        Ok(()) => raised,
        Err(_) => current.unwrap_or(0),
    };
    if allowed < needed {
        return Err(TooFewFiles { needed, allowed });
    }
    Ok(())
}

/// The hard limit of open files is too low.
#[derive(Debug, thiserror::Error)]
#[error(
    "{needed} files must be open at once and {allowed} are allowed; raise the hard limit \
     (`ulimit -Hn`, or `nofile` in /etc/security/limits.conf)"
)]
pub struct TooFewFiles {
    needed: u64,
    allowed: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_spread_over_source_addresses() {
        let check = |index, expected: Option<&str>| {
            let source = source(SocketAddr::from(([127, 0, 0, 1], 80)), index);
            assert_eq!(source, expected.map(|text| text.parse().unwrap()));
        };
        check(0, None);
        check(19_999, None);
        check(20_000, Some("127.0.0.2:0"));
        check(49_999, Some("127.0.0.3:0"));
        assert_eq!(source("192.0.2.1:80".parse().unwrap(), 20_000), None);
    }
}
