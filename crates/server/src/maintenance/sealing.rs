use crate::intake::PointIntake;
use crate::intake::series::STREAMS;
use access::Access;
use history::series::GRACE_MS;
use history::{Tier, TimeSeries};
use journal::Journal;
use protocol::Timestamp;
use std::sync::Arc;
use std::time::Duration;
use store::{Store, StoreError};
use tokio::sync::watch;
use tokio::time::Instant;

/// How often full windows are sealed.
const SEAL_EVERY: Duration = Duration::from_secs(5);

/// A journal whose oldest message has this age, in milliseconds, covers unsealed samples twice over.
const AGE_MIN_MS: i64 = 2 * (Tier::Second.window_ms() + GRACE_MS);

/// Between two times at which everything is sealed for want of room, so that a store that takes nothing is not asked
/// all the time.
const PRESSURE_EVERY: Duration = Duration::from_millis(500);

/// How often sets of series that nothing refers to are looked for.
const TIDY_EVERY: Duration = Duration::from_secs(10 * 60);

/// Seals full windows of series, and everything where room for samples is short, until `stop`. Records what is sealed
/// once the journal is replayed.
pub(crate) async fn run(
    store: Arc<dyn Store>,
    series: TimeSeries,
    points: PointIntake,
    journal: Journal,
    replayed: watch::Receiver<bool>,
    mut stop: watch::Receiver<bool>,
) {
    let mut sealer = Sealer::new(Arc::clone(&store), series.clone());
    let mut recorded = None;
    let mut tidy_at = Instant::now() + TIDY_EVERY;
    loop {
        let is_short = tokio::select! {
            () = tokio::time::sleep(SEAL_EVERY) => false,
            () = series.pressure() => true,
            _ = stop.changed() => return,
        };
        if is_short && series.is_under_pressure() {
            seal(&series, i64::MAX).await;
        } else if !is_short {
            sealer.step(Timestamp::now().unix_ms()).await;
        }
        let sealed = Some(series.sealed_seq());
        if *replayed.borrow() && sealed != recorded && record_sealed(&*store, &series).await {
            recorded = sealed;
        }
        if Instant::now() >= tidy_at {
            tidy_at = Instant::now() + TIDY_EVERY;
            points.forget_ended();
            if let Err(error) = tidy(&*store, &points, &journal).await {
                tracing::debug!(%error, "Sets of series could not be removed.");
            }
        }
        if is_short {
            tokio::time::sleep(PRESSURE_EVERY).await;
        }
    }
}

/// Removes sets that no message refers to.
async fn tidy(
    store: &dyn Store,
    points: &PointIntake,
    journal: &Journal,
) -> Result<(), StoreError> {
    points.end_sets(store, || journal.head()).await?;
    store.expire_series_sets().await.map(drop)
}

/// Records up to which message everything is sealed: from there the journal is replayed after a crash, and up to there
/// its messages may be deleted. Returns whether it is recorded.
pub(crate) async fn record_sealed(store: &dyn Store, series: &TimeSeries) -> bool {
    let recorded = store.set_sealed_seq(series.sealed_seq()).await;
    if let Err(error) = &recorded {
        tracing::debug!(%error, "What is sealed could not be recorded.");
    }
    recorded.is_ok()
}

/// Decides when windows are sealed before they are full: unsealed samples are only in the journal, and a
/// crash would lose those whose messages have left it, as its limit of bytes may reach back only minutes.
pub(crate) struct Sealer {
    store: Arc<dyn Store>,
    series: TimeSeries,
    all_sealed_at_ms: i64,
}

impl Sealer {
    pub(crate) fn new(store: Arc<dyn Store>, series: TimeSeries) -> Self {
        Self {
            store,
            series,
            all_sealed_at_ms: 0,
        }
    }

