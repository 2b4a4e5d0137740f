use super::Past;
use super::read::Reader;
use crate::query::{
    Aggregation, Answer, AnswerColumn, Fold, Percentiles, Plan, Query, QueryError, Reach,
};
use crate::rollup::Bucket;
use crate::{SeriesName, Tier};

impl Past {
    /// Answers a question for a chart. `now_ms` is the server's clock.
    ///
    /// # Errors
    ///
    /// If the question is not possible, or the store does not answer.
    pub async fn query(&self, query: &Query, now_ms: i64) -> Result<Answer, QueryError> {
        let reach = self.reach(now_ms).await?;
        let names = self.shared.names(&query.series)?;
        let plan = Plan::of(query, &reach, now_ms)?;
        let mut answer = Answer {
            tier: plan.tier,
            step_ms: plan.step_ms,
            times_ms: plan.times_ms(),
            is_single: false,
            columns: Vec::with_capacity(names.len()),
            damaged_chunks: 0,
        };
        match query.aggregation {
            Aggregation::Percentile(percent) => {
                self.percentiles(query, plan, now_ms, percent, names, &mut answer)
                    .await?;
            }
            _ => {
                self.folded(query, plan, &reach, now_ms, names, &mut answer)
                    .await?;
            }
        }
        Ok(answer)
    }

    async fn folded(
        &self,
        query: &Query,
        plan: Plan,
        reach: &Reach,
        now_ms: i64,
        names: Vec<SeriesName>,
        answer: &mut Answer,
    ) -> Result<(), QueryError> {
        let (folds, damaged) = self.folds(query, plan, reach, now_ms).await?;
        let is_avg = query.aggregation == Aggregation::Avg;
        let mut sampled = folds.iter().filter(|fold| fold.interval_ms().is_some());
        if let Some(first) = sampled.clone().next()
            && sampled.all(Fold::is_single)
        {
            // What comes from one source is sampled together; others are within a point of it.
            answer.is_single = true;
            answer.times_ms = first.taken_ms();
        }
        for ((series, name), fold) in query.series.iter().zip(names).zip(folds) {
            answer.columns.push(AnswerColumn {
                series: series.clone(),
                name,
                interval_ms: fold.interval_ms(),
                values: fold.values(query.aggregation),
                extremes: is_avg.then(|| fold.extremes()),
            });
        }
        answer.damaged_chunks = damaged;
        Ok(())
    }

    /// All that each series was, as one, and the finest tier that it was told from.
    pub(super) async fn wholes(
        &self,
        query: &Query,
        reach: &Reach,
        now_ms: i64,
    ) -> Result<(Tier, Vec<Option<Bucket>>), QueryError> {
        let plan = Plan::of(query, reach, now_ms)?;
        let (folds, _) = self.folds(query, plan, reach, now_ms).await?;
        Ok((plan.tier, folds.iter().map(Fold::whole).collect()))
    }

    /// The points of each series, and how many chunks could not be read.
    async fn folds(
        &self,
        query: &Query,
        plan: Plan,
        reach: &Reach,
        now_ms: i64,
    ) -> Result<(Vec<Fold>, u64), QueryError> {
        let mut reader = Reader::new(&self.shared, &query.series);
        let mut folds: Vec<Fold> = query.series.iter().map(|_| Fold::new(plan)).collect();
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
        query: &Query,
        plan: Plan,
        now_ms: i64,
        percent: u8,
        names: Vec<SeriesName>,
        answer: &mut Answer,
    ) -> Result<(), QueryError> {
        for (series, name) in query.series.iter().zip(names) {
            let percentiles = Percentiles::new(plan, percent);
            let (percentiles, damaged) = self.ranked(series, query, percentiles, now_ms).await?;
            answer.damaged_chunks += damaged;
            answer.columns.push(AnswerColumn {
                series: series.clone(),
                name,
                interval_ms: None,
                values: percentiles.finish(),
                extremes: None,
            });
        }
        Ok(())
    }

    /// The samples of one series put in order, and how many chunks could not be read.
    pub(super) async fn ranked(
        &self,
        series: &String,
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
