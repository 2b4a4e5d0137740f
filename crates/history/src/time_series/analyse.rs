use super::TimeSeries;
use super::query::Planned;
use crate::query::{
    Aggregation, Analysis, AnalysisRequest, Compared, FOLDED_POINTS, NoPercentile, Percentiles,
    Plan, Query, QueryError, RetentionPeriods, Selected, check_analysed, percentile,
};
use crate::rollup::Bucket;
use protocol::SeriesKey;

/// The percentile of an analysis.
const PERCENT: u8 = 95;

impl TimeSeries {
    /// Statistics of the samples of a range, series by series, and of the same range earlier.
    /// `now_ms` is the server's clock.
    ///
    /// # Errors
    ///
    /// If the request is invalid, or the store fails.
    pub async fn analyse(
        &self,
        request: &AnalysisRequest,
        now_ms: i64,
    ) -> Result<Vec<Compared>, QueryError> {
        let selected = self.shared.select(&request.series)?;
        let wanted = request.ranges()?;
        check_analysed(selected.len())?;
        let mut ranges = Vec::new();
        for (from_ms, to_ms) in wanted {
            let analyses = self.analyses(&selected, from_ms, to_ms, now_ms);
            ranges.push(analyses.await?.into_iter());
        }
        let mut next = |place: usize| ranges.get_mut(place).and_then(Iterator::next).flatten();
        let compared = selected.into_iter().map(|selected| Compared {
            text: selected.text,
            series: selected.series,
            range: next(0),
            earlier: next(1),
        });
        Ok(compared.collect())
    }

    async fn analyses(
        &self,
        selected: &[Selected],
        from_ms: i64,
        to_ms: i64,
        now_ms: i64,
    ) -> Result<Vec<Option<Analysis>>, QueryError> {
        let query = &Query {
            series: selected.iter().map(|it| it.text.clone()).collect(),
            from_ms,
            to_ms,
            points: 1,
            aggregation: Aggregation::Avg,
        };
        let retention = &self.retention(now_ms).await?;
        let plan = Plan::of(query, retention, now_ms)?;
        let planned = Planned {
            query,
            plan,
            retention,
            now_ms,
        };
        let series = selected.iter().filter(|it| it.operation.is_none());
        let series: Vec<SeriesKey> = series.map(|it| it.series.key.clone()).collect();
        let mut wholes = self.wholes(&series, planned).await?.into_iter();
        let mut analyses = Vec::with_capacity(selected.len());
        for selected in selected {
            if selected.operation.is_some() {
                analyses.push(self.fold_analysis(selected, planned).await?);
                continue;
            }
            let Some(whole) = wholes.next().flatten() else {
                analyses.push(None);
                continue;
            };
            let p95 = self.p95(&selected.series.key, query, retention, whole, now_ms);
            analyses.push(Some(Analysis {
                tier: plan.tier,
                min: whole.min,
                max: whole.max,
                avg: whole.avg(),
                count: whole.count,
                p95: p95.await?,
            }));
        }
        Ok(analyses)
    }

    /// Statistics of the points of a fold, which are folded means.
    async fn fold_analysis(
        &self,
        selected: &Selected,
        planned: Planned<'_>,
    ) -> Result<Option<Analysis>, QueryError> {
        let query = &Query {
            series: vec![selected.text.clone()],
            points: FOLDED_POINTS,
            ..*planned.query
        };
        let plan = Plan::of(query, planned.retention, planned.now_ms)?;
        let planned = Planned {
            query,
            plan,
            ..planned
        };
        let (points, _) = self.folded(selected, planned).await?;
        let mut values: Vec<f64> = points.values.into_iter().flatten().collect();
        let whole = values.iter().copied().map(Bucket::of).reduce(Bucket::and);
        Ok(whole.map(|whole| Analysis {
            tier: plan.tier,
            min: whole.min,
            max: whole.max,
            avg: whole.avg(),
            count: whole.count,
            p95: percentile(&mut values, PERCENT).ok_or(NoPercentile::Incomplete),
        }))
    }

    /// The percentile of a range of which `whole` is the bucket: that is exact even where samples are missing.
    async fn p95(
        &self,
        series: &SeriesKey,
        query: &Query,
        retention: &RetentionPeriods,
        whole: Bucket,
        now_ms: i64,
    ) -> Result<Result<f64, NoPercentile>, QueryError> {
        let query = Query {
            aggregation: Aggregation::Percentile(PERCENT),
            ..query.clone()
        };
        let ranked = async {
            let plan = Plan::of(&query, retention, now_ms)?;
            let percentiles = Percentiles::new(plan, PERCENT);
            self.ranked(series, &query, percentiles, now_ms).await
        };
        match ranked.await {
            Ok((percentiles, damaged)) => {
                let is_whole = damaged == 0 && percentiles.count() >= whole.count;
                let p95 = percentiles.finish().first().copied().flatten();
                Ok(p95.filter(|_| is_whole).ok_or(NoPercentile::Incomplete))
            }
            Err(QueryError::PercentilesBeyondRetention { from }) => {
                Ok(Err(NoPercentile::BeyondRetention { from }))
            }
            Err(QueryError::PercentileSamples) => Ok(Err(NoPercentile::TooManySamples)),
            Err(error) => Err(error),
        }
    }
}
