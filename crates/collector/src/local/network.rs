use super::network_counters::Reader;
use crate::{rounding, text};
use protocol::{Interface, Metrics};
use std::cmp::Reverse;
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// The maximum number of listed interfaces; idle ones only count towards the totals. A host with many
/// containers has hundreds.
const INTERFACES_MAX: usize = 64;
const NAME_CHARS_MAX: usize = 64;

/// A larger counter is a negative number from the driver.
const COUNTER_BYTES_MAX: u64 = i64::MAX as u64;

pub(super) struct Sampler {
    reader: Reader,
    read: Instant,
    counters: HashMap<Identity, Counters>,
}

/// An interface at one moment.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Seen {
    /// Arbitrary bytes.
    pub(super) name: Vec<u8>,
    /// Distinguishes it from an earlier interface of the same name; absent where the platform has none.
    pub(super) index: Option<u32>,
    /// Whether it counts towards the totals.
    pub(super) counted: bool,
    pub(super) sent_bytes: u64,
    pub(super) recv_bytes: u64,
}

/// Identifies an interface across renames.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Identity {
    Index(u32),
    Name(Vec<u8>),
}

/// Bytes since the interface came up.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Counters {
    sent_bytes: u64,
    recv_bytes: u64,
}

#[derive(Debug, Default, PartialEq)]
pub(super) struct Sample {
    pub(super) sent: Option<u64>,
    pub(super) recv: Option<u64>,
    pub(super) sent_total_bytes: Option<u64>,
    pub(super) recv_total_bytes: Option<u64>,
    pub(super) interfaces: Vec<Interface>,
}

impl Sample {
    pub(super) fn fill(self, metrics: &mut Metrics) {
        metrics.network_sent = self.sent;
        metrics.network_recv = self.recv;
        metrics.network_sent_total_bytes = self.sent_total_bytes;
        metrics.network_recv_total_bytes = self.recv_total_bytes;
        metrics.interfaces = self.interfaces;
    }
}

impl Seen {
    fn identity(&self) -> Identity {
        match self.index {
            Some(index) => Identity::Index(index),
            None => Identity::Name(self.name.clone()),
        }
    }

    fn counters(&self) -> Counters {
        Counters {
            sent_bytes: self.sent_bytes,
            recv_bytes: self.recv_bytes,
        }
    }
}

impl Sampler {
    pub(super) fn new() -> Option<Self> {
        let mut reader = Reader::new()?;
        Some(Self {
            counters: by_identity(&reader.read()),
            read: Instant::now(),
            reader,
        })
    }

    pub(super) fn sample(&mut self) -> Sample {
        let seen = self.reader.read();
        let now = Instant::now();
        let sample = rates(&self.counters, &seen, now - self.read);
        self.counters = by_identity(&seen);
        self.read = now;
        sample
    }
}

fn by_identity(seen: &[Seen]) -> HashMap<Identity, Counters> {
    let seen = seen.iter();
    seen.map(|seen| (seen.identity(), seen.counters()))
        .collect()
}

/// The rates between two readings. Interfaces without a first reading, or with reset or impossible
/// counters, are left out.
fn rates(before: &HashMap<Identity, Counters>, after: &[Seen], elapsed: Duration) -> Sample {
    let possible = |seen: &&Seen| seen.sent_bytes.max(seen.recv_bytes) <= COUNTER_BYTES_MAX;
    let (mut sent, mut recv) = (Total::default(), Total::default());
    let (mut sent_total, mut recv_total) = (Total::default(), Total::default());
    let mut interfaces = Vec::new();
    for seen in after.iter().filter(possible) {
        if seen.counted {
            sent_total.add(Some(seen.sent_bytes));
            recv_total.add(Some(seen.recv_bytes));
        }
        let Some(before) = before.get(&seen.identity()) else {
            continue;
        };
        let sent_rate = rounding::per_second(before.sent_bytes, seen.sent_bytes, elapsed);
        let recv_rate = rounding::per_second(before.recv_bytes, seen.recv_bytes, elapsed);
        if seen.counted {
            sent.add(sent_rate);
            recv.add(recv_rate);
        }
        if let (Some(sent_rate), Some(recv_rate)) = (sent_rate, recv_rate) {
            interfaces.push((seen, sent_rate, recv_rate));
        }
    }

    if interfaces.len() > INTERFACES_MAX {
        interfaces.sort_by_key(|(seen, ..)| {
            let moved = seen.sent_bytes.saturating_add(seen.recv_bytes);
            Reverse((seen.counted, moved))
        });
        interfaces.truncate(INTERFACES_MAX);
    }
    interfaces.sort_by(|(one, ..), (other, ..)| one.name.cmp(&other.name));
    Sample {
        sent: sent.known(),
        recv: recv.known(),
        sent_total_bytes: sent_total.known(),
        recv_total_bytes: recv_total.known(),
        interfaces: listed(&interfaces),
    }
}