    pub(crate) async fn step(&mut self, now_ms: i64) {
        let oldest_age_ms = match self.oldest_age_ms(now_ms).await {
            Ok(oldest_age_ms) => oldest_age_ms,
            Err(error) => return tracing::debug!(%error, "Series could not be sealed."),
        };
        let since_ms = now_ms
            .saturating_sub(self.all_sealed_at_ms)
            .saturating_abs();
        // Each time, chunks are rewritten, so this is as rare as is safe. After the clock was set back, ages
        // are negative and say nothing.
        let pace_ms = |oldest_age_ms: i64| match oldest_age_ms {
            ..0 => GRACE_MS,
            _ => oldest_age_ms / 4,
        };
        let is_short =
            |oldest_age_ms| oldest_age_ms < AGE_MIN_MS && since_ms >= pace_ms(oldest_age_ms);
        if oldest_age_ms.is_some_and(is_short) {
            self.all_sealed_at_ms = now_ms;
            return seal(&self.series, i64::MAX).await;
        }
        seal(&self.series, now_ms).await;
    }

    /// The age of the oldest message that becomes samples; `None` if none has left the journal.
    async fn oldest_age_ms(&self, now_ms: i64) -> Result<Option<i64>, StoreError> {
        let mut shortest_ms: Option<i64> = None;
        let (access, log) = (Access::server(), self.store.log_state().await?);
        for stream in STREAMS {
            let oldest = self.store.after(&access, 0, &[stream], 1, 1).await?;
            let Some(oldest) = oldest.first().filter(|_| log.of(stream).floor_seq > 0) else {
                continue;
            };
            let oldest_age_ms = now_ms.saturating_sub(oldest.at_ms);
            shortest_ms = Some(shortest_ms.map_or(oldest_age_ms, |ms| ms.min(oldest_age_ms)));
        }
        Ok(shortest_ms)
    }
}

/// Seals the windows that are full at a moment, and logs failures.
pub(crate) async fn seal(series: &TimeSeries, now_ms: i64) {
    match series.seal(now_ms).await {
        Ok(sealed) if sealed.lost + sealed.damaged > 0 => {
            tracing::warn!(
                lost = sealed.lost,
                damaged = sealed.damaged,
                "Not all samples could be sealed."
            );
        }
        Ok(_) => {}
        Err(error) => tracing::debug!(%error, "Series could not be sealed."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use history::query::RetentionPeriods;
    use protocol::{Data, Durable, OwnHost, Stream, Timestamp};
    use store::Entry;

    const NOW_MS: i64 = 1_768_473_000_000;

    fn message(at_ms: i64) -> Durable {
        Durable::Data(Data {
            timestamp: Timestamp::from_unix_ms(at_ms),
            label: "Load".into(),
            value: 1.0,
            unit: None,
            source: None,
            ..Data::default()
        })
    }

    #[tokio::test]
    async fn windows_are_sealed_early_if_their_messages_expire_soon() {
        let folder = tempfile::tempdir().unwrap();
        let config = store::Config::of(store::Location::Sqlite(folder.path().to_owned()));
        let store = store::open(&config).await.unwrap();
        let past = TimeSeries::open(
            store.clone(),
            RetentionPeriods::default(),
            OwnHost::default(),
        )
        .await
        .unwrap();
        store.reserve(100).await.unwrap();
        let mut sealer = Sealer::new(Arc::clone(&store), past.clone());
        // A message a minute, and as soon as there are five the oldest leaves.
        let mut unsealed = Vec::new();
        for minute in 1..=8_u32 {
            let at_ms = NOW_MS + i64::from(minute) * 60_000;
            let seq = u64::from(minute);
            let entry = Entry {
                seq,
                prev: seq - 1,
                stream: Stream::Data,
                at_ms,
                chain: store::ChainName::default(),
                body: message(at_ms).to_json(),
            };
            store.commit(&[entry]).await.unwrap();
            past.ingest(&message(at_ms), seq, at_ms);
            if minute >= 5 {
                store.expire(Stream::Data, i64::MAX, 1).await.unwrap();
            }
            sealer.step(at_ms).await;
            unsealed.push(past.unsealed());
        }
        assert_eq!(unsealed, [1, 2, 3, 4, 0, 0, 0, 0]);
    }
}
