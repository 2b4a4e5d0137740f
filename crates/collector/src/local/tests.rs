use super::*;
use std::thread;

/// Repeats a reading until there is a value: rates need time to pass.
fn soon<T>(mut read: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(value) = read() {
            return value;
        }
        assert!(started.elapsed() < Duration::from_secs(60), "no value");
        thread::yield_now();
    }
}

#[test]
fn values_of_this_host_are_plausible() {
    let mut host = LocalHost::new("web-1");
    let metrics = soon(|| {
        let metrics = host.metrics(Moment::now(), Duration::from_secs(1));
        (metrics.cpu.is_some() || cfg!(not(target_os = "linux"))).then_some(metrics)
    });

    let percents = [metrics.cpu, metrics.memory, metrics.swap, metrics.disk];
    let disks = metrics.disks.iter().map(|disk| disk.percent);
    let cores = metrics.cores.iter().copied().flatten();
    for percent in percents.into_iter().flatten().chain(disks).chain(cores) {
        assert!((0.0..=100.0).contains(&percent), "{percent}");
    }
    for memory in [metrics.memory_bytes, metrics.swap_bytes]
        .into_iter()
        .flatten()
    {
        assert!(memory.total > 0 && memory.used <= memory.total);
    }
    for disk in &metrics.disks {
        assert!(disk.used_bytes <= disk.total_bytes, "{disk:?}");
    }
    assert_eq!(metrics.swap.is_some(), metrics.swap_bytes.is_some());
    assert_eq!(metrics.disk.is_some(), !metrics.disks.is_empty());
    assert_eq!(metrics.host, "web-1");
    assert_eq!(metrics.interval_ms, 1_000);

    if cfg!(target_os = "linux") {
        assert!(metrics.cpu.is_some() && !metrics.cores.is_empty());
        assert!(metrics.load.is_some() && metrics.memory.is_some());
        assert!(metrics.uptime_seconds.is_some_and(|seconds| seconds > 0));
    }
}

#[test]
fn the_cpu_is_absent_before_the_second_reading() {
    let mut cpu = cpu::Sampler::new().unwrap();
    assert!(cpu.sample().is_none());
    soon(|| cpu.sample());
}

#[test]
fn this_test_is_among_the_processes() {
    let mut host = LocalHost::new("web-1");
    // Rates need some work to show. With several threads this is among the busiest processes of its
    // host for a moment, whatever else runs there.
    let started = Instant::now();
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                while started.elapsed() < Duration::from_millis(300) {
                    std::hint::spin_loop();
                }
            });
        }
    });
    let processes = host.processes(Moment::now()).unwrap();

    let this = processes.top.iter();
    let this = this.filter(|process| process.pid == std::process::id());
    let this: Vec<_> = this.collect();
    assert_eq!(this.len(), 1, "{processes:?}");
    assert!(this[0].cpu > 0.0 && this[0].memory_bytes > 0, "{this:?}");
    assert!(processes.count.is_some_and(|count| count > 0));
    assert!(processes.top.iter().all(|process| process.cpu.is_finite()));
    let ordered = processes.top.is_sorted_by(|one, next| one.cpu >= next.cpu);
    assert!(ordered, "{processes:?}");
}
