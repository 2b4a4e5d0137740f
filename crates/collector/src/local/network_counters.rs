//! The counters of all network interfaces, from one file: `sysinfo` opens nine for each interface, which
//! takes half a millisecond a second for a few.

use super::network::Seen;
use super::network_topology::Topology;
use super::proc_file::{columns, lines, number, read_into};
use rustix::fd::OwnedFd;
use rustix::net::{AddressFamily, SocketFlags, SocketType, netdevice, socket_with};
use std::path::Path;

pub(super) struct Reader {
    buffer: Vec<u8>,
    /// Any socket, to look up an interface's index.
    socket: Option<OwnedFd>,
    topology: Topology,
}

impl Reader {
    pub(super) fn new() -> Option<Self> {
        let (family, flags) = (AddressFamily::UNIX, SocketFlags::CLOEXEC);
        Some(Self {
            buffer: Vec::new(),
            socket: socket_with(family, SocketType::DGRAM, flags, None).ok(),
            topology: Topology::new(Path::new("/")),
        })
    }

    /// Empty if the file cannot be read, as in a sandbox without `/proc`.
    pub(super) fn read(&mut self) -> Vec<Seen> {
        if read_into(Path::new("/proc/net/dev"), &mut self.buffer).is_err() {
            return Vec::new();
        }
        let mut seen = parse(&self.buffer);
        for interface in &mut seen {
            interface.index = self.index(&interface.name);
        }
        self.topology.mark_counted(&mut seen);
        seen
    }

    /// The index, since names can be reused.
    fn index(&self, name: &[u8]) -> Option<u32> {
        let name = str::from_utf8(name).ok()?;
        netdevice::name_to_index(self.socket.as_ref()?, name).ok()
    }
}

/// A table with two lines of headings: name, then eight columns received, of which bytes are the
/// first, then as many sent (proc_pid_net(5)). A name has no blanks, and a colon only where an old
/// kernel lists an alias.
fn parse(table: &[u8]) -> Vec<Seen> {
    lines(table)
        .skip(2)
        .filter_map(|line| {
            let colon = line.iter().rposition(|&byte| byte == b':')?;
            let mut columns = columns(&line[colon + 1..]);
            Some(Seen {
                name: line[..colon].trim_ascii().to_owned(),
                index: None,
                counted: true,
                recv_bytes: number(columns.next()?)?,
                sent_bytes: number(columns.nth(7)?)?,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_first_and_the_ninth_column() {
        let table = b"\
Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:  812345    1200    0    0    0     0          0         0   812345    1200    0    0    0     0       0          0
eth0.5:18446744073709551615 9 0 0 0 0 0 0 77 9 0 0 0 0 0 0
  eth0:1: 5 9 0 0 0 0 0 0 6 9 0 0 0 0 0 0
caf\xe9: 1 9 0 0 0 0 0 0 2 9 0 0 0 0 0 0
  bad0: 5 9 0
";
        let seen = |name: &[u8], sent_bytes, recv_bytes| Seen {
            name: name.to_owned(),
            index: None,
            counted: true,
            sent_bytes,
            recv_bytes,
        };
        let expected = [
            seen(b"lo", 812_345, 812_345),
            seen(b"eth0.5", 77, u64::MAX),
            seen(b"eth0:1", 6, 5),
            seen(b"caf\xe9", 2, 1),
        ];
        assert_eq!(parse(table), expected);
        assert_eq!(parse(b""), []);
    }
}