/// Interfaces with their rates and distinct names: those whose displayed names are equal get their index.
fn listed(interfaces: &[(&Seen, u64, u64)]) -> Vec<Interface> {
    let shown = |seen: &Seen| text::display_name(&seen.name, NAME_CHARS_MAX);
    let mut uses = HashMap::new();
    for (seen, ..) in interfaces {
        *uses.entry(shown(seen)).or_insert(0_u32) += 1;
    }
    interfaces
        .iter()
        .zip(1..)
        .map(|(&(seen, sent, recv), place)| {
            let mut name = shown(seen);
            if uses[&name] > 1 {
                let index = seen.index.unwrap_or(place);
                name.push_str(&format!(" ({index})"));
            }
            Interface {
                name,
                sent,
                recv,
                sent_total_bytes: seen.sent_bytes,
                recv_total_bytes: seen.recv_bytes,
            }
        })
        .collect()
}

/// The sum, if there are parts and all of them are known.
#[derive(Default)]
struct Total {
    sum: Option<u64>,
    incomplete: bool,
}

impl Total {
    fn add(&mut self, part: Option<u64>) {
        match part {
            Some(part) => self.sum = Some(self.sum.unwrap_or(0).saturating_add(part)),
            None => self.incomplete = true,
        }
    }

    fn known(&self) -> Option<u64> {
        self.sum.filter(|_| !self.incomplete)
    }
}

