//! The past of the simulated host.
//!
//! Its messages (events, alerts, processes) are written before the log goes on, since numbers rise with
//! time. Its samples are far more, and are written while the server serves, by a thread that gives way to
//! all others: first all minutes and hours, which answer what two weeks are asked for, then single
//! samples. Both begin with the newest. Whatever is there already stays as it is, so a demo that starts
//! again fills only what it lacks.

mod pieces;

use super::archive::Archive;
use super::priority;
use crate::config::Config;
use collector::{DemoPast, is_demo_host};
use history::rollup::Buckets;
use history::{Samples, Tier};
use pieces::Piece;
use protocol::{Durable, Position, Stream, points, splice_position, values};
use std::time::{Duration, Instant};
use store::{Entry, LogState, Series, Store, StoreError};
use tokio::sync::{oneshot, watch};

const HOUR_MS: i64 = 60 * 60 * 1_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// The pasts of all other hosts together are so long, and each is an hour at least and a day at most: however
/// many there are, they are made within minutes.
const OTHERS_HOURS: i64 = 48;
const OTHER_HOURS_MAX: i64 = 24;

/// Messages are made so much at a time, which bounds what is in memory.
const MESSAGES_SPAN_MS: i64 = DAY_MS / 2;

/// Messages of one transaction.
const MESSAGES_AT_ONCE: usize = 2_000;

/// So much of the newest has its samples among the messages, too: a page begins with them.
const SAMPLES_MS: i64 = 5 * 60 * 1_000;

/// What is shorter is no gap: a server that starts again is away for a moment.
const GAP_MIN_MS: i64 = 10_000;

/// So much of the newest is written with all its samples before anything else.
const NEWEST_MS: i64 = 60 * 60 * 1_000;

/// Single samples more often than this would take more room than a demo should.
const INTERVAL_MIN_MS: u64 = 1_000;

/// Beyond this share of the store's room nothing more is added: retention would remove it again.
const ROOM_PERCENT_MAX: u64 = 90;

/// How far the past reaches, and what it is made of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Simulated {
    past: DemoPast,
    from_ms: i64,
    to_ms: i64,
    interval: Duration,
    store_bytes_max: u64,
}

impl Simulated {
    /// What the configuration asks for; `None` for nothing. The present begins at `now_ms`.
    pub(super) fn of(config: &Config, now_ms: i64) -> Option<Self> {
        // What is older than single samples are kept would be removed, and missed at the next start.
        let days = config.demo_days.min(config.retention.tiers.second.days);
        let from_ms = now_ms.saturating_sub(i64::from(days) * DAY_MS);
        (config.demo && days > 0).then(|| Self {
            past: DemoPast::new(config.demo_seed),
            // With a whole window: see `fill`.
            from_ms: Tier::Second
                .window_start_ms(from_ms.saturating_add(Tier::Second.window_ms() - 1)),
            to_ms: now_ms,
            interval: Duration::from_millis(config.interval_ms.max(INTERVAL_MIN_MS)),
            store_bytes_max: config.retention.store_bytes_max(),
        })
    }

    /// The same of the other hosts.
    pub(super) fn others(&self, config: &Config) -> Vec<Self> {
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

    /// Whether a store may be filled: one that has figures of a real host is left alone.
    pub(super) async fn may_fill(store: &dyn Store) -> Result<bool, StoreError> {
        let series = store.catalogue().await?;
        let mut hosts = series.iter().map(|row| row.series.key.host.as_str());
        let sampled = store.page(Stream::Metrics, u64::MAX, 1).await?;
        let is_demos = |entry: &Entry| {
            matches!(
                Durable::from_json(&entry.body),
                Ok(Durable::Metrics(metrics)) if is_demo_host(&metrics.host)
            )
        };
        Ok(hosts.all(|host| host.is_empty() || is_demo_host(host)) && sampled.iter().all(is_demos))
    }

    /// Writes the messages that the log lacks since its newest, with numbers behind `head`. Says how far
    /// numbers are given then.
    pub(super) async fn write_messages(
        &self,
        store: &dyn Store,
        log: &LogState,
        newest_own: &mut [u64; Stream::COUNT],
        mut head: u64,
    ) -> Result<u64, StoreError> {
        let newest_ms = Stream::ALL
            .iter()
            .filter_map(|stream| log.of(*stream).newest_at_ms);
        let newest_ms = newest_ms.max().unwrap_or(i64::MIN);
        let mut from_ms = newest_ms.saturating_add(1).max(self.from_ms);
        if self.to_ms.saturating_sub(from_ms) < GAP_MIN_MS {
            return Ok(head);
        }
        let mut newest = Stream::ALL.map(|stream| log.of(stream).newest_seq);
        while from_ms < self.to_ms {
            let to_ms = from_ms.saturating_add(MESSAGES_SPAN_MS).min(self.to_ms);
            let messages = self.messages(from_ms, to_ms);
            let entries: Vec<_> = messages
                .iter()
                .map(|message| {
                    head += 1;
                    let stream = message.stream().index();
                    let prev = std::mem::replace(&mut newest[stream], head);
                    let chained = std::mem::replace(&mut newest_own[stream], head);
                    entry(message, head, prev, chained)
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

    /// Every figure's samples of a stretch. The last, which is written last, stands for all: where it has
    /// samples, the others have.
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
                    let series = series.map(|(point, unit)| Series {
                        key: point.series,
                        unit,
                    });
                    all.extend(series.map(|series| (series, Samples::default())));
                }
                for ((_, samples), value) in all.iter_mut().zip(of_all) {
                    samples.insert(at_ms, value);
                }
            });
        // The CPU has some at every interval, whatever the rate of messages is.
        let behind_cpu = all.len().min(1);
        all.rotate_left(behind_cpu);
        all
    }
}

/// `chained` is the message before it that is about the same host, which viewers are told.
fn entry(message: &Durable, seq: u64, prev: u64, chained: u64) -> Entry {
    let stream = message.stream();
    let position = Position {
        seq,
        prev: chained,
        stream,
    };
    Entry {
        seq,
        prev,
        stream,
        at_ms: message.timestamp().unix_ms(),
        body: splice_position(&message.to_json(), position),
    }
}

/// Writes the samples that the store lacks.
pub(super) struct Fill {
    /// Each host's; the longest first, which says how far back single samples reach.
    all: Vec<Simulated>,
    archive: Archive,
    /// Comes when all that the log has is among the series: before, gaps may be none.
    replayed: oneshot::Receiver<()>,
}

impl Fill {
    pub(super) fn new(
        all: Vec<Simulated>,
        archive: Archive,
        replayed: oneshot::Receiver<()>,
    ) -> Self {
        Self {
            all,
            archive,
            replayed,
        }
    }

