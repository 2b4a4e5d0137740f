//! Bytes read and written by block device: `/proc/diskstats`, proc_diskstats(5).

use super::disks::Counters;
use super::mountinfo::Device;
use std::collections::HashMap;
use std::fs::File;
use std::io::Read;

/// The table's unit, independent of the device's sectors.
const SECTOR_BYTES: u64 = 512;

pub(super) type CounterId = Device;

#[derive(Default)]
pub(super) struct Reader {
    table: Vec<u8>,
}

impl Reader {
    /// Empty if the table cannot be read, as in a sandbox without `/proc`.
    pub(super) fn read(&mut self) -> HashMap<CounterId, Counters> {
        self.table.clear();
        let opened = File::open("/proc/diskstats");
        match opened.and_then(|mut file| file.read_to_end(&mut self.table)) {
            Ok(_) => parse(&String::from_utf8_lossy(&self.table)),
            Err(_) => HashMap::new(),
        }
    }
}

/// Major, minor and name; then reads, merged reads, sectors read and the time it took, and the same
/// of writes.
fn parse(table: &str) -> HashMap<CounterId, Counters> {
    let lines = table.lines();
    lines
        .filter_map(|line| {
            let mut fields = line.split_ascii_whitespace();
            let major = fields.next()?.parse().ok()?;
            let minor = fields.next()?.parse().ok()?;
            let name = fields.next()?.to_owned();
            let mut bytes = |skipped| {
                let sectors: u64 = fields.nth(skipped)?.parse().ok()?;
                Some(sectors.saturating_mul(SECTOR_BYTES))
            };
            let counters = Counters {
                name,
                read_bytes: bytes(2)?,
                written_bytes: bytes(3)?,
            };
            Some(((major, minor), counters))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_sectors_by_device_number() {
        let table = "\
   8       0 sda 9 8 100 7 6 5 200 4 3 2 1 0 0 0 0 0 0
 259       3 nvme0n1p2 1 2 3 4 5 6 7 8 9 10 11
   7       0 loop0 1 2
   x       0 sdb 9 8 100 7 6 5 200 4 3 2 1
";
        let counters = |name: &str, read: u64, written: u64| Counters {
            name: name.to_owned(),
            read_bytes: read * SECTOR_BYTES,
            written_bytes: written * SECTOR_BYTES,
        };
        let expected = HashMap::from([
            ((8, 0), counters("sda", 100, 200)),
            ((259, 3), counters("nvme0n1p2", 3, 7)),
        ]);
        assert_eq!(parse(table), expected);
        assert_eq!(parse(""), HashMap::new());
    }
}
