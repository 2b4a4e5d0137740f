//! Selects the interfaces that count towards the totals. A container's traffic passes its veth, the bridge
//! and the uplink, and each of them counts it: the sum of all interfaces would be a multiple of the traffic.
//! The kinds of interfaces are in `/sys/class/net`; names are arbitrary.

use super::network::{Seen, is_loopback};
use super::proc_file::{columns, lines, number, read};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use std::{fs, iter};

/// How often known interfaces are read again, which rarely join a bridge or a bond.
const READ_EVERY: Duration = Duration::from_secs(10);

/// ARPHRD_ETHER, and the three ways to listen to a radio beside its own interface (if_arp.h).
const ETHERNET: u64 = 1;
const MONITORS: std::ops::RangeInclusive<u64> = 801..=803;

/// The `DEVTYPE` (uevent(7)) of interfaces that forward or wrap the traffic of others.
const STACKED: [&[u8]; 6] = [
    b"bond",
    b"bridge",
    b"geneve",
    b"vlan",
    b"vxlan",
    b"wireguard",
];

const ROUTE_UP: u64 = 0x1;
const ROUTE_REJECT: u64 = 0x200;

pub(super) struct Topology {
    class: PathBuf,
    routes: PathBuf,
    routes_v6: PathBuf,
    /// The last selected interfaces, by name and index, and whether each counts.
    judged: Vec<(Vec<u8>, Option<u32>, bool)>,
    judged_at: Instant,
}

impl Topology {
    pub(super) fn new(root: &Path) -> Self {
        Self {
            class: root.join("sys/class/net"),
            routes: root.join("proc/net/route"),
            routes_v6: root.join("proc/net/ipv6_route"),
            judged: Vec::new(),
            judged_at: Instant::now(),
        }
    }

    /// Whether each interface counts.
    pub(super) fn mark_counted(&mut self, seen: &mut [Seen]) {
        let judged = self.judged.iter();
        let same = judged
            .map(|(name, index, _)| (name.as_slice(), *index))
            .eq(seen.iter().map(|seen| (seen.name.as_slice(), seen.index)));
        if !same || self.judged_at.elapsed() >= READ_EVERY {
            let counted = self.judge(seen);
            let judged = seen.iter().zip(counted);
            self.judged = judged
                .map(|(seen, counted)| (seen.name.clone(), seen.index, counted))
                .collect();
            self.judged_at = Instant::now();
        }
        for (seen, (_, _, counted)) in iter::zip(seen, &self.judged) {
            seen.counted = *counted;
        }
    }

    fn judge(&self, seen: &[Seen]) -> Vec<bool> {
        let links: Vec<_> = seen
            .iter()
            .filter(|seen| !is_loopback(&seen.name))
            .map(|seen| Link::of(&self.class, seen))
            .collect();
        let physical: Vec<_> = links.iter().filter(|link| link.has_device()).collect();
        let counted = if physical.is_empty() {
            self.ends(&links)
        } else {
            lowest(&physical)
        };
        let counts = |seen: &Seen| counted.iter().any(|link| link.name == seen.name);
        seen.iter().map(counts).collect()
    }

    /// In a container no interface has a device. The ones that count are those not built on another; of
    /// several, those with a default route.
    fn ends<'a>(&self, links: &'a [Link]) -> Vec<&'a Link<'a>> {
        let ends: Vec<_> = links.iter().filter(|link| link.is_end()).collect();
        if ends.len() == 1 {
            return ends;
        }
        let routed = self.default_routes();
        let has_route = |link: &&Link| routed.iter().any(|name| name == link.name);
        let routed_ends: Vec<_> = ends.iter().copied().filter(has_route).collect();
        match (ends.is_empty(), routed_ends.is_empty()) {
            (false, false) => routed_ends,
            (false, true) => ends,
            // Only tunnels and bridges.
            (true, _) => links.iter().filter(has_route).collect(),
        }
    }

    /// The interfaces of all default routes: proc_pid_net(5), and the same for IPv6.
    fn default_routes(&self) -> Vec<Vec<u8>> {
        let mut names = Vec::new();
        for line in lines(&read(&self.routes)) {
            let columns: Vec<_> = columns(line).collect();
            if let [name, b"00000000", _, flags, _, _, _, b"00000000", ..] = columns[..]
                && is_usable(flags)
            {
                names.push(name.to_owned());
            }
        }
        for line in lines(&read(&self.routes_v6)) {
            let columns: Vec<_> = columns(line).collect();
            if let [destination, b"00", _, b"00", _, _, _, _, flags, name] = columns[..]
                && destination.iter().all(|&digit| digit == b'0')
                && is_usable(flags)
            {
                names.push(name.to_owned());
            }
        }
        names
    }
}

