use crate::support::{Samples, bind, isolated};
use protocol::Memory;
use std::fs;

const KIB: u64 = 1_024;

fn meminfo(total: u64, available: u64, swap_total: u64, swap_free: u64) -> String {
    format!(
        "MemTotal: {total} kB\nMemFree: {available} kB\nMemAvailable: {available} kB\nBuffers: 0 kB\n\
         Cached: 0 kB\nSwapTotal: {swap_total} kB\nSwapFree: {swap_free} kB\n"
    )
}

#[test]
fn slightly_more_free_than_total_is_no_usage() {
    isolated(
        "proc_files::more_free_than_there_is_means_that_nothing_is_used",
        || {
            let fake = tempfile::NamedTempFile::new().unwrap();
            // In place: the bind mount shows this file, not its name.
            let write = |text: String| fs::write(fake.path(), text).unwrap();
            write(meminfo(1_953_124, 976_562, 4_194_300, 3_145_725));
            bind(fake.path(), "/proc/meminfo");
            let mut samples = Samples::new();
            samples.until(|metrics| (metrics.memory, metrics.swap) == (Some(50.0), Some(25.0)));

            write(meminfo(1_953_124, 1_953_200, 1_048_576, 1_048_700));
            let metrics = samples.until(|metrics| metrics.memory != Some(50.0));
            assert_eq!((metrics.memory, metrics.swap), (Some(0.0), Some(0.0)));
            let unused = |total_kib: u64| Memory {
                used: 0,
                total: total_kib * KIB,
            };
            assert_eq!(metrics.memory_bytes, Some(unused(1_953_124)));
            assert_eq!(metrics.swap_bytes, Some(unused(1_048_576)));

            // A container whose swap has no limit.
            write(meminfo(
                1_953_124,
                1_953_124,
                9_007_199_246_672_720,
                9_007_199_246_535_028,
            ));
            let metrics = samples.until(|metrics| metrics.swap != Some(0.0));
            assert_eq!((metrics.swap, metrics.swap_bytes), (None, None));
        },
    );
}

#[test]
fn a_core_keeps_its_place_while_another_is_offline() {
    isolated(
        "proc_files::a_core_keeps_its_place_while_another_is_offline",
        || {
            let fake = tempfile::NamedTempFile::new().unwrap();
            // Each core that is online has been busy for this share of each of so many seconds.
            let write = |seconds: u64, online: &[usize]| {
                let busy_percent = [0, 25, 50, 75, 100];
                let cores = online.iter().map(|&core| {
                    let busy = busy_percent[core] * seconds;
                    format!(
                        "cpu{core} {busy} 0 0 {} 0 0 0 0 0 0\n",
                        100 * seconds - busy
                    )
                });
                let cores: String = cores.collect();
                fs::write(fake.path(), format!("cpu  0 0 0 0\n{cores}intr 0\n")).unwrap();
            };
            write(10, &[0, 1, 2, 3]);
            bind(fake.path(), "/proc/stat");
            let mut samples = Samples::new();
            samples.until(|metrics| metrics.cores.len() == 4);

            write(11, &[0, 1, 2, 3]);
            let metrics = samples.until(|metrics| metrics.cpu.is_some());
            assert_eq!(metrics.cpu, Some(37.5));
            let all = [0.0, 25.0, 50.0, 75.0].map(Some);
            assert_eq!(metrics.cores, all);

            write(12, &[0, 2, 3]);
            // Between two readings of the same text no time has passed.
            let metrics = samples.until(|metrics| metrics.cpu.is_some() && metrics.cores != all);
            assert_eq!(metrics.cores, [Some(0.0), None, Some(50.0), Some(75.0)]);

            // Core 1 comes back, and a fifth one is added.
            write(13, &[0, 1, 2, 3, 4]);
            samples.until(|metrics| metrics.cores.len() == 5);
            write(14, &[0, 1, 2, 3, 4]);
            let metrics =
                samples.until(|metrics| metrics.cores.len() == 5 && metrics.cpu.is_some());
            assert_eq!(metrics.cores, [0.0, 25.0, 50.0, 75.0, 100.0].map(Some));
        },
    );
}

#[test]
fn a_host_name_that_is_not_utf8_is_shown_all_the_same() {
    isolated(
        "proc_files::a_host_name_that_is_not_utf8_is_shown_all_the_same",
        || {
            fs::write("/proc/sys/kernel/hostname", b"caf\xe9").unwrap();
            assert_eq!(collector::host_name().as_deref(), Some("caf\u{fffd}"));
        },
    );
}
