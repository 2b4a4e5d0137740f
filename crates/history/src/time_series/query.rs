use super::TimeSeries;
use super::read::Reader;
use crate::Tier;
use crate::query::{
    Aggregation, Extremes, Fold, Percentiles, Plan, Query, QueryError, QueryResult, ResultColumn,
    RetentionPeriods, SERIES_MAX, Selected, VALUES_MAX,
};
use crate::rollup::Bucket;
use protocol::{Folded, SeriesKey};

/// A query and its plan.
#[derive(Clone, Copy)]
pub(super) struct Planned<'a> {
    pub(super) query: &'a Query,
    pub(super) plan: Plan,
    pub(super) retention: &'a RetentionPeriods,
    pub(super) now_ms: i64,
}

/// A value for each point of a plan.
#[derive(Default)]
pub(super) struct Points {
    pub(super) values: Vec<Option<f64>>,
    extremes: Option<Extremes>,
    interval_ms: Option<i64>,
    /// The time of each, if they are single samples.
    taken_ms: Option<Vec<i64>>,
}

impl TimeSeries {
    /// Answers a query for a chart. `now_ms` is the server's clock.
    ///
    /// # Errors
    ///
    /// If the query is invalid, or the store fails.
    pub async fn query(&self, query: &Query, now_ms: i64) -> Result<QueryResult, QueryError> {
        let retention = &self.retention(now_ms).await?;
        let selected = self.shared.select(&query.series)?;
        let plan = Plan::of(query, retention, now_ms)?;
        query.check_columns(selected.len())?;
        let planned = Planned {
            query,
            plan,
            retention,
            now_ms,
        };
        let mut result = QueryResult {
            tier: plan.tier,
            step_ms: plan.step_ms,
            times_ms: plan.times_ms(),
            is_single: false,
            columns: Vec::with_capacity(selected.len()),
            damaged_chunks: 0,
        };
        // All series at once; folds are read one after the other.
        let series = selected.iter().filter(|it| it.operation.is_none());
        let series: Vec<SeriesKey> = series.map(|it| it.series.key.clone()).collect();
        let (series, damaged) = self.points(&series, planned).await?;
        result.damaged_chunks += damaged;
        // Series of one source have the same times, and others differ by less than a point. A fold has
        // several sources, and keeps the times of its points.
        let mut sampled = series.iter().filter(|it| it.interval_ms.is_some());
        if series.len() == selected.len()
            && let Some(first) = sampled.clone().next()
            && sampled.all(|it| it.taken_ms.is_some())
        {
            result.is_single = true;
            result.times_ms = first.taken_ms.clone().unwrap_or_default();
        }
        let mut series = series.into_iter();
        for selected in selected {
            let points = match selected.operation {
                None => series.next().unwrap_or_default(),
                Some(_) => {
                    let (points, damaged) = self.folded(&selected, planned).await?;
                    result.damaged_chunks += damaged;
                    points
                }
            };
            result.columns.push(ResultColumn {
                text: selected.text,
                series: selected.series,
                interval_ms: points.interval_ms,
                values: points.values,
                extremes: points.extremes,
            });
        }
        Ok(result)
    }

    /// The points of each series, and how many chunks could not be decoded.
    async fn points(
        &self,
        series: &[SeriesKey],
        planned: Planned<'_>,
    ) -> Result<(Vec<Points>, u64), QueryError> {
        let aggregation = planned.query.aggregation;
        if let Aggregation::Percentile(percent) = aggregation {
            return self.percentiles(series, planned, percent).await;
        }
        let (folds, damaged) = self.folds(series, planned).await?;
        let is_avg = aggregation == Aggregation::Avg;
        let points = folds.iter().map(|fold| Points {
            values: fold.values(aggregation),
            extremes: is_avg.then(|| fold.extremes()),
            interval_ms: fold.interval_ms(),
            taken_ms: fold.is_single().then(|| fold.taken_ms()),
        });
        Ok((points.collect(), damaged))
    }

