use super::Past;
use crate::query::{
    Aggregation, Analysis, AnalysisRequest, Compared, NoPercentile, Query, QueryError,
};

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
        let names = self.shared.names(&request.series);
        let mut ranges = Vec::new();
        for (from_ms, to_ms) in request.ranges()? {
            let analyses = self.analyses(&request.series, from_ms, to_ms, now_ms);
            ranges.push(analyses.await?.into_iter());
        }
        let mut next = |place: usize| ranges.get_mut(place).and_then(Iterator::next).flatten();
        let named = request.series.iter().zip(names?);
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
        let (tier, wholes) = self.wholes(&query, now_ms).await?;
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
                // What has samples has a percentile, unless they went this very moment.
                p95: self
                    .p95(series, &query, now_ms)
                    .await?
                    .map(|p95| p95.unwrap_or(whole.max)),
            }));
        }
        Ok(analyses)
    }

    async fn p95(
        &self,
        series: &str,
        query: &Query,
        now_ms: i64,
    ) -> Result<Result<Option<f64>, NoPercentile>, QueryError> {
        let query = Query {
            series: vec![series.to_owned()],
            aggregation: Aggregation::Percentile(95),
            ..query.clone()
        };
        match self.query(&query, now_ms).await {
            Ok(answer) => {
                let values = answer
                    .columns
                    .first()
                    .and_then(|column| column.values.first());
                Ok(Ok(values.copied().flatten()))
            }
            Err(QueryError::PercentilesOutOfReach { reach }) => {
                Ok(Err(NoPercentile::OutOfReach { reach }))
            }
            Err(QueryError::PercentileSamples) => Ok(Err(NoPercentile::TooManySamples)),
            Err(error) => Err(error),
        }
    }
}