/// `lo` on Linux, `lo0` on macOS and the BSDs, `Loopback Pseudo-Interface 1` on Windows.
pub(super) fn is_loopback(name: &[u8]) -> bool {
    let number = name.strip_prefix(b"lo");
    number.is_some_and(|number| number.iter().all(u8::is_ascii_digit))
        || name.starts_with(b"Loopback")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(name: &str, index: u32, sent_bytes: u64, recv_bytes: u64) -> Seen {
        Seen {
            name: name.as_bytes().to_owned(),
            index: Some(index),
            counted: !is_loopback(name.as_bytes()),
            sent_bytes,
            recv_bytes,
        }
    }

    fn in_two_seconds(before: &[Seen], after: &[Seen]) -> Sample {
        rates(&by_identity(before), after, Duration::from_secs(2))
    }

    /// Expects these totals, and of each listed interface its name and its rates.
    fn check(
        before: &[Seen],
        after: &[Seen],
        totals: (Option<u64>, Option<u64>),
        interfaces: &[(&str, u64, u64)],
    ) {
        let sample = in_two_seconds(before, after);
        assert_eq!((sample.sent, sample.recv), totals);
        let listed = sample.interfaces.iter();
        let listed: Vec<_> = listed
            .map(|seen| (seen.name.as_str(), seen.sent, seen.recv))
            .collect();
        assert_eq!(listed, interfaces);
    }

    #[test]
    fn loopback_is_listed_but_not_in_the_totals() {
        let before = [
            seen("wlan0", 3, 0, 0),
            seen("lo", 1, 0, 0),
            seen("eth0", 2, 100, 1_000),
        ];
        let after = [
            seen("wlan0", 3, 2, 4),
            seen("lo", 1, 600, 600),
            seen("eth0", 2, 300, 5_000),
        ];
        check(
            &before,
            &after,
            (Some(101), Some(2_002)),
            &[("eth0", 100, 2_000), ("lo", 300, 300), ("wlan0", 1, 2)],
        );
        let sample = in_two_seconds(&before, &after);
        let totals = (sample.sent_total_bytes, sample.recv_total_bytes);
        assert_eq!(totals, (Some(302), Some(5_004)));
    }

    #[test]
    fn a_new_interface_has_no_rate_yet() {
        check(
            &[seen("eth0", 2, 0, 0), seen("gone0", 3, 1, 1)],
            &[seen("eth0", 2, 10, 200), seen("new0", 4, 1 << 40, 1 << 40)],
            (Some(5), Some(100)),
            &[("eth0", 5, 100)],
        );
    }

    #[test]
    fn a_reset_counter_has_no_rate_and_leaves_no_part_of_a_total() {
        check(
            &[seen("eth0", 2, 9_000, 9_000), seen("eth1", 3, 0, 0)],
            &[seen("eth0", 2, 10, 9_200), seen("eth1", 3, 2, 4)],
            (None, Some(102)),
            &[("eth1", 1, 2)],
        );
    }

    #[test]
    fn an_impossible_rate_is_absent() {
        check(
            &[seen("eth0", 2, 0, 0)],
            &[seen("eth0", 2, 1 << 50, 200)],
            (None, Some(100)),
            &[],
        );
        let negative = in_two_seconds(&[], &[seen("eth0", 2, u64::MAX - 7, 0)]);
        assert_eq!(negative, Sample::default());
    }

    #[test]
    fn an_interface_is_the_same_under_another_name_and_another_one_under_the_same() {
        // As udev renames interfaces.
        check(
            &[seen("eth0", 2, 1_000, 50), seen("eth1", 3, 70_000, 7_000)],
            &[seen("eth1", 2, 1_020, 70), seen("eth0", 3, 70_010, 7_010)],
            (Some(15), Some(15)),
            &[("eth0", 5, 5), ("eth1", 10, 10)],
        );
        // A tunnel that was taken down and set up again, and has moved more since than before.
        check(
            &[seen("wg0", 7, 100, 100)],
            &[seen("wg0", 8, 9_000, 9_000)],
            (None, None),
            &[],
        );
    }

    #[test]
    fn a_name_that_is_not_utf8_costs_nothing_but_its_characters() {
        let named = |name: &[u8], index, sent_bytes| Seen {
            name: name.to_owned(),
            ..seen("", index, sent_bytes, 0)
        };
        check(
            &[named(b"caf\xe9", 7, 0), named(b"eth0", 2, 0)],
            &[named(b"caf\xe9", 7, 2), named(b"eth0", 2, 4)],
            (Some(3), Some(0)),
            &[("caf\u{fffd}", 1, 0), ("eth0", 2, 0)],
        );
        // Two that look the same are still two.
        check(
            &[named(b"caf\xe8", 5, 0), named(b"caf\xe9", 6, 0)],
            &[named(b"caf\xe8", 5, 2), named(b"caf\xe9", 6, 4)],
            (Some(3), Some(0)),
            &[("caf\u{fffd} (5)", 1, 0), ("caf\u{fffd} (6)", 2, 0)],
        );
    }

    #[test]
    fn without_an_index_the_name_identifies_an_interface() {
        let unnumbered = |sent_bytes| Seen {
            index: None,
            ..seen("caf", 0, sent_bytes, 0)
        };
        check(
            &[unnumbered(0)],
            &[unnumbered(2)],
            (Some(1), Some(0)),
            &[("caf", 1, 0)],
        );
    }

    #[test]
    fn a_host_with_loopback_alone_has_no_totals() {
        check(
            &[seen("lo", 1, 0, 0)],
            &[seen("lo", 1, 2, 2)],
            (None, None),
            &[("lo", 1, 1)],
        );
    }

    #[test]
    fn beyond_the_limit_the_idlest_are_left_out_of_the_list_but_not_of_the_totals() {
        let moved = |bytes: fn(u32) -> u64| -> Vec<_> {
            let interfaces = (1..=INTERFACES_MAX as u32 + 6).map(|index| {
                let name = format!("veth{:03}", index - 1);
                seen(&name, index, bytes(index), 0)
            });
            interfaces.collect()
        };
        let after = moved(|index| u64::from(index) * 2);
        let sample = in_two_seconds(&moved(|_| 0), &after);
        assert_eq!(sample.sent, Some((1..=70).sum()));
        assert_eq!(sample.interfaces.len(), INTERFACES_MAX);
        assert_eq!(sample.interfaces[0].name, "veth006");
    }

    #[test]
    fn interfaces_that_count_are_listed_first() {
        let busy = (1..=INTERFACES_MAX as u32 + 6).map(|index| Seen {
            counted: false,
            ..seen(&format!("veth{index:03}"), index, 1 << 30, 1 << 30)
        });
        let mut all: Vec<_> = busy.collect();
        all.push(seen("eth0", 200, 1, 1));
        let sample = in_two_seconds(&all, &all);
        assert_eq!(sample.interfaces.len(), INTERFACES_MAX);
        assert_eq!(sample.interfaces[0].name, "eth0");
    }

    #[test]
    fn loopback_is_detected_by_its_name() {
        for (name, expected) in [
            ("lo", true),
            ("lo0", true),
            ("Loopback Pseudo-Interface 1", true),
            ("local", false),
            ("eth0", false),
        ] {
            assert_eq!(is_loopback(name.as_bytes()), expected, "{name}");
        }
    }
}
