//! Which connections a server has not closed yet. A client that hardly reads would learn of the end only after
//! everything before it.

use std::collections::HashSet;
use std::fs;
use std::net::SocketAddr;
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

/// How often the kernel's list is read.
pub(super) const INTERVAL: Duration = Duration::from_secs(1);

/// The state of a connection that neither side has closed (proc_net_tcp(5)).
const ESTABLISHED: &str = "01";

pub(super) struct Kept {
    server: SocketAddr,
    /// The ports of its clients, by the last list and the one before: a list that is read while connections come and go
    /// may lack some.
    clients: RwLock<[HashSet<u16>; 2]>,
}

impl Kept {
    pub(super) fn new(server: SocketAddr) -> Self {
        Self {
            server,
            clients: RwLock::default(),
        }
    }

    /// Reads the list again. A server on another machine seems to have closed everything.
    pub(super) fn update(&self) {
        let name = match self.server.is_ipv4() {
            true => "/proc/net/tcp",
            false => "/proc/net/tcp6",
        };
        let list = fs::read_to_string(name).unwrap_or_default();
        let clients = clients(&list, self.server.port());
        let mut lists = self.clients.write().unwrap_or_else(PoisonError::into_inner);
        lists.swap(0, 1);
        lists[0] = clients;
    }

    pub(super) fn has(&self, client: u16) -> bool {
        let lists = self.clients.read().unwrap_or_else(PoisonError::into_inner);
        lists.iter().any(|clients| clients.contains(&client))
    }
}

fn clients(list: &str, server: u16) -> HashSet<u16> {
    let client = |line: &str| {
        let mut fields = line.split_whitespace().skip(1);
        let mut port = || {
            let (_, port) = fields.next()?.split_once(':')?;
            u16::from_str_radix(port, 16).ok()
        };
        let (local, remote) = (port()?, port()?);
        (local == server && fields.next() == Some(ESTABLISHED)).then_some(remote)
    };
    list.lines().filter_map(client).collect()
}

#[cfg(test)]
mod tests {
    use super::clients;

    #[test]
    fn open_connections_of_the_server_are_found() {
        let list = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt\n\
             0: 0100007F:223D 00000000:0000 0A 00000000:00000000 00:00000000 00000000\n\
             1: 0100007F:223D 0100007F:C001 01 00000000:00000000 00:00000000 00000000\n\
             2: 0100007F:223D 0100007F:C002 04 00000000:00000000 00:00000000 00000000\n\
             3: 0100007F:C001 0100007F:223D 01 00000000:00000000 00:00000000 00000000\n";
        assert_eq!(clients(list, 0x223D), [0xC001].into());
    }
}
