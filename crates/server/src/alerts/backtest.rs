use super::service::Alerts;
use alerts::{Backtest, Condition, Rule};
use protocol::SeriesKey;
use protocol::alerting::{BacktestResponse, Firing};
use store::{Series, StoreError};

/// So many series are evaluated.
const SERIES_MAX: usize = 500;

/// About so many samples: a day of every second of 200 series, or 14 days of 14.
const SAMPLES_MAX: i64 = 18_000_000;

/// So many firings are listed.
const FIRINGS_MAX: usize = 1_000;

/// Why there is no backtest.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BacktestError {
    /// The range is too long for so many series, or there are too many.
    #[error("{0}")]
    TooMuch(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Alerts {
    /// What a rule would have done: the live rule's machine with the stored samples of a range.
    pub(crate) async fn backtest(
        &self,
        rule: Rule,
        from_ms: i64,
        to_ms: i64,
        now_ms: i64,
    ) -> Result<BacktestResponse, BacktestError> {
        let archive = &self.0.archive;
        let from_ms = from_ms.max(archive.series().samples_from_ms(now_ms).await?);
        let to_ms = to_ms.min(now_ms).max(from_ms);
        let (series, refused) = self.backtested(&rule, from_ms, to_ms).await?;
        let seconds = (to_ms - from_ms) / 1_000;
        if seconds * series.len() as i64 > SAMPLES_MAX {
            let longest = SAMPLES_MAX / series.len() as i64 / 3_600;
            return Err(BacktestError::TooMuch(format!(
                "the rule matches {} series: test it over at most {longest} hours, or select fewer series",
                series.len()
            )));
        }
        let mut response = BacktestResponse {
            from_ms,
            to_ms,
            series_count: series.len(),
            series_refused: refused,
            samples: 0,
            count: 0,
            firings: Vec::new(),
        };
        let range_ms = (from_ms, to_ms, now_ms);
        if rule.selector().fold.is_some() || series.is_empty() {
            self.test_series(rule, series, range_ms, &mut response)
                .await?;
        } else {
            // Each by itself: their samples need not be in one order then.
            for series in series {
                self.test_series(rule.clone(), vec![series], range_ms, &mut response)
                    .await?;
            }
        }
        response
            .firings
            .sort_by_key(|firing: &Firing| firing.fired_ms);
        response.firings.truncate(FIRINGS_MAX);
        Ok(response)
    }

    /// The series that a rule matches, and how many more there are.
    async fn backtested(
        &self,
        rule: &Rule,
        from_ms: i64,
        to_ms: i64,
    ) -> Result<(Vec<Series>, u64), StoreError> {
        let series = self.0.archive.series();
        let spans = series.spans_ms().await?;
        // An absence may have begun before.
        let margin_ms = match rule.condition() {
            Condition::Absent { for_ms } => for_ms,
            _ => 0,
        };
        let is_there = |key: &SeriesKey| {
            spans.get(key).is_some_and(|(start_ms, end_ms)| {
                *start_ms < to_ms && *end_ms >= from_ms - margin_ms
            })
        };
        let all = series.catalogue();
        let exact = rule.selector().key();
        let exact = all.iter().find(|it| Some(&it.key) == exact.as_ref());
        let matching: Vec<Series> = match exact {
            Some(exact) => vec![exact.clone()],
            None => {
                let matching = all
                    .iter()
                    .filter(|it| rule.selects(&it.key) && is_there(&it.key));
                matching.cloned().collect()
            }
        };
        let refused = matching.len().saturating_sub(SERIES_MAX) as u64;
        Ok((matching.into_iter().take(SERIES_MAX).collect(), refused))
    }

    async fn test_series(
        &self,
        rule: Rule,
        series: Vec<Series>,
        (from_ms, to_ms, now_ms): (i64, i64, i64),
        response: &mut BacktestResponse,
    ) -> Result<(), StoreError> {
        let keys: Vec<SeriesKey> = series.iter().map(|it| it.key.clone()).collect();
        let series = series.into_iter().map(|it| (it.key, it.unit)).collect();
        let mut backtest = Backtest::new(rule, from_ms, series);
        if !keys.is_empty() {
            let pages = self
                .0
                .archive
                .series()
                .sample_pages(keys, from_ms, to_ms, now_ms);
            let mut pages = pages.await?;
            while let Some(page) = pages.next().await? {
                if let [samples] = &page[..] {
                    for (at_ms, value) in samples.iter() {
                        backtest.value(0, at_ms, value);
                    }
                } else {
                    let mut values: Vec<(i64, usize, f64)> = Vec::new();
                    for (index, samples) in page.iter().enumerate() {
                        values.extend(samples.iter().map(|(at_ms, value)| (at_ms, index, value)));
                    }
                    values.sort_unstable_by_key(|(at_ms, index, _)| (*at_ms, *index));
                    for (at_ms, index, value) in values {
                        backtest.value(index, at_ms, value);
                    }
                }
                tokio::task::yield_now().await;
            }
        }
        let (count, firings, samples) = backtest.finish(to_ms);
        response.count += count;
        response.samples += samples;
        response.firings.extend(firings);
        Ok(())
    }
}
