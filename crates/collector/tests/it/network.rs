use crate::support::{Samples, isolated, run};
use protocol::{Interface, Metrics};
use std::ffi::OsStr;
use std::net::UdpSocket;
use std::os::unix::ffi::OsStrExt;

/// The bytes that the container sends.
const SENT_BYTES: u64 = 100_000;

fn ip(command: &str) {
    run("ip", command.split(' '));
}

fn interface<'a>(metrics: &'a Metrics, name: &str) -> &'a Interface {
    let mut interfaces = metrics.interfaces.iter();
    interfaces.find(|seen| seen.name == name).expect(name)
}

fn has(metrics: &Metrics, name: &str) -> bool {
    metrics.interfaces.iter().any(|seen| seen.name == name)
}

#[test]
fn a_name_that_is_not_utf8_removes_no_other_interface() {
    isolated(
        "network::a_name_that_is_not_utf8_removes_no_other_interface",
        || {
            ip("link add eth0 type veth peer name p0");
            for (name, peer) in [(&b"caf\xe9"[..], "p1"), ("abc\u{202e}fed".as_bytes(), "p2")] {
                let mut add: Vec<_> = ["link", "add"].map(OsStr::new).to_vec();
                add.push(OsStr::from_bytes(name));
                add.extend(["type", "veth", "peer", "name", peer].map(OsStr::new));
                run("ip", add);
            }
            let metrics = Samples::new().until(|metrics| has(metrics, "eth0"));
            let names: Vec<_> = metrics.interfaces.iter().map(|seen| &seen.name).collect();
            assert_eq!(
                names,
                [
                    "abc\u{fffd}fed",
                    "caf\u{fffd}",
                    "eth0",
                    "lo",
                    "p0",
                    "p1",
                    "p2"
                ]
            );
            assert!(metrics.network_sent.is_some() && metrics.network_recv.is_some());
        },
    );
}

/// A container behind a bridge, in a host behind `eth0`: its traffic passes `veth1`, `docker0` and `eth0`.
#[test]
fn traffic_of_a_container_counts_once() {
    isolated("network::what_a_container_sends_counts_once", || {
        run("mount", ["-t", "tmpfs", "none", "/run"]);
        ip("netns add outside");
        ip("link add eth0 type veth peer name o0 netns outside");
        ip("addr add 10.9.0.1/24 dev eth0");
        ip("link set eth0 up");
        ip("-n outside link set o0 up");
        // There is no receiver, but frames are sent.
        ip("neigh add 10.9.0.2 lladdr 02:00:00:00:00:02 dev eth0");

        ip("netns add container");
        ip("link add docker0 type bridge");
        ip("addr add 10.8.0.1/24 dev docker0");
        ip("link set docker0 up");
        ip("link add veth1 type veth peer name eth0 netns container");
        ip("link set veth1 master docker0 up");
        ip("-n container addr add 10.8.0.2/24 dev eth0");
        ip("-n container link set eth0 up");
        ip("-n container route add default via 10.8.0.1");
        std::fs::write("/proc/sys/net/ipv4/ip_forward", "1").unwrap();

        let mut samples = Samples::new();
        samples.until(|metrics| has(metrics, "eth0"));
        let send = "exec 3>/dev/udp/10.9.0.2/9; for n in {1..100}; do printf %01000d 0 >&3; done";
        ip_exec("container", send);
        let metrics = samples.until(|metrics| {
            let sent = metrics.network_sent_total_bytes;
            sent.is_some_and(|bytes| bytes >= SENT_BYTES)
        });

        let [eth0, docker0, veth1] =
            ["eth0", "docker0", "veth1"].map(|name| interface(&metrics, name));
        assert!(docker0.recv_total_bytes >= SENT_BYTES && veth1.recv_total_bytes >= SENT_BYTES);
        assert_eq!(
            (
                metrics.network_sent_total_bytes,
                metrics.network_recv_total_bytes
            ),
            (Some(eth0.sent_total_bytes), Some(eth0.recv_total_bytes))
        );
        assert_eq!(
            (metrics.network_sent, metrics.network_recv),
            (Some(eth0.sent), Some(eth0.recv))
        );
    });
}

fn ip_exec(namespace: &str, script: &str) {
    run("ip", ["netns", "exec", namespace, "bash", "-c", script]);
}

/// A recreated tunnel has new counters, even if they are higher.
#[test]
fn an_interface_that_reuses_a_name_has_no_rate_at_first() {
    isolated(
        "network::an_interface_that_took_over_a_name_has_no_rate_until_it_was_seen_twice",
        || {
            let set_up = |bursts: u32| {
                ip("link add wg0 type veth peer name p0");
                ip("link set wg0 up");
                ip("link set p0 up");
                ip("addr add 10.7.0.1/24 dev wg0");
                ip("neigh add 10.7.0.9 lladdr 02:00:00:00:00:09 dev wg0");
                let socket = UdpSocket::bind("10.7.0.1:0").unwrap();
                for _ in 0..bursts {
                    socket.send_to(&[0; 60_000], "10.7.0.9:9").unwrap();
                }
            };
            set_up(1);
            let mut samples = Samples::new();
            let first = samples.until(|metrics| has(metrics, "wg0"));
            let first_bytes = interface(&first, "wg0").sent_total_bytes;
            ip("link del wg0");
            set_up(100);
            let second = samples.until(|metrics| {
                let mut interfaces = metrics.interfaces.iter();
                interfaces.any(|seen| seen.name == "wg0" && seen.sent_total_bytes > first_bytes)
            });
            // Six megabytes in a tenth of a second.
            assert!(interface(&second, "wg0").sent < 1_000_000, "{second:?}");
        },
    );
}
