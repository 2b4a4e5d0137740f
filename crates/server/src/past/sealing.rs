use super::series::STREAMS;
use crate::clock;
use history::series::GRACE_MS;
use history::{Tier, TimeSeries};
use std::sync::Arc;
use std::time::Duration;
use store::{Store, StoreError};
use tokio::sync::watch;

/// How often it is looked whether anything can be sealed.
const SEAL_EVERY: Duration = Duration::from_secs(5);

/// A journal that reaches back so far, in milliseconds, has everything that is not sealed, twice over.
const REACH_MIN_MS: i64 = 2 * (Tier::Second.window_ms() + GRACE_MS);

/// Writes windows of series that are full, until `stop`.
pub(super) async fn run(
    store: Arc<dyn Store>,
    series: TimeSeries,
    mut stop: watch::Receiver<bool>,
) {
    let mut sealer = Sealer::new(store, series);
    loop {
        tokio::select! {
            () = tokio::time::sleep(SEAL_EVERY) => {}
            _ = stop.changed() => return,
        }
        sealer.look(clock::wall_time().unix_ms()).await;
    }
}

/// Decides when everything is sealed, full or not: what is not is in the journal alone, and a crash must
/// not find it gone from there because its budget of bytes was spent on the last minutes.
pub(super) struct Sealer {
    store: Arc<dyn Store>,
    series: TimeSeries,
    all_sealed_at_ms: i64,
}

impl Sealer {
    pub(super) fn new(store: Arc<dyn Store>, series: TimeSeries) -> Self {
        Self {
            store,
            series,
            all_sealed_at_ms: 0,
        }
    }

    pub(super) async fn look(&mut self, now_ms: i64) {
        let reach_ms = match self.reach_ms(now_ms).await {
            Ok(reach_ms) => reach_ms,
            Err(error) => return tracing::debug!(%error, "Series could not be sealed."),
        };
        let since_ms = now_ms
            .saturating_sub(self.all_sealed_at_ms)
            .saturating_abs();
        // Each time chunks are written anew, so no more often than is safe. Where the clock went back,
        // what the journal has is ahead of it, and nothing says how far back that reaches.
        let pace_ms = |reach_ms: i64| match reach_ms {
            ..0 => GRACE_MS,
            _ => reach_ms / 4,
        };
        let is_short = |reach_ms| reach_ms < REACH_MIN_MS && since_ms >= pace_ms(reach_ms);
        if reach_ms.is_some_and(is_short) {
            self.all_sealed_at_ms = now_ms;
            return seal(&self.series, i64::MAX).await;
        }
        seal(&self.series, now_ms).await;
    }

    /// How far back the journal has what becomes series; `None` if nothing of it ever left.
    async fn reach_ms(&self, now_ms: i64) -> Result<Option<i64>, StoreError> {
        let mut shortest_ms: Option<i64> = None;
        for stream in STREAMS {
            let oldest = self.store.after(0, &[stream], 1, 1).await?;
            // The first of all has none before it.
            let Some(oldest) = oldest.first().filter(|oldest| oldest.prev > 0) else {
                continue;
            };
            let reach_ms = now_ms.saturating_sub(oldest.at_ms);
            shortest_ms = Some(shortest_ms.map_or(reach_ms, |ms| ms.min(reach_ms)));
        }
        Ok(shortest_ms)
    }
}

/// Seals what is due at a moment, and says what went wrong.
pub(super) async fn seal(series: &TimeSeries, now_ms: i64) {
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
    async fn what_the_journal_will_soon_lack_is_sealed_before_it_is_full() {
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
                body: message(at_ms).to_json(),
            };
            store.commit(&[entry]).await.unwrap();
            past.ingest(&message(at_ms), at_ms);
            if minute >= 5 {
                store.expire(Stream::Data, i64::MAX, 1).await.unwrap();
            }
            sealer.look(at_ms).await;
            unsealed.push(past.unsealed());
        }
        assert_eq!(unsealed, [1, 2, 3, 4, 0, 0, 0, 0]);
    }
}
