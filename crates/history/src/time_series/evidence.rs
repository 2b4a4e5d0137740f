use super::TimeSeries;
use super::read::Reader;
use crate::Tier;
use crate::evidence::{BASELINE_MS, Deviation, deviation};
use crate::query::{QueryError, SERIES_MAX};
use protocol::{SeriesKey, Timestamp};
use store::Series;

/// Of a host with more series, those that come later by name are left out: an hour of every second of so many takes a
/// fifth of a second.
pub(super) const COMPARED_MAX: usize = 2_000;

/// Where single samples have expired, there must be so much of them before the moment.
const COMPARED_MS_MIN: i64 = 10 * 60 * 1_000;

/// What was unusual at a moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Evidence {
    /// The most unusual first.
    pub deviations: Vec<(Series, Deviation)>,
    /// How many series were compared.
    pub compared: usize,
    /// How many more there were.
    pub left_out: usize,
}

impl TimeSeries {
    /// The series of a host that differed most at `at_ms` from the hour before, at most `count`. Series without a host are the
    /// server's own. Where single samples are no longer stored there are none.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn evidence(
        &self,
        host: &str,
        at_ms: i64,
        count: usize,
        now_ms: i64,
    ) -> Result<Evidence, QueryError> {
        // So that no arithmetic on it overflows.
        let at_ms = Timestamp::from_unix_ms(at_ms).unix_ms();
        let retention = self.retention(now_ms).await?;
        let mut evidence = Evidence {
            deviations: Vec::new(),
            compared: 0,
            left_out: 0,
        };
        let stored_ms = retention.from_ms(Tier::Second, now_ms);
        let from_ms = (at_ms - BASELINE_MS).max(stored_ms);
        // Right behind what has expired everything would seem to begin.
        let has_enough = from_ms > stored_ms || at_ms - from_ms >= COMPARED_MS_MIN;
        if !retention.covers(Tier::Second, at_ms, now_ms) || !has_enough {
            return Ok(evidence);
        }
        let mut catalogue = self.shared.catalogue(|it| it.overlaps(from_ms, at_ms));
        let own = &self.shared.own;
        let (host, is_own) = (own.resolve(host), own.is(host));
        catalogue.retain(|it| it.key.host == host || is_own && it.key.host.is_empty());
        catalogue.sort_by_cached_key(|series| series.key.to_string());
        evidence.left_out = catalogue.len().saturating_sub(COMPARED_MAX);
        catalogue.truncate(COMPARED_MAX);
        for series in catalogue.chunks(SERIES_MAX) {
            let keys: Vec<SeriesKey> = series.iter().map(|series| series.key.clone()).collect();
            let mut reader = Reader::new(&self.shared, &keys);
            let all = reader.samples(from_ms, at_ms + 1).await?;
            for (series, samples) in series.iter().zip(&all) {
                let Some(found) = deviation(samples, series.kind, at_ms) else {
                    continue;
                };
                evidence.compared += 1;
                if found.score != 0.0 {
                    evidence.deviations.push((series.clone(), found));
                }
            }
            tokio::task::yield_now().await;
        }
        let score = |it: &(Series, Deviation)| it.1.score.abs();
        // Stable, so that equal ones stay in the order of their names.
        evidence
            .deviations
            .sort_by(|a, b| score(b).total_cmp(&score(a)));
        evidence.deviations.truncate(count);
        Ok(evidence)
    }
}
