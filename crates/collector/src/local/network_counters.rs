//! The counters of every network interface, from the one file that has them all: `sysinfo` opens
//! nine files for each interface, half a millisecond a second for a handful.

use super::network::Counters;
use std::collections::HashMap;
use std::fs::File;
use std::io::Read;

pub(super) struct Reader {
    text: String,
}

impl Reader {
    pub(super) fn new() -> Option<Self> {
        let text = String::new();
        Some(Self { text })
    }

    /// Empty if the file cannot be read, as in a sandbox without `/proc`.
    pub(super) fn read(&mut self) -> HashMap<String, Counters> {
        self.text.clear();
        let opened = File::open("/proc/net/dev");
        match opened.and_then(|mut file| file.read_to_string(&mut self.text)) {
            Ok(_) => parse(&self.text),
            Err(_) => HashMap::new(),
        }
    }
}

/// A table with two lines of headings: name, then eight columns received, of which bytes are the
/// first, then as many sent (proc_pid_net(5)).
fn parse(table: &str) -> HashMap<String, Counters> {
    let lines = table.lines().skip(2);
    lines
        .filter_map(|line| {
            let (name, columns) = line.rsplit_once(':')?;
            let mut columns = columns.split_ascii_whitespace();
            let counters = Counters {
                recv_bytes: columns.next()?.parse().ok()?,
                sent_bytes: columns.nth(7)?.parse().ok()?,
            };
            Some((name.trim().to_owned(), counters))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_first_and_the_ninth_column() {
        let table = "\
Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:  812345    1200    0    0    0     0          0         0   812345    1200    0    0    0     0       0          0
eth0.5:18446744073709551615 9 0 0 0 0 0 0 77 9 0 0 0 0 0 0
  eth0:1: 5 9 0 0 0 0 0 0 6 9 0 0 0 0 0 0
  bad0: 5 9 0
";
        let counters = |sent_bytes, recv_bytes| Counters {
            sent_bytes,
            recv_bytes,
        };
        let expected = HashMap::from([
            ("lo".to_owned(), counters(812_345, 812_345)),
            ("eth0.5".to_owned(), counters(77, u64::MAX)),
            ("eth0:1".to_owned(), counters(6, 5)),
        ]);
        assert_eq!(parse(table), expected);
        assert_eq!(parse(""), HashMap::new());
    }
}