    /// Runs until everything is written, or the server stops. For a thread of its own.
    pub(super) fn run(self, mut stop: watch::Receiver<bool>) {
        priority::give_way();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let runtime = match runtime {
            Ok(runtime) => runtime,
            Err(error) => return tracing::error!(%error, "The demo has no past."),
        };
        runtime.block_on(async {
            tokio::select! {
                filled = self.fill() => if let Err(error) = filled {
                    tracing::warn!(%error, "The demo's past is not complete; the next start goes on.");
                },
                _ = stop.changed() => {}
            }
        });
    }

    async fn fill(self) -> Result<(), StoreError> {
        let Self {
            all,
            archive,
            replayed,
        } = self;
        if replayed.await.is_err() {
            return Ok(());
        }
        for simulated in all {
            simulated.fill(&archive).await?;
        }
        Ok(())
    }
}

impl Simulated {
    /// Writes the samples that the store lacks of one host.
    async fn fill(self, archive: &Archive) -> Result<(), StoreError> {
        let simulated = self;
        let started = Instant::now();
        let Simulated {
            from_ms,
            to_ms,
            interval,
            ..
        } = simulated;
        let interval_ms = i64::try_from(interval.as_millis()).unwrap_or(i64::MAX);
        let Some((reference, _)) = simulated.samples(from_ms, from_ms + interval_ms).pop() else {
            return Ok(());
        };
        let longer_than_ms = GAP_MIN_MS.max(interval_ms.saturating_mul(3));
        let series = archive.series();
        let mut gaps = series
            .gaps_ms(&reference.key, from_ms, to_ms, longer_than_ms)
            .await?;
        // No sample is where the range begins, so nothing need be left free there. A part of a window would
        // be written before all whole ones, and as the oldest it would say that single samples reach back
        // to there (`RetentionPeriods::limited_by`) while those between are still to come.
        if let Some(first) = gaps.first_mut().filter(|gap| gap.0 == from_ms) {
            first.0 -= interval_ms / 2;
        }
        let (whole, parts): (Vec<_>, Vec<_>) = pieces::cut(&gaps, interval_ms)
            .into_iter()
            .partition(|piece| piece.is_whole && piece.from_ms < to_ms - NEWEST_MS);
        if whole.is_empty() && parts.is_empty() {
            return Ok(());
        }
        // What shares a window with other samples is merged with them, and must be before its minutes
        // are added to.
        for piece in parts {
            series
                .backfill(&simulated.samples(piece.from_ms, piece.to_ms))
                .await?;
        }
        let same_window = |one: &Piece, other: &Piece| {
            let window_ms = |piece: &Piece| Tier::Minute.window_start_ms(piece.from_ms);
            window_ms(one) == window_ms(other)
        };
        for pieces in whole.chunk_by(same_window) {
            series
                .backfill_minutes(&minutes(&simulated, pieces).await)
                .await?;
        }
        let minutes_ms = started.elapsed().as_millis();
        for pieces in whole.chunk_by(same_window) {
            if !has_room(archive, simulated.store_bytes_max).await? {
                tracing::warn!("The store has no room for all of the demo's past.");
                return Ok(());
            }
            for piece in pieces {
                let began = Instant::now();
                series
                    .backfill_samples(&simulated.samples(piece.from_ms, piece.to_ms))
                    .await?;
                // Half a core at most.
                tokio::time::sleep(began.elapsed()).await;
            }
        }
        let all_ms = started.elapsed().as_millis();
        let host = simulated.past.host();
        tracing::info!(
            host,
            minutes_ms,
            all_ms,
            "A simulated host's past is complete."
        );
        Ok(())
    }
}

/// The minutes of pieces of one window.
async fn minutes(simulated: &Simulated, pieces: &[Piece]) -> Vec<(Series, Buckets)> {
    let mut all: Vec<(Series, Buckets)> = Vec::new();
    for piece in pieces {
        let samples = simulated.samples(piece.from_ms, piece.to_ms);
        if all.is_empty() {
            let empty = samples
                .iter()
                .map(|(series, _)| (series.clone(), Buckets::default()));
            all = empty.collect();
        }
        for ((_, minutes), (_, samples)) in all.iter_mut().zip(&samples) {
            minutes.replace(Buckets::minutes(samples));
        }
        // A stop need not wait for all of them.
        tokio::task::yield_now().await;
    }
    all
}

async fn has_room(archive: &Archive, store_bytes_max: u64) -> Result<bool, StoreError> {
    let used_bytes = archive.store().usage().await?.used_bytes;
    Ok(used_bytes < store_bytes_max / 100 * ROOM_PERCENT_MAX)
}
