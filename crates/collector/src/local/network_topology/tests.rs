use super::*;
use std::os::unix::fs::symlink;
use tempfile::TempDir;

/// A tree such as the kernel shows, with the interfaces of one host.
struct Tree {
    root: TempDir,
    seen: Vec<Seen>,
}

impl Tree {
    /// With loopback alone.
    fn new() -> Self {
        let mut tree = Self {
            root: tempfile::tempdir().unwrap(),
            seen: Vec::new(),
        };
        tree.add("lo", &[("type", "772")]);
        tree
    }

    fn directory(&self, name: &str) -> PathBuf {
        self.root.path().join("sys/class/net").join(name)
    }

    /// An interface that is known to have counters only.
    fn add_unknown(&mut self, name: &str) {
        self.seen.push(Seen {
            name: name.as_bytes().to_owned(),
            index: Some(self.seen.len() as u32 + 1),
            counted: false,
            sent_bytes: 0,
            recv_bytes: 0,
        });
    }

    /// An Ethernet interface without a device, with these files of its own.
    fn add(&mut self, name: &str, files: &[(&str, &str)]) {
        self.add_unknown(name);
        let directory = self.directory(name);
        fs::create_dir_all(&directory).unwrap();
        let index = self.seen.len().to_string();
        let usual = [
            ("type", "1"),
            ("ifindex", &index),
            ("iflink", &index),
            ("uevent", &format!("INTERFACE={name}\nIFINDEX={index}\n")),
        ];
        for (file, content) in usual.iter().chain(files) {
            fs::write(directory.join(file), content).unwrap();
        }
    }

    fn add_physical(&mut self, name: &str, files: &[(&str, &str)]) {
        self.add(name, files);
        symlink("../../../0000:00:03.0", self.directory(name).join("device")).unwrap();
    }

    /// `upper` rests on `lower`, as its master or otherwise.
    fn stack(&self, upper: &str, lower: &str, is_master: bool) {
        let link = |from: &str, name: String, to: &str| {
            let target = Path::new("../../virtual/net").join(to);
            symlink(target, self.directory(from).join(name)).unwrap();
        };
        link(upper, format!("lower_{lower}"), lower);
        link(lower, format!("upper_{upper}"), upper);
        if is_master {
            link(lower, "master".to_owned(), upper);
        }
    }

    fn route(&self, file: &str, text: &str) {
        let directory = self.root.path().join("proc/net");
        fs::create_dir_all(&directory).unwrap();
        fs::write(directory.join(file), text).unwrap();
    }

    fn default_route(&self, name: &str) {
        self.route(
            "route",
            &format!(
                "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n\
                 {name}\t00000000\t010011AC\t0003\t0\t0\t0\t00000000\t0\t0\t0\n\
                 veth9\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0\n"
            ),
        );
    }

    #[track_caller]
    fn check(&mut self, expected: &[&str]) {
        Topology::new(self.root.path()).mark_counted(&mut self.seen);
        let counted = self.seen.iter().filter(|seen| seen.counted);
        let counted: Vec<_> = counted
            .map(|seen| String::from_utf8_lossy(&seen.name).into_owned())
            .collect();
        assert_eq!(counted, expected);
    }
}

const BRIDGE: (&str, &str) = ("uevent", "DEVTYPE=bridge\nINTERFACE=docker0\n");

#[test]
fn a_host_of_containers_counts_its_uplink_only() {
    let mut tree = Tree::new();
    tree.add_physical("eth0", &[]);
    tree.add("docker0", &[BRIDGE]);
    tree.add("veth1a2b", &[("iflink", "2")]);
    tree.stack("docker0", "veth1a2b", true);
    tree.add("cali123", &[("iflink", "3")]);
    tree.add("tun0", &[("type", "65534"), ("tun_flags", "0x1001")]);
    tree.add(
        "wg0",
        &[("type", "65534"), ("uevent", "DEVTYPE=wireguard\n")],
    );
    tree.check(&["eth0"]);
}

#[test]
fn a_virtualisation_host_counts_the_port_and_not_the_bridge_with_its_address() {
    let mut tree = Tree::new();
    tree.add_physical("eno1", &[]);
    tree.add("vmbr0", &[BRIDGE]);
    tree.stack("vmbr0", "eno1", true);
    tree.add("tap100i0", &[("tun_flags", "0x5002")]);
    tree.stack("vmbr0", "tap100i0", true);
    tree.default_route("vmbr0");
    tree.check(&["eno1"]);
}

