use collector::{Collector, Moment, Watched};
use protocol::{Durable, Metrics, Process};
use std::time::{Duration, Instant};

const INTERVAL: Duration = Duration::from_millis(100);

/// The time limit for an expected sample.
const PATIENCE: Duration = Duration::from_secs(20);

/// Samples of this host, in short intervals.
pub(crate) struct Samples {
    collector: Collector,
}

impl Samples {
    pub(crate) fn new() -> Self {
        Self {
            collector: Collector::local("local", INTERVAL, Instant::now()),
        }
    }

    /// The first sample of which `is_expected` holds.
    #[track_caller]
    pub(crate) fn until(&mut self, is_expected: impl Fn(&Metrics) -> bool) -> Metrics {
        self.first(|message| match message {
            Durable::Metrics(metrics) => is_expected(metrics).then(|| metrics.clone()),
            _ => None,
        })
    }

    /// The first sample of a process of which `is_expected` holds.
    #[track_caller]
    pub(crate) fn process(&mut self, is_expected: impl Fn(&Process) -> bool) -> Process {
        self.first(|message| match message {
            Durable::Processes(processes) => {
                let found = processes.top.iter().find(|process| is_expected(process));
                found.cloned()
            }
            _ => None,
        })
    }

    #[track_caller]
    fn first<T>(&mut self, look: impl Fn(&Durable) -> Option<T>) -> T {
        let watched = Watched { processes: true };
        let start = Instant::now();
        let mut last = None;
        while start.elapsed() < PATIENCE {
            let due = self.collector.next_due(watched);
            while let wait @ 1.. = due.saturating_duration_since(Instant::now()).as_micros() {
                std::thread::park_timeout(Duration::from_micros(wait as u64));
            }
            for message in self.collector.collect(Moment::now(), watched) {
                if let Some(found) = look(&message) {
                    return found;
                }
                last = Some(message);
            }
        }
        panic!("the last of what came instead: {last:?}");
    }
}
