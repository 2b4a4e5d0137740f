use super::Past;
use super::read::Reader;
use crate::query::{QueryError, SERIES_MAX};
use crate::rollup::Bucket;
use crate::tier::floor;
use crate::{Samples, Series, Tier};
use protocol::{SeriesKey, Timestamp};

/// A sample that is older than this says nothing of a moment; it also bounds how much is read.
pub const WITHIN_MAX_MS: i64 = 60 * 60 * 1_000;

/// Samples that tell the usual time between two.
const JUDGED_BY: usize = 16;

/// What a series was at a moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Current {
    /// The series.
    pub series: Series,
    /// When it was sampled, in milliseconds since the Unix epoch; where single samples are no longer
    /// kept, the minute's or hour's first moment.
    pub at_ms: i64,
    /// What was sampled, or the mean of the minute or hour.
    pub value: f64,
    /// The usual time between two samples then, in milliseconds; where single samples are no longer
    /// kept, a minute or an hour. Absent where there is only one sample to judge by.
    pub interval_ms: Option<i64>,
}

/// What was found of one series.
struct Newest {
    at_ms: i64,
    value: f64,
    interval_ms: Option<i64>,
}

impl Past {
    /// Every series at a moment: the newest sample at or before `at_ms` that is not more than
    /// `within_ms` older (held to [`WITHIN_MAX_MS`]), by series. A series without one is left out. Where single samples are no
    /// longer kept, the minute or hour that the moment is in. `now_ms` is the server's clock.
    ///
    /// # Errors
    ///
    /// If the store does not answer.
    pub async fn at(
        &self,
        at_ms: i64,
        within_ms: i64,
        now_ms: i64,
    ) -> Result<Vec<Current>, QueryError> {
        // So that no arithmetic on it overflows.
        let at_ms = Timestamp::from_unix_ms(at_ms).unix_ms();
        let within_ms = within_ms.clamp(0, WITHIN_MAX_MS);
        let reach = self.reach(now_ms).await?;
        let covers = |tier: &Tier| reach.covers(*tier, at_ms, now_ms);
        let tier = Tier::ALL.into_iter().find(covers).unwrap_or(Tier::Hour);
        let mut found = Vec::new();
        // Thousands of interfaces that were gone by then have no part in it.
        let from_ms = match tier {
            Tier::Second => at_ms - within_ms,
            _ => floor(at_ms, tier.step_ms()),
        };
        let mut catalogue = self.shared.catalogue(|it| it.reaches(from_ms, at_ms));
        catalogue.sort_by_cached_key(|series| series.key.to_string());
        for series in catalogue.chunks(SERIES_MAX) {
            let keys: Vec<SeriesKey> = series.iter().map(|series| series.key.clone()).collect();
            let mut reader = Reader::new(&self.shared, &keys);
            let newest: Vec<Option<Newest>> = if tier == Tier::Second {
                let all = reader.samples(from_ms, at_ms + 1).await?;
                all.iter().map(newest).collect()
            } else {
                let all = reader.buckets(tier, from_ms, at_ms + 1).await?;
                let first = all.iter().map(|buckets| buckets.iter().next());
                let told = |(at_ms, bucket): (i64, Bucket)| Newest {
                    at_ms,
                    value: bucket.avg(),
                    interval_ms: Some(tier.step_ms()),
                };
                first.map(|bucket| bucket.map(told)).collect()
            };
            for (series, newest) in series.iter().zip(newest) {
                found.extend(newest.map(|newest| Current {
                    series: series.clone(),
                    at_ms: newest.at_ms,
                    value: newest.value,
                    interval_ms: newest.interval_ms,
                }));
            }
            tokio::task::yield_now().await;
        }
        Ok(found)
    }
}

fn newest(samples: &Samples) -> Option<Newest> {
    let (at_ms, value) = samples.iter().next_back()?;
    let times_ms = samples.times_ms();
    // The median, so that a gap makes no difference; of a few, so that a change of pace does.
    let few = &times_ms[times_ms.len().saturating_sub(JUDGED_BY)..];
    let mut distances: Vec<i64> = few.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let middle = distances.len() / 2;
    let is_known = !distances.is_empty();
    let interval_ms = is_known.then(|| *distances.select_nth_unstable(middle).1);
    Some(Newest {
        at_ms,
        value,
        interval_ms,
    })
}
