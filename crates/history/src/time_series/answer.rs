use protocol::{Folded, SeriesKey};

use super::TimeSeries;
use super::read::Reader;
use crate::Tier;
use crate::query::{
    Aggregation, Answer, AnswerColumn, Extremes, Fold, Percentiles, Plan, Query, QueryError,
    RetentionPeriods, SERIES_MAX, Selected, VALUES_MAX,
};
use crate::rollup::Bucket;

/// A question, and what was made of it.
#[derive(Clone, Copy)]
pub(super) struct Planned<'a> {
    pub(super) query: &'a Query,
    pub(super) plan: Plan,
    pub(super) reach: &'a RetentionPeriods,
    pub(super) now_ms: i64,
}

/// A value for each point of a plan.
#[derive(Default)]
pub(super) struct Points {
    pub(super) values: Vec<Option<f64>>,
    extremes: Option<Extremes>,
    interval_ms: Option<i64>,
    /// When each was taken, if they are single samples.
    taken_ms: Option<Vec<i64>>,
}

impl TimeSeries {
    /// Answers a question for a chart. `now_ms` is the server's clock.
    ///
    /// # Errors
    ///
    /// If the question is not possible, or the store does not answer.
    pub async fn query(&self, query: &Query, now_ms: i64) -> Result<Answer, QueryError> {
        let reach = &self.reach(now_ms).await?;
        let selected = self.shared.select(&query.series)?;
        let plan = Plan::of(query, reach, now_ms)?;
        query.check_columns(selected.len())?;
        let planned = Planned {
            query,
            plan,
            reach,
            now_ms,
        };
        let mut answer = Answer {
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
        answer.damaged_chunks += damaged;
        // What comes from one source is sampled together; others are within a point of it. A fold is of
        // several sources, and its points are where they would be with more of them.
        let mut sampled = series.iter().filter(|it| it.interval_ms.is_some());
        if series.len() == selected.len()
            && let Some(first) = sampled.clone().next()
            && sampled.all(|it| it.taken_ms.is_some())
        {
            answer.is_single = true;
            answer.times_ms = first.taken_ms.clone().unwrap_or_default();
        }
        let mut series = series.into_iter();
        for selected in selected {
            let points = match selected.operation {
                None => series.next().unwrap_or_default(),
                Some(_) => {
                    let (points, damaged) = self.folded(&selected, planned).await?;
                    answer.damaged_chunks += damaged;
                    points
                }
            };
            answer.columns.push(AnswerColumn {
                text: selected.text,
                series: selected.series,
                interval_ms: points.interval_ms,
                values: points.values,
                extremes: points.extremes,
            });
        }
        Ok(answer)
    }

    /// The points of each series, and how many chunks could not be read.
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

    /// The points of a fold: those of its members, some at a time, folded point by point. Each has the same
    /// value as a fold of what came live has, where points are as long as the time between samples.
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

    /// All that each series was, as one.
    pub(super) async fn wholes(
        &self,
        series: &[SeriesKey],
        planned: Planned<'_>,
    ) -> Result<Vec<Option<Bucket>>, QueryError> {
        let (folds, _) = self.folds(series, planned).await?;
        Ok(folds.iter().map(Fold::whole).collect())
    }

    /// The points of each series, and how many chunks could not be read.
    async fn folds(
        &self,
        series: &[SeriesKey],
        planned: Planned<'_>,
    ) -> Result<(Vec<Fold>, u64), QueryError> {
        let Planned {
            query,
            plan,
            reach,
            now_ms,
        } = planned;
        if series.is_empty() {
            return Ok((Vec::new(), 0));
        }
        let mut reader = Reader::new(&self.shared, series);
        let mut folds: Vec<Fold> = series.iter().map(|_| Fold::new(plan)).collect();
        // Nothing is kept before, and nothing is taken from after: there is no need to look.
        let reach_ms = reach.from_ms(plan.tier, now_ms) - Tier::Minute.window_ms();
        let from_ms = query.from_ms.max(reach_ms);
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

    /// One series after the other, since a point's values are held until it is complete.
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

    /// The samples of one series put in order, and how many chunks could not be read.
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
                percentiles.take(&samples)?;
            }
            tokio::task::yield_now().await;
        }
        Ok((percentiles, reader.damaged))
    }
}
