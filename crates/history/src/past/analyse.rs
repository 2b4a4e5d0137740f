use super::Past;
use crate::query::{
    Aggregation, Analysis, AnalysisRequest, Compared, NoPercentile, Percentiles, Plan, Query,
    QueryError, Reach,
};
use crate::rollup::Bucket;

impl Past {
    /// What the samples of a range come to, series by series, and those of the same range earlier.
    /// `now_ms` is the server's clock.
    ///
    /// # Errors
    ///
    /// If the question is not possible, or the store does not answer.
    pub async fn analyse(
        &self,
        request: &AnalysisRequest,
        now_ms: i64,
    ) -> Result<Vec<Compared>, QueryError> {
        let names = self.shared.names(&request.series)?;
        let mut ranges = Vec::new();
        for (from_ms, to_ms) in request.ranges()? {
            let analyses = self.analyses(&request.series, from_ms, to_ms, now_ms);
            ranges.push(analyses.await?.into_iter());
        }
        let mut next = |place: usize| ranges.get_mut(place).and_then(Iterator::next).flatten();
        let named = request.series.iter().zip(names);
        let compared = named.map(|(series, name)| Compared {
            series: series.clone(),
            name,
            range: next(0),
            earlier: next(1),
        });
        Ok(compared.collect())
    }

    async fn analyses(
        &self,
        series: &[String],
        from_ms: i64,
        to_ms: i64,
        now_ms: i64,
    ) -> Result<Vec<Option<Analysis>>, QueryError> {
        let query = Query {
            series: series.to_vec(),
            from_ms,
            to_ms,
            points: 1,
            aggregation: Aggregation::Avg,
        };
        let reach = self.reach(now_ms).await?;
        let (tier, wholes) = self.wholes(&query, &reach, now_ms).await?;
        let mut analyses = Vec::with_capacity(wholes.len());
        for (series, whole) in series.iter().zip(wholes) {
            let Some(whole) = whole else {
                analyses.push(None);
                continue;
            };
            analyses.push(Some(Analysis {
                tier,
                min: whole.min,
                max: whole.max,
                avg: whole.avg(),
                count: whole.count,
                p95: self.p95(series, &query, &reach, whole, now_ms).await?,
            }));
        }
        Ok(analyses)
    }

    /// Of a range whose samples come to `whole`: that is known even where some of them are gone.
    async fn p95(
        &self,
        series: &String,
        query: &Query,
        reach: &Reach,
        whole: Bucket,
        now_ms: i64,
    ) -> Result<Result<f64, NoPercentile>, QueryError> {
        const PERCENT: u8 = 95;
        let query = Query {
            aggregation: Aggregation::Percentile(PERCENT),
            ..query.clone()
        };
        let ranked = async {
            let plan = Plan::of(&query, reach, now_ms)?;
            let percentiles = Percentiles::new(plan, PERCENT);
            self.ranked(series, &query, percentiles, now_ms).await
        };
        match ranked.await {
            Ok((percentiles, damaged)) => {
                let is_whole = damaged == 0 && percentiles.count() >= whole.count;
                let told = percentiles.finish().first().copied().flatten();
                Ok(told.filter(|_| is_whole).ok_or(NoPercentile::Incomplete))
            }
            Err(QueryError::PercentilesOutOfReach { reach }) => {
                Ok(Err(NoPercentile::OutOfReach { reach }))
            }
            Err(QueryError::PercentileSamples) => Ok(Err(NoPercentile::TooManySamples)),
            Err(error) => Err(error),
        }
    }
}
