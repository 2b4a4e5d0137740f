//! The history of simulated hosts.
//!
//! Messages (events, alerts, processes) are written before the log is resumed, since sequence numbers rise
//! with time. Samples are far more, and are written while the server runs, by a thread of low priority:
//! first all minutes and hours, which serve queries of two weeks, then single samples, both newest first.
//! Existing data is not changed, so that a restarted demo adds only what is missing.

mod backfill;
mod pieces;

pub(crate) use backfill::Backfill;

use crate::config::Config;
use access::Access;
use collector::{DemoPast, is_demo_host};
use history::{Samples, Tier};
use protocol::{Durable, Position, Stream, points, splice_position, values};
use std::time::Duration;
use store::{ChainName, Entry, LogState, Series, Store, StoreError};

const HOUR_MS: i64 = 60 * 60 * 1_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// The histories of all other hosts together have this length, and each is an hour to a day long, so that
/// they are computed within minutes however many hosts there are.
const OTHERS_HOURS: i64 = 48;
const OTHER_HOURS_MAX: i64 = 24;

/// Messages of this span are computed at a time, which bounds memory.
const MESSAGES_SPAN_MS: i64 = DAY_MS / 2;

/// Messages of one transaction.
const MESSAGES_AT_ONCE: usize = 2_000;

/// The newest samples are among the messages, too, since a page starts with them.
const SAMPLES_MS: i64 = 5 * 60 * 1_000;

/// Anything shorter is no gap, but a restart.
const GAP_MIN_MS: i64 = 10_000;

/// The shortest interval of single samples, which limits the size of a demo's store.
const INTERVAL_MIN_MS: u64 = 1_000;

/// The simulated history of one host.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SimulatedHistory {
    past: DemoPast,
    from_ms: i64,
    to_ms: i64,
    interval: Duration,
    store_bytes_max: u64,
}

impl SimulatedHistory {
    /// The history that the configuration demands, up to `now_ms`.
    pub(crate) fn of(config: &Config, now_ms: i64) -> Option<Self> {
        // Beyond the retention of single samples they would be removed, and be missing at the next start.
        let days = config.demo_days.min(config.retention.tiers.second.days);
        let from_ms = now_ms.saturating_sub(i64::from(days) * DAY_MS);
        (config.demo && days > 0).then(|| Self {
            past: DemoPast::new(config.demo_seed),
            // A whole window: see `Backfill`.
            from_ms: Tier::Second
                .window_start_ms(from_ms.saturating_add(Tier::Second.window_ms() - 1)),
            to_ms: now_ms,
            interval: Duration::from_millis(config.interval_ms.max(INTERVAL_MIN_MS)),
            store_bytes_max: config.retention.store_bytes_max(),
        })
    }

    /// The histories of the other hosts.
    pub(crate) fn others(&self, config: &Config) -> Vec<Self> {
        let others = i64::from(config.demo_hosts) - 1;
        let hours = (OTHERS_HOURS / others.max(1)).clamp(1, OTHER_HOURS_MAX);
        let from_ms = Tier::Second.window_start_ms(self.to_ms.saturating_sub(hours * HOUR_MS));
        let other = |number| Self {
            past: DemoPast::of_other(config.demo_seed, number),
            from_ms: from_ms.max(self.from_ms),
            ..*self
        };
        (2..=config.demo_hosts).map(other).collect()
    }

    /// Whether a store may be filled: not if it has series of a real host.
    pub(crate) async fn may_fill(store: &dyn Store) -> Result<bool, StoreError> {
        let series = store.catalogue().await?;
        let mut hosts = series.iter().map(|row| row.series.key.host.as_str());
        let sampled = store
            .page(&Access::server(), Stream::Metrics, u64::MAX, 1)
            .await?;
        let is_demos = |entry: &Entry| {
            matches!(
                Durable::from_json(&entry.body),
                Ok(Durable::Metrics(metrics)) if is_demo_host(&metrics.host)
            )
        };
        Ok(hosts.all(|host| host.is_empty() || is_demo_host(host)) && sampled.iter().all(is_demos))
    }

    /// Writes the messages that the log lacks since its newest, numbered after `head`; returns the new head.
    pub(crate) async fn write_messages(
        &self,
        store: &dyn Store,
        kept: &LogState,
        newest_own: &mut [u64; Stream::COUNT],
        mut head: u64,
    ) -> Result<u64, StoreError> {
        let newest_ms = Stream::ALL
            .iter()
            .filter_map(|stream| kept.of(*stream).newest_at_ms);
        let newest_ms = newest_ms.max().unwrap_or(i64::MIN);
        let mut from_ms = newest_ms.saturating_add(1).max(self.from_ms);
        if self.to_ms.saturating_sub(from_ms) < GAP_MIN_MS {
            return Ok(head);
        }
        while from_ms < self.to_ms {
            let to_ms = from_ms.saturating_add(MESSAGES_SPAN_MS).min(self.to_ms);
            let messages = self.messages(from_ms, to_ms);
            let entries: Vec<_> = messages
                .iter()
                .map(|message| {
                    head += 1;
                    let stream = message.stream().index();
                    let prev = std::mem::replace(&mut newest_own[stream], head);
                    entry(message, head, prev)
                })
                .collect();
            store.reserve(head).await?;
            for entries in entries.chunks(MESSAGES_AT_ONCE) {
                store.commit(entries).await?;
            }
            from_ms = to_ms;
        }
        Ok(head)
    }

    fn messages(&self, from_ms: i64, to_ms: i64) -> Vec<Durable> {
        let mut messages = self.past.messages(from_ms, to_ms);
        let from_ms = from_ms.max(self.to_ms - SAMPLES_MS);
        let interval = self.interval;
        self.past
            .samples(from_ms, to_ms, interval, |metrics, data| {
                messages.push(Durable::Metrics(metrics));
                messages.extend(data.into_iter().map(Durable::Data));
            });
        messages.sort_by_key(Durable::timestamp);
        messages
    }

    /// The samples of all series in a range. The last series is written last, so where it has samples, the
    /// others have, too.
    fn samples(&self, from_ms: i64, to_ms: i64) -> Vec<(Series, Samples)> {
        let mut all: Vec<(Series, Samples)> = Vec::new();
        self.past
            .samples(from_ms, to_ms, self.interval, |metrics, data| {
                let at_ms = metrics.timestamp.unix_ms();
                let mut of_all = values(&metrics);
                of_all.extend(data.iter().map(|data| data.value));
                if all.is_empty() {
                    let messages = data.into_iter().map(Durable::Data);
                    let messages = std::iter::once(Durable::Metrics(metrics)).chain(messages);
                    let series = messages.flat_map(|message| points(&message));
                    let series = series.map(|(point, unit)| Series::new(point.series, unit));
                    all.extend(series.map(|series| (series, Samples::default())));
                }
                for ((_, samples), value) in all.iter_mut().zip(of_all) {
                    samples.insert(at_ms, value);
                }
            });
        // The CPU has a sample at every interval, whatever the rate of messages.
        let behind_cpu = all.len().min(1);
        all.rotate_left(behind_cpu);
        all
    }
}

fn entry(message: &Durable, seq: u64, prev: u64) -> Entry {
    let stream = message.stream();
    let position = Position { seq, prev, stream };
    Entry {
        seq,
        prev,
        stream,
        at_ms: message.timestamp().unix_ms(),
        // Those of the other simulated hosts are not written.
        chain: ChainName::default(),
        body: splice_position(&message.to_json(), position),
    }
}
