//! Repeats a recording for several hosts: an hour becomes days.
//!
//! Each host starts at another offset of the same recording and wraps around at its end, so that no two hosts
//! have the same values at the same time. The intervals between samples are those recorded, jitter and gaps
//! included; where it wraps around, a second.

use protocol::{Durable, Metrics, Timestamp};

pub(crate) struct Replay {
    metrics: Vec<Metrics>,
    /// Milliseconds from the first.
    offsets_ms: Vec<i64>,
    length_ms: i64,
    hosts: usize,
    start_ms: i64,
}

impl Replay {
    pub(crate) fn new(messages: &[Durable], hosts: usize, start_ms: i64) -> Self {
        let metrics: Vec<Metrics> = messages
            .iter()
            .filter_map(|message| match message {
                Durable::Metrics(metrics) => Some(metrics.clone()),
                _ => None,
            })
            .collect();
        let first_ms = metrics[0].timestamp.unix_ms();
        let offsets = metrics
            .iter()
            .map(|metrics| metrics.timestamp.unix_ms() - first_ms);
        let offsets_ms: Vec<i64> = offsets.collect();
        let length_ms = offsets_ms.last().expect("a recording") + 1_000;
        Self {
            metrics,
            offsets_ms,
            length_ms,
            hosts,
            start_ms,
        }
    }

    /// The `number`th sample of each host.
    pub(crate) fn nth(&self, number: usize) -> impl Iterator<Item = Durable> + '_ {
        (0..self.hosts).map(move |host| {
            let (at_ms, place) = self.at(host, number);
            let mut metrics = self.metrics[place].clone();
            metrics.host = format!("host-{host}");
            metrics.timestamp = Timestamp::from_unix_ms(at_ms);
            Durable::Metrics(metrics)
        })
    }

    pub(crate) fn hosts(&self) -> usize {
        self.hosts
    }

    /// The time of a host's `number`th sample, and its index in the recording.
    pub(crate) fn at(&self, host: usize, number: usize) -> (i64, usize) {
        let from = host * self.metrics.len() / self.hosts;
        let at_ms = self.start_ms + self.elapsed_ms(from + number) - self.elapsed_ms(from);
        (at_ms, (from + number) % self.metrics.len())
    }

    fn elapsed_ms(&self, number: usize) -> i64 {
        let count = self.metrics.len();
        (number / count) as i64 * self.length_ms + self.offsets_ms[number % count]
    }
}
