use crate::demo::{Demo, DemoHost};
use crate::host::Host;
use crate::local::LocalHost;
use crate::{HostCounters, Moment, rounding};
use protocol::Durable;
use std::time::{Duration, Instant};

/// The minimum of the sampling interval.
pub const INTERVAL_MIN: Duration = Duration::from_millis(100);
/// The maximum of the sampling interval.
pub const INTERVAL_MAX: Duration = Duration::from_secs(3_600);

/// The delay of the first sample: an earlier one would have no CPU usage, and with a long interval a page
/// would stay empty for an hour.
const FIRST_SAMPLE_AFTER: Duration = Duration::from_millis(250);

const PROCESSES_EVERY: Duration = Duration::from_secs(10);
/// Also the interval of processes, so that they are sampled together with metrics.
const PROCESSES_EVERY_WATCHED: Duration = Duration::from_secs(1);

/// The streams that have viewers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Watched {
    /// Processes are sampled each second if so, and each ten seconds otherwise.
    pub processes: bool,
}

/// A host and its sampling schedule.
///
/// ```no_run
/// # use collector::{Collector, Moment, Watched};
/// # use std::time::{Duration, Instant};
/// let mut collector = Collector::local("web-1", Duration::from_secs(1), Instant::now());
/// loop {
///     let watched = Watched::default();
///     let wait = collector.next_due(watched).saturating_duration_since(Instant::now());
///     std::thread::sleep(wait);
///     for message in collector.collect(Moment::now(), watched) {
///         println!("{}", message.to_json());
///     }
/// }
/// ```
pub struct Collector {
    host: Box<dyn Host>,
    interval: Duration,
    first: Instant,
    metrics_due: Instant,
    /// When processes were last sampled.
    processes_last: Option<Instant>,
}

impl Collector {
    /// Samples the local host, which is read once for the first rates. `name` is its name in messages.
    pub fn local(name: &str, interval: Duration, now: Instant) -> Self {
        let first = now + FIRST_SAMPLE_AFTER.min(interval.clamp(INTERVAL_MIN, INTERVAL_MAX));
        Self::new(Box::new(LocalHost::new(name)), interval, first)
    }

    /// Samples a simulated host: the same `demo` and the same moments give the same messages except for
    /// timestamps.
    pub fn demo(demo: Demo, interval: Duration, now: Instant) -> Self {
        let host = DemoHost::new(demo, interval.clamp(INTERVAL_MIN, INTERVAL_MAX), now);
        Self::new(Box::new(host), interval, now)
    }

    fn new(host: Box<dyn Host>, interval: Duration, first: Instant) -> Self {
        Self {
            host,
            interval: interval.clamp(INTERVAL_MIN, INTERVAL_MAX),
            first,
            metrics_due: first,
            processes_last: None,
        }
    }

    /// When to call [`Collector::collect`] next; an earlier call is harmless. Call this again when `watched`
    /// may have changed.
    pub fn next_due(&self, watched: Watched) -> Instant {
        let sampled = self.metrics_due.min(self.processes_due(watched));
        self.host.next_own().map_or(sampled, |own| own.min(sampled))
    }

    /// All messages due at `now`, in the order of the journal. Missed samples are not repeated.
    pub fn collect(&mut self, now: Moment, watched: Watched) -> Vec<Durable> {
        let mut messages = Vec::new();
        if now.instant >= self.metrics_due {
            self.metrics_due = self.on_grid(self.interval, now.instant) + self.interval;
            messages.push(Durable::Metrics(self.host.metrics(now, self.interval)));
            let others = self.host.other_metrics(now, self.interval);
            messages.extend(others.into_iter().map(Durable::Metrics));
        }
        if now.instant >= self.processes_due(watched) {
            self.processes_last = Some(self.on_grid(PROCESSES_EVERY_WATCHED, now.instant));
            let processes = self.host.processes(now);
            messages.extend(processes.map(Durable::Processes));
        }
        self.host.own(now, &mut messages);
        messages
    }

