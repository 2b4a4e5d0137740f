use super::TimeSeries;
use super::read::Reader;
use crate::Tier;
use crate::query::{QueryError, SERIES_MAX};
use crate::rollup::Bucket;
use crate::tier::floor;
use protocol::{SeriesKey, Timestamp};
use store::Series;

/// An older sample is not the value at a time; it also limits how much is read.
pub const WITHIN_MAX_MS: i64 = 60 * 60 * 1_000;

/// The value of a series at a time.
#[derive(Debug, Clone, PartialEq)]
pub struct Current {
    /// The series.
    pub series: Series,
    /// When it was sampled, in milliseconds since the Unix epoch; where single samples are no longer
    /// stored, the start of the minute or hour.
    pub at_ms: i64,
    /// The sample, or the mean of the minute or hour.
    pub value: f64,
}

impl TimeSeries {
    /// Every series of a host at a time: the newest sample at or before `at_ms` that is at most
    /// `within_ms` older (and at most [`WITHIN_MAX_MS`]), by series. Series without a host are the
    /// server's own; a series without a sample is left out. Where single samples are no longer stored, the
    /// minute or hour that contains the time. `now_ms` is the server's clock.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn at(
        &self,
        host: &str,
        at_ms: i64,
        within_ms: i64,
        now_ms: i64,
    ) -> Result<Vec<Current>, QueryError> {
        // So that no arithmetic on it overflows.
        let at_ms = Timestamp::from_unix_ms(at_ms).unix_ms();
        let within_ms = within_ms.clamp(0, WITHIN_MAX_MS);
        let retention = self.retention(now_ms).await?;
        let covers = |tier: &Tier| retention.covers(*tier, at_ms, now_ms);
        let tier = Tier::ALL.into_iter().find(covers).unwrap_or(Tier::Hour);
        let mut found = Vec::new();
        // Not the thousands of interfaces that were gone by then.
        let from_ms = match tier {
            Tier::Second => at_ms - within_ms,
            _ => floor(at_ms, tier.step_ms()),
        };
        let mut catalogue = self.shared.catalogue(|it| it.overlaps(from_ms, at_ms));
        let own = &self.shared.own;
        let (host, is_own) = (own.resolve(host), own.is(host));
        catalogue.retain(|it| it.key.host == host || is_own && it.key.host.is_empty());
        catalogue.sort_by_cached_key(|series| series.key.to_string());
        for series in catalogue.chunks(SERIES_MAX) {
            let keys: Vec<SeriesKey> = series.iter().map(|series| series.key.clone()).collect();
            let mut reader = Reader::new(&self.shared, &keys);
            let newest: Vec<Option<(i64, f64)>> = if tier == Tier::Second {
                let all = reader.samples(from_ms, at_ms + 1).await?;
                let newest = all.iter().map(|samples| samples.iter().next_back());
                newest.collect()
            } else {
                let all = reader.buckets(tier, from_ms, at_ms + 1).await?;
                let first = all.iter().map(|buckets| buckets.iter().next());
                let mean = |(at_ms, bucket): (i64, Bucket)| (at_ms, bucket.avg());
                first.map(|bucket| bucket.map(mean)).collect()
            };
            for (series, newest) in series.iter().zip(newest) {
                found.extend(newest.map(|(at_ms, value)| Current {
                    series: series.clone(),
                    at_ms,
                    value,
                }));
            }
            tokio::task::yield_now().await;
        }
        Ok(found)
    }
}
