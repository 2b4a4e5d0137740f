//! What looking at this host costs: `cargo run --release -p collector --example cost`.

use collector::{Collector, Moment, Watched};
use std::time::{Duration, Instant};

const SAMPLES: u32 = 40;
const INTERVAL: Duration = Duration::from_millis(250);

fn main() {
    for processes in [false, true] {
        let watched = Watched { processes };
        let mut collector = Collector::local(INTERVAL, Instant::now());
        let mut cost = Duration::ZERO;
        for _ in 0..SAMPLES {
            let due = collector.next_due(watched);
            while Instant::now() < due {
                std::thread::park_timeout(due.saturating_duration_since(Instant::now()));
            }
            let now = Moment::now();
            let started = Instant::now();
            std::hint::black_box(collector.collect(now, watched));
            cost += started.elapsed();
        }
        let mean = (cost / SAMPLES).as_micros();
        println!("a sample, processes watched: {processes:>5}  {mean:>6} µs");
    }
}
