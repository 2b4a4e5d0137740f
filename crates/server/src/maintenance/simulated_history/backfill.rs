use super::pieces::{self, Piece};
use super::{GAP_MIN_MS, SimulatedHistory};
use crate::low_priority;
use crate::reading::Archive;
use history::Tier;
use history::rollup::Buckets;
use std::time::Instant;
use store::{Series, StoreError};
use tokio::sync::watch;

/// This much of the newest history is written with all its samples before anything else.
const NEWEST_MS: i64 = 60 * 60 * 1_000;

/// Beyond this share of the store's capacity nothing is added, since retention would remove it again.
const ROOM_PERCENT_MAX: u64 = 90;

/// Writes the samples of simulated hosts that the store lacks.
pub(crate) struct Backfill {
    /// Each host's; the longest first, since it determines how far back single samples reach.
    all: Vec<SimulatedHistory>,
    archive: Archive,
    /// Completes once the log's samples are in the series: before, they look like gaps.
    replayed: watch::Receiver<bool>,
}

impl Backfill {
    pub(crate) fn new(
        all: Vec<SimulatedHistory>,
        archive: Archive,
        replayed: watch::Receiver<bool>,
    ) -> Self {
        Self {
            all,
            archive,
            replayed,
        }
    }

    /// Runs until everything is written, or the server stops. For a thread of its own.
    pub(crate) fn run(self, stop: watch::Receiver<bool>) {
        let work = async {
            if let Err(error) = self.fill().await {
                tracing::warn!(%error, "The demo's history is incomplete; the next start continues it.");
            }
        };
        low_priority::block_on("demo history", work, stop);
    }

    async fn fill(self) -> Result<(), StoreError> {
        let Self {
            all,
            archive,
            mut replayed,
        } = self;
        if replayed.wait_for(|replayed| *replayed).await.is_err() {
            return Ok(());
        }
        for simulated in all {
            simulated.fill(&archive).await?;
        }
        Ok(())
    }
}

impl SimulatedHistory {
    /// Writes the samples that the store lacks of one host.
    async fn fill(self, archive: &Archive) -> Result<(), StoreError> {
        let simulated = self;
        let started = Instant::now();
        let SimulatedHistory {
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
        // There is no sample at the start of the range from which to keep a distance. A partial window there
        // would be written before all whole ones, and would pretend that single samples reach back that far
        // (`RetentionPeriods::limited_by`) while those between are still missing.
        if let Some(first) = gaps.first_mut().filter(|gap| gap.0 == from_ms) {
            first.0 -= interval_ms / 2;
        }
        let (whole, parts): (Vec<_>, Vec<_>) = pieces::cut(&gaps, interval_ms)
            .into_iter()
            .partition(|piece| piece.is_whole && piece.from_ms < to_ms - NEWEST_MS);
        if whole.is_empty() && parts.is_empty() {
            return Ok(());
        }
        // Pieces that share a window with other samples are merged with them, before minutes are added.
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
                tracing::warn!("The store has no room for all of the demo's history.");
                return Ok(());
            }
            for piece in pieces {
                let start = Instant::now();
                series
                    .backfill_samples(&simulated.samples(piece.from_ms, piece.to_ms))
                    .await?;
                // Half a core at most.
                tokio::time::sleep(start.elapsed()).await;
            }
        }
        let all_ms = started.elapsed().as_millis();
        let host = simulated.past.host();
        tracing::info!(
            host,
            minutes_ms,
            all_ms,
            "The history of a simulated host is complete."
        );
        Ok(())
    }
}

/// The minutes of pieces of one window.
async fn minutes(simulated: &SimulatedHistory, pieces: &[Piece]) -> Vec<(Series, Buckets)> {
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
        // So that a stop does not wait for all pieces.
        tokio::task::yield_now().await;
    }
    all
}

async fn has_room(archive: &Archive, store_bytes_max: u64) -> Result<bool, StoreError> {
    let used_bytes = archive.store().usage().await?.used_bytes;
    Ok(used_bytes < store_bytes_max / 100 * ROOM_PERCENT_MAX)
}