    /// What the kernel counted, as of the newest metrics; absent for a simulated host.
    pub fn counters(&self) -> Option<HostCounters> {
        self.host.counters()
    }

    fn processes_due(&self, watched: Watched) -> Instant {
        let every = if watched.processes {
            PROCESSES_EVERY_WATCHED
        } else {
            PROCESSES_EVERY
        };
        self.processes_last.map_or(self.first, |last| last + every)
    }

    fn on_grid(&self, every: Duration, now: Instant) -> Instant {
        self.first + rounding::whole_multiples(now.saturating_duration_since(self.first), every)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::{Metrics, Processes, Stream, Timestamp};

    /// A host without any message.
    struct Blank;

    impl Host for Blank {
        fn metrics(&mut self, now: Moment, interval: Duration) -> Metrics {
            let json = r#"{"host":"blank","timestamp":"2026-01-15T10:30:00Z","interval_ms":0}"#;
            let mut metrics: Metrics = serde_json::from_str(json).unwrap();
            metrics.timestamp = now.timestamp;
            metrics.interval_ms = interval.as_millis() as u64;
            metrics
        }

        fn processes(&mut self, now: Moment) -> Option<Processes> {
            Some(Processes {
                host: "blank".to_owned(),
                timestamp: now.timestamp,
                count: None,
                top: Vec::new(),
            })
        }

        fn next_own(&self) -> Option<Instant> {
            None
        }

        fn own(&mut self, _now: Moment, _messages: &mut Vec<Durable>) {}
    }

    const UNWATCHED: Watched = Watched { processes: false };
    const WATCHED: Watched = Watched { processes: true };

    /// Collects at each of `calls` and expects the streams named there.
    fn check(interval_ms: u64, calls: &[(u64, Watched, &[Stream])]) {
        let start = Instant::now();
        let interval = Duration::from_millis(interval_ms);
        let mut collector = Collector::new(Box::new(Blank), interval, start);
        for &(at_ms, watched, expected) in calls {
            let now = Moment {
                instant: start + Duration::from_millis(at_ms),
                timestamp: Timestamp::default(),
            };
            let due = collector.next_due(watched) <= now.instant;
            let messages = collector.collect(now, watched);
            let streams: Vec<_> = messages.iter().map(Durable::stream).collect();
            assert_eq!(streams, expected, "at {at_ms} ms");
            assert_eq!(due, !expected.is_empty(), "at {at_ms} ms");
        }
    }

    use Stream::{Metrics as M, Processes as P};

    #[test]
    fn processes_are_sampled_each_second_while_watched() {
        check(
            1_000,
            &[
                (0, UNWATCHED, &[M, P]),
                (999, UNWATCHED, &[]),
                (1_000, UNWATCHED, &[M]),
                (2_003, WATCHED, &[M, P]),
                (3_001, WATCHED, &[M, P]),
                (4_000, UNWATCHED, &[M]),
                (12_999, UNWATCHED, &[M]),
                (13_000, UNWATCHED, &[M, P]),
            ],
        );
    }

    #[test]
    fn a_late_call_samples_once_and_keeps_the_schedule() {
        check(
            1_000,
            &[
                (0, UNWATCHED, &[M, P]),
                (5_700, UNWATCHED, &[M]),
                (5_999, UNWATCHED, &[]),
                (6_000, UNWATCHED, &[M]),
            ],
        );
    }

    #[test]
    fn a_short_interval_does_not_apply_to_processes() {
        check(
            100,
            &[
                (0, WATCHED, &[M, P]),
                (100, WATCHED, &[M]),
                (900, WATCHED, &[M]),
                (1_000, WATCHED, &[M, P]),
            ],
        );
    }

    #[test]
    fn intervals_are_clamped() {
        check(1, &[(0, UNWATCHED, &[M, P]), (99, UNWATCHED, &[])]);
        let hour_ms = 3_600_000;
        check(
            hour_ms * 5,
            &[
                (0, UNWATCHED, &[M, P]),
                (hour_ms - 1, UNWATCHED, &[P]),
                (hour_ms, UNWATCHED, &[M]),
            ],
        );
    }
}