#[test]
fn the_links_of_a_bond_count_and_neither_it_nor_its_vlans() {
    let mut tree = Tree::new();
    tree.add_physical("eth0", &[]);
    tree.add_physical("eth1", &[]);
    tree.add("bond0", &[("uevent", "DEVTYPE=bond\n")]);
    tree.stack("bond0", "eth0", true);
    tree.stack("bond0", "eth1", true);
    tree.add("bond0.7", &[("uevent", "DEVTYPE=vlan\n"), ("iflink", "4")]);
    tree.stack("bond0.7", "bond0", false);
    tree.check(&["eth0", "eth1"]);
}

#[test]
fn a_virtual_machines_fast_path_counts_at_its_master() {
    // As on Azure: the paravirtual device counts what passes the one that it is the master of.
    let mut tree = Tree::new();
    tree.add_physical("eth0", &[]);
    tree.add_physical("enP1s1", &[]);
    tree.stack("eth0", "enP1s1", true);
    tree.check(&["eth0"]);
}

#[test]
fn the_ports_of_a_switch_count_where_they_are_attached() {
    let mut tree = Tree::new();
    tree.add_physical("eth0", &[]);
    tree.add_physical("lan1", &[("iflink", "2")]);
    tree.add_physical("lan2", &[("iflink", "2")]);
    tree.stack("lan1", "eth0", false);
    tree.stack("lan2", "eth0", false);
    tree.check(&["eth0"]);
}

#[test]
fn listening_to_a_radio_counts_nothing_again() {
    let mut tree = Tree::new();
    tree.add_physical("wlan0", &[]);
    tree.add_physical("mon0", &[("type", "803")]);
    tree.check(&["wlan0"]);
}

#[test]
fn in_a_container_its_end_of_the_veth_counts() {
    let mut tree = Tree::new();
    // Its peer is in another namespace, where the number is another interface's.
    tree.add("eth0", &[("iflink", "3")]);
    tree.add("tun0", &[("type", "65534"), ("tun_flags", "0x1001")]);
    tree.default_route("tun0");
    tree.check(&["eth0"]);
}

#[test]
fn containers_in_a_container_count_at_its_uplink() {
    let mut tree = Tree::new();
    tree.add("eth0", &[("iflink", "9")]);
    tree.add("docker0", &[BRIDGE]);
    tree.add("veth1", &[("iflink", "2")]);
    tree.stack("docker0", "veth1", true);
    tree.check(&["eth0"]);
    // Without a bridge, as Calico has it.
    tree.add("cali1", &[("iflink", "2")]);
    tree.check(&["eth0", "cali1"]);
    tree.default_route("eth0");
    tree.check(&["eth0"]);
}

#[test]
fn a_container_in_two_networks_counts_both_unless_one_has_the_default_route() {
    let mut tree = Tree::new();
    tree.add("eth0", &[("iflink", "9")]);
    tree.add("eth1", &[("iflink", "11")]);
    tree.check(&["eth0", "eth1"]);
    tree.route(
        "ipv6_route",
        "00000000000000000000000000000000 00 00000000000000000000000000000000 00 \
         fe800000000000000000000000000001 00000400 00000002 00000000 00000003     eth1\n\
         00000000000000000000000000000000 00 00000000000000000000000000000000 00 \
         00000000000000000000000000000000 ffffffff 00000001 00000000 00200200       lo\n",
    );
    tree.check(&["eth1"]);
}

#[test]
fn where_there_is_nothing_but_tunnels_the_default_route_tells() {
    let mut tree = Tree::new();
    tree.add("tap0", &[("tun_flags", "0x1002")]);
    tree.add(
        "wg0",
        &[("type", "65534"), ("uevent", "DEVTYPE=wireguard\n")],
    );
    tree.check(&[]);
    tree.default_route("tap0");
    tree.check(&["tap0"]);
}

#[test]
fn without_sysfs_all_but_loopback_count() {
    let mut tree = Tree::new();
    tree.add_unknown("eth0");
    tree.add_unknown("wifi0");
    tree.check(&["eth0", "wifi0"]);
}

#[test]
fn the_sysfs_of_another_namespace_says_nothing() {
    let mut tree = Tree::new();
    // The host's `eth0`; the one that was seen has another index.
    tree.add_physical("eth0", &[("ifindex", "77")]);
    tree.add_unknown("p0");
    tree.check(&["eth0", "p0"]);
}

#[test]
fn an_interface_that_appears_is_judged_at_once() {
    let mut tree = Tree::new();
    tree.add("eth0", &[]);
    let mut topology = Topology::new(tree.root.path());
    topology.mark_counted(&mut tree.seen);
    assert!(tree.seen[1].counted);
    tree.add_physical("usb0", &[]);
    topology.mark_counted(&mut tree.seen);
    let counted: Vec<_> = tree.seen.iter().map(|seen| seen.counted).collect();
    assert_eq!(counted, [false, false, true]);
}