fn is_usable(flags: &[u8]) -> bool {
    let flags = str::from_utf8(flags).ok();
    let flags = flags.and_then(|flags| u64::from_str_radix(flags, 16).ok());
    flags.is_some_and(|flags| flags & (ROUTE_UP | ROUTE_REJECT) == ROUTE_UP)
}

/// Interfaces with a device whose bytes no other one counts.
fn lowest<'a>(physical: &[&'a Link<'a>]) -> Vec<&'a Link<'a>> {
    let named = |name: &[u8]| physical.iter().any(|link| link.name == name);
    let numbered = |index: u64| physical.iter().any(|link| link.index == Some(index));
    let counts = |link: &&'a Link| {
        // A virtual machine's fast path, whose master is a paravirtual device and counts it.
        let has_master = link.master().is_some_and(|name| named(&name));
        // A port of a switch whose frames all pass the interface that it is attached to, or a
        // partition of an InfiniBand interface.
        let below = link.number("iflink");
        let is_stacked = below.is_some_and(|below| link.index != Some(below) && numbered(below));
        let is_monitor = link
            .number("type")
            .is_some_and(|kind| MONITORS.contains(&kind));
        !(has_master || is_stacked || is_monitor)
    };
    physical.iter().copied().filter(counts).collect()
}

/// An interface and its directory in `/sys/class/net`.
struct Link<'a> {
    name: &'a [u8],
    index: Option<u64>,
    /// Absent if the directory is of another network namespace.
    directory: Option<PathBuf>,
}

impl<'a> Link<'a> {
    fn of(class: &Path, seen: &'a Seen) -> Self {
        let mut link = Self {
            name: &seen.name,
            index: seen.index.map(u64::from),
            directory: Some(class.join(OsStr::from_bytes(&seen.name))),
        };
        let index = link.number("ifindex");
        if index.is_none() || link.index.is_some_and(|own| index != Some(own)) {
            link.directory = None;
        }
        link.index = link.index.or(index);
        link
    }

    fn has_device(&self) -> bool {
        self.has("device")
    }

    /// Whether it is an Ethernet interface that is neither built on another one nor part of one; true if
    /// nothing is known of it.
    fn is_end(&self) -> bool {
        let Some(directory) = &self.directory else {
            return true;
        };
        let has_lower = || {
            let entries = fs::read_dir(directory).into_iter().flatten().flatten();
            entries
                .map(|entry| entry.file_name())
                .any(|name| name.as_bytes().starts_with(b"lower_"))
        };
        self.number("type") == Some(ETHERNET)
            && !self.has("master")
            && !self.has("tun_flags")
            && !self.is_stacked()
            && !has_lower()
    }

    fn is_stacked(&self) -> bool {
        let uevent = self.read("uevent");
        let mut lines = lines(&uevent);
        let kind = lines.find_map(|line| line.strip_prefix(b"DEVTYPE="));
        kind.is_some_and(|kind| STACKED.contains(&kind))
    }

    /// The interface that this one is a part of.
    fn master(&self) -> Option<Vec<u8>> {
        let target = fs::read_link(self.directory.as_ref()?.join("master")).ok()?;
        Some(target.file_name()?.as_bytes().to_owned())
    }

    fn has(&self, file: &str) -> bool {
        let path = self.directory.as_ref().map(|path| path.join(file));
        path.is_some_and(|path| path.symlink_metadata().is_ok())
    }

    fn number(&self, file: &str) -> Option<u64> {
        number(self.read(file).trim_ascii())
    }

    fn read(&self, file: &str) -> Vec<u8> {
        let path = self.directory.as_ref().map(|path| path.join(file));
        path.map_or_else(Vec::new, |path| read(&path))
    }
}

#[cfg(test)]
mod tests;
