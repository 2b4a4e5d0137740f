//! Memory and swap in use, from `/proc/meminfo`. `sysinfo` subtracts free from total memory, which
//! underflows in some containers.

use super::memory_use::{Sample, in_use};
use super::proc_file::{columns, lines, number, read_into};
use std::path::{Path, PathBuf};

pub(super) struct Sampler {
    path: PathBuf,
    buffer: Vec<u8>,
}

impl Sampler {
    pub(super) fn new() -> Option<Self> {
        Some(Self::of(Path::new("/proc/meminfo")))
    }

    fn of(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            buffer: Vec::new(),
        }
    }

    /// Absent if the file cannot be read, as in a sandbox without `/proc`.
    pub(super) fn sample(&mut self) -> Sample {
        match read_into(&self.path, &mut self.buffer) {
            Ok(()) => parse(&self.buffer),
            Err(_) => Sample::default(),
        }
    }
}

fn parse(meminfo: &[u8]) -> Sample {
    let bytes = |name: &[u8]| {
        let line = lines(meminfo).find_map(|line| line.strip_prefix(name)?.strip_prefix(b":"))?;
        number(columns(line).next()?)?.checked_mul(1_024)
    };
    // Kernels before 3.14 have no available memory.
    let available = bytes(b"MemAvailable").or_else(|| {
        let cached = [b"Buffers".as_slice(), b"Cached", b"SReclaimable"];
        let cached = cached.iter().filter_map(|name| bytes(name));
        let available = cached.fold(bytes(b"MemFree")?, u64::saturating_add);
        available.checked_sub(bytes(b"Shmem").unwrap_or(0))
    });
    Sample::of(
        in_use(available, bytes(b"MemTotal")),
        in_use(bytes(b"SwapFree"), bytes(b"SwapTotal")),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::Memory;

    fn check(
        [total, available, swap_total, swap_free]: [u64; 4],
        memory: Option<(f64, u64)>,
        swap: Option<(f64, u64)>,
    ) {
        let meminfo = format!(
            "MemTotal:       {total} kB\nMemFree:        1 kB\nMemAvailable:   {available} kB\n\
             SwapCached:     7 kB\nSwapTotal:      {swap_total} kB\nSwapFree:       {swap_free} kB\n"
        );
        let expected = |seen: Option<(f64, u64)>, total_kib: u64| {
            seen.map(|(percent, used_kib)| {
                let (used, total) = (used_kib * 1_024, total_kib * 1_024);
                (percent, Memory { used, total })
            })
        };
        let sample = parse(meminfo.as_bytes());
        let seen = (
            sample.memory.zip(sample.memory_bytes),
            sample.swap.zip(sample.swap_bytes),
        );
        assert_eq!(
            seen,
            (expected(memory, total), expected(swap, swap_total)),
            "{meminfo}"
        );
    }

    #[test]
    fn available_memory_is_not_in_use() {
        check([1_000, 250, 400, 100], Some((75.0, 750)), Some((75.0, 300)));
        check([1_000, 250, 0, 0], Some((75.0, 750)), None);
    }

    #[test]
    fn slightly_more_free_than_total_is_no_usage() {
        check(
            [1_953_124, 1_953_200, 1_048_576, 1_048_700],
            Some((0.0, 0)),
            Some((0.0, 0)),
        );
    }

    #[test]
    fn impossible_amounts_are_absent() {
        // No swap, and a free amount that was negative.
        check(
            [1_000, 250, 0, 18_446_744_073_709_551_488],
            Some((75.0, 750)),
            None,
        );
        // A container without a limit.
        check(
            [1_000, 250, 9_007_199_246_672_720, 9_007_199_246_535_028],
            Some((75.0, 750)),
            None,
        );
        // The machine's available memory with a container's limit.
        check([1_000, 64_000, 400, 100], None, Some((75.0, 300)));
    }

    #[test]
    fn older_kernels_have_no_available_memory() {
        let meminfo =
            b"MemTotal: 1000 kB\nMemFree: 100 kB\nBuffers: 50 kB\nCached: 150 kB\nShmem: 50 kB\n";
        assert_eq!(parse(meminfo).memory, Some(75.0));
        assert_eq!(
            parse(b"MemTotal: 1000 kB\n\xff\xfe: 3\n"),
            Sample::default()
        );
        assert_eq!(parse(b""), Sample::default());
    }
}