    /// The points of a fold: those of its members, some at a time, folded point by point. Where points are as
    /// long as the sampling interval, the values are the same as those folded live.
    pub(super) async fn folded(
        &self,
        selected: &Selected,
        planned: Planned<'_>,
    ) -> Result<(Points, u64), QueryError> {
        let Some(operation) = selected.operation else {
            return Ok((Points::default(), 0));
        };
        let at_once = (VALUES_MAX / planned.plan.count).clamp(1, SERIES_MAX);
        let mut folded = vec![Folded::default(); planned.plan.count];
        let (mut interval_ms, mut all_damaged) = (None, 0);
        for members in selected.members.chunks(at_once) {
            let (members, damaged) = self.points(members, planned).await?;
            all_damaged += damaged;
            for member in members {
                interval_ms = interval_ms.max(member.interval_ms);
                for (folded, value) in folded.iter_mut().zip(member.values) {
                    if let Some(value) = value {
                        folded.add(value);
                    }
                }
            }
        }
        let points = Points {
            values: folded.iter().map(|it| it.value(operation)).collect(),
            interval_ms,
            ..Points::default()
        };
        Ok((points, all_damaged))
    }

    /// The statistics of each series over the whole range.
    pub(super) async fn wholes(
        &self,
        series: &[SeriesKey],
        planned: Planned<'_>,
    ) -> Result<Vec<Option<Bucket>>, QueryError> {
        let (folds, _) = self.folds(series, planned).await?;
        Ok(folds.iter().map(Fold::whole).collect())
    }

    /// The points of each series, and how many chunks could not be decoded.
    async fn folds(
        &self,
        series: &[SeriesKey],
        planned: Planned<'_>,
    ) -> Result<(Vec<Fold>, u64), QueryError> {
        let Planned {
            query,
            plan,
            retention,
            now_ms,
        } = planned;
        if series.is_empty() {
            return Ok((Vec::new(), 0));
        }
        let mut reader = Reader::new(&self.shared, series);
        let mut folds: Vec<Fold> = series.iter().map(|_| Fold::new(plan)).collect();
        // No samples are stored before, or accepted after.
        let stored_ms = retention.from_ms(plan.tier, now_ms) - Tier::Minute.window_ms();
        let from_ms = query.from_ms.max(stored_ms);
        let to_ms = query.to_ms.min(now_ms + Tier::Second.window_ms());
        for (tier, from_ms, to_ms) in plan.pieces(from_ms, to_ms) {
            for (from_ms, to_ms) in reader.pages(tier, from_ms, to_ms) {
                if tier == Tier::Second {
                    let page = reader.samples(from_ms, to_ms).await?;
                    for (fold, samples) in folds.iter_mut().zip(&page) {
                        fold.samples(samples);
                    }
                } else {
                    let page = reader.buckets(tier, from_ms, to_ms).await?;
                    for (fold, buckets) in folds.iter_mut().zip(&page) {
                        fold.buckets(buckets);
                    }
                }
                tokio::task::yield_now().await;
            }
        }
        Ok((folds, reader.damaged))
    }

    /// One series after the other, since a point's values are in memory until it is complete.
    async fn percentiles(
        &self,
        series: &[SeriesKey],
        planned: Planned<'_>,
        percent: u8,
    ) -> Result<(Vec<Points>, u64), QueryError> {
        let mut points = Vec::with_capacity(series.len());
        let mut all_damaged = 0;
        for series in series {
            let percentiles = Percentiles::new(planned.plan, percent);
            let ranked = self.ranked(series, planned.query, percentiles, planned.now_ms);
            let (percentiles, damaged) = ranked.await?;
            all_damaged += damaged;
            points.push(Points {
                values: percentiles.finish(),
                ..Points::default()
            });
        }
        Ok((points, all_damaged))
    }

    /// The percentiles of one series, and how many chunks could not be decoded.
    pub(super) async fn ranked(
        &self,
        series: &SeriesKey,
        query: &Query,
        mut percentiles: Percentiles,
        now_ms: i64,
    ) -> Result<(Percentiles, u64), QueryError> {
        let to_ms = query.to_ms.min(now_ms + Tier::Second.window_ms());
        let mut reader = Reader::new(&self.shared, std::slice::from_ref(series));
        for (from_ms, to_ms) in reader.pages(Tier::Second, query.from_ms, to_ms) {
            for samples in reader.samples(from_ms, to_ms).await? {
                percentiles.add(&samples)?;
            }
            tokio::task::yield_now().await;
        }
        Ok((percentiles, reader.damaged))
    }
}
