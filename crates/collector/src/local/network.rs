use super::network_counters::Reader;
use crate::{numbers, text};
use protocol::Interface;
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// Interfaces beyond this count towards the totals only, those that moved least first: a host full
/// of containers has hundreds.
const INTERFACES_MAX: usize = 64;
const NAME_CHARS_MAX: usize = 64;

pub(super) struct Sampler {
    reader: Reader,
    counted: Instant,
    counters: HashMap<String, Counters>,
}

/// What an interface has moved since it came up.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Counters {
    pub(super) sent_bytes: u64,
    pub(super) recv_bytes: u64,
}

#[derive(Debug, Default, PartialEq)]
pub(super) struct Sample {
    pub(super) sent: Option<u64>,
    pub(super) recv: Option<u64>,
    pub(super) interfaces: Vec<Interface>,
}

impl Sampler {
    pub(super) fn new() -> Option<Self> {
        let mut reader = Reader::new()?;
        Some(Self {
            counters: reader.read(),
            counted: Instant::now(),
            reader,
        })
    }

    pub(super) fn sample(&mut self) -> Sample {
        let before = std::mem::replace(&mut self.counters, self.reader.read());
        let now = Instant::now();
        let sample = rates(&before, &self.counters, now - self.counted);
        self.counted = now;
        sample
    }
}

/// What moved between two readings. An interface that is in the second only has no rate yet and is
/// left out until the next.
fn rates(
    before: &HashMap<String, Counters>,
    after: &HashMap<String, Counters>,
    elapsed: Duration,
) -> Sample {
    let mut interfaces: Vec<_> = after
        .iter()
        .filter_map(|(name, after)| {
            let before = before.get(name)?;
            Some(Interface {
                name: text::bounded(name, NAME_CHARS_MAX),
                sent: numbers::per_second(before.sent_bytes, after.sent_bytes, elapsed)?,
                recv: numbers::per_second(before.recv_bytes, after.recv_bytes, elapsed)?,
                sent_total_bytes: after.sent_bytes,
                recv_total_bytes: after.recv_bytes,
            })
        })
        .collect();

    let total = |rate: fn(&Interface) -> u64| {
        interfaces
            .iter()
            .filter(|interface| !is_loopback(&interface.name))
            .map(rate)
            .reduce(u64::saturating_add)
    };
    let (sent, recv) = (
        total(|interface| interface.sent),
        total(|interface| interface.recv),
    );

    if interfaces.len() > INTERFACES_MAX {
        interfaces.sort_by_key(|interface| {
            let (sent, recv) = (interface.sent_total_bytes, interface.recv_total_bytes);
            std::cmp::Reverse(sent.saturating_add(recv))
        });
        interfaces.truncate(INTERFACES_MAX);
    }
    interfaces.sort_by(|one, other| one.name.cmp(&other.name));
    Sample {
        sent,
        recv,
        interfaces,
    }
}

/// `lo` on Linux, `lo0` on macOS and the BSDs, `Loopback Pseudo-Interface 1` on Windows.
fn is_loopback(name: &str) -> bool {
    let number = name.strip_prefix("lo");
    number.is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
        || name.starts_with("Loopback")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(interfaces: &[(&str, u64, u64)]) -> HashMap<String, Counters> {
        interfaces
            .iter()
            .map(|&(name, sent_bytes, recv_bytes)| {
                let counters = Counters {
                    sent_bytes,
                    recv_bytes,
                };
                (name.to_owned(), counters)
            })
            .collect()
    }

    type Named = Vec<(String, u64, u64)>;

    fn rates_in_two_seconds(
        before: &[(&str, u64, u64)],
        after: &[(&str, u64, u64)],
    ) -> (Option<u64>, Option<u64>, Named) {
        let elapsed = Duration::from_secs(2);
        let sample = rates(&reading(before), &reading(after), elapsed);
        let interfaces = sample.interfaces.into_iter();
        let interfaces = interfaces.map(|seen| (seen.name, seen.sent, seen.recv));
        (sample.sent, sample.recv, interfaces.collect())
    }

    fn named(interfaces: &[(&str, u64, u64)]) -> Named {
        let owned = |&(name, sent, recv): &(&str, u64, u64)| (name.to_owned(), sent, recv);
        interfaces.iter().map(owned).collect()
    }

    #[test]
    fn loopback_is_listed_but_not_in_the_totals() {
        assert_eq!(
            rates_in_two_seconds(
                &[("wlan0", 0, 0), ("lo", 0, 0), ("eth0", 100, 1_000)],
                &[("wlan0", 2, 4), ("lo", 600, 600), ("eth0", 300, 5_000)],
            ),
            (
                Some(101),
                Some(2_002),
                named(&[("eth0", 100, 2_000), ("lo", 300, 300), ("wlan0", 1, 2)])
            )
        );
    }

    #[test]
    fn a_new_interface_has_no_rate_yet_and_a_reset_counter_a_rate_of_zero() {
        assert_eq!(
            rates_in_two_seconds(
                &[("eth0", 9_000, 9_000), ("gone0", 1, 1)],
                &[("eth0", 10, 9_200), ("new0", 1 << 40, 1 << 40)],
            ),
            (Some(0), Some(100), named(&[("eth0", 0, 100)]))
        );
    }

    #[test]
    fn a_host_with_loopback_alone_has_no_totals() {
        assert_eq!(
            rates_in_two_seconds(&[("lo", 0, 0)], &[("lo", 2, 2)]),
            (None, None, named(&[("lo", 1, 1)]))
        );
    }

    #[test]
    fn beyond_the_limit_the_idlest_are_left_out_of_the_list_but_not_of_the_totals() {
        let names: Vec<_> = (0..INTERFACES_MAX as u64 + 6)
            .map(|at| format!("veth{at:03}"))
            .collect();
        let before: Vec<_> = names.iter().map(|name| (name.as_str(), 0, 0)).collect();
        let after = (2..).step_by(2).zip(&names);
        let after: Vec<_> = after.map(|(sent, name)| (name.as_str(), sent, 0)).collect();
        let (sent, _, interfaces) = rates_in_two_seconds(&before, &after);
        assert_eq!(sent, Some((1..=70).sum()));
        assert_eq!(interfaces.len(), INTERFACES_MAX);
        assert_eq!(interfaces[0].0, "veth006");
    }

    #[test]
    fn loopback_goes_by_its_name() {
        for (name, expected) in [
            ("lo", true),
            ("lo0", true),
            ("Loopback Pseudo-Interface 1", true),
            ("local", false),
            ("eth0", false),
        ] {
            assert_eq!(is_loopback(name), expected, "{name}");
        }
    }
}
