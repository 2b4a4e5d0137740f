//! The cost of sampling this host: `cargo run --release -p collector --example cost`.

use collector::{Collector, Moment, Watched};
use rustix::time::{ClockId, clock_gettime};
use std::time::{Duration, Instant};

const SAMPLES: u32 = 40;
const INTERVAL: Duration = Duration::from_millis(250);

fn main() {
    for processes in [false, true] {
        let watched = Watched { processes };
        let mut collector = Collector::local("local", INTERVAL, Instant::now());
        let mut took = Duration::ZERO;
        let begun = cpu_time();
        for _ in 0..SAMPLES {
            let due = collector.next_due(watched);
            while Instant::now() < due {
                std::thread::park_timeout(due.saturating_duration_since(Instant::now()));
            }
            let now = Moment::now();
            let started = Instant::now();
            std::hint::black_box(collector.collect(now, watched));
            took += started.elapsed();
        }
        let cpu = (cpu_time() - begun) / SAMPLES;
        let (took, cpu) = ((took / SAMPLES).as_micros(), cpu.as_micros());
        println!("a sample, processes watched: {processes:>5}  {took:>6} µs, of CPU {cpu:>6} µs");
    }
}

/// The CPU time of all threads, ended ones included.
fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}
