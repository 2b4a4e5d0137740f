use super::Past;
use crate::query::{Aggregation, Analysis, AnalysisRequest, Compared, Query, QueryError};

impl Past {
    /// What a range's samples come to, and those of the same range earlier. `now_ms` is the server's
    /// clock.
    ///
    /// # Errors
    ///
    /// If the question is not possible, or the store does not answer.
    pub async fn analyse(
        &self,
        request: &AnalysisRequest,
        now_ms: i64,
    ) -> Result<Compared, QueryError> {
        let mut analyses = Vec::new();
        for (from_ms, to_ms) in request.ranges()? {
            analyses.push(
                self.analysis(&request.series, from_ms, to_ms, now_ms)
                    .await?,
            );
        }
        let mut analyses = analyses.into_iter();
        Ok(Compared {
            range: analyses.next().flatten(),
            before: analyses.next().flatten(),
        })
    }

    async fn analysis(
        &self,
        series: &str,
        from_ms: i64,
        to_ms: i64,
        now_ms: i64,
    ) -> Result<Option<Analysis>, QueryError> {
        let ask = |aggregation| Query {
            series: vec![series.to_owned()],
            from_ms,
            to_ms,
            points: 1,
            aggregation,
        };
        let value =
            |answer: crate::query::Answer| answer.columns.first()?.values.first().copied()?;
        let p95 = match self.query(&ask(Aggregation::Percentile(95)), now_ms).await {
            Ok(answer) => value(answer),
            Err(QueryError::PercentilesOutOfReach { .. } | QueryError::PercentileSamples) => None,
            Err(error) => return Err(error),
        };
        let whole = self.whole(&ask(Aggregation::Avg), now_ms).await?;
        Ok(whole.map(|whole| Analysis {
            min: whole.min,
            max: whole.max,
            avg: whole.avg(),
            count: whole.count,
            p95,
        }))
    }
}
