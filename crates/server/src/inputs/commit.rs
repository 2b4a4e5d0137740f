use super::Sources;
use crate::intake::{IngestedPoint, PointIntake, Unavailable};
use crate::metrics::{Metrics, RejectedMessage};
use crate::shares::Shares;
use ingest::{Batch, Reducer};
use protocol::Timestamp;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Semaphore;

/// The largest body, as it is sent.
pub(crate) const BODY_BYTES_MAX: usize = 4 << 20;

/// The largest body, after decompression.
pub(crate) const PLAIN_BYTES_MAX: usize = 16 << 20;

/// Bodies that arrive at the same time; further ones wait. A token has at most half of them, and of the next.
const BODIES_MAX: usize = 16;

/// Bodies that are decompressed, parsed and stored at the same time; further ones wait. It bounds the memory of points.
const PARSED_MAX: usize = 4;

/// Bodies of targets that are read, or wait to be parsed, at the same time; further ones wait. A target that sends slowly
/// must not take the place of a body that arrives, so they have their own limit.
const SCRAPED_MAX: usize = 8;

/// Rejected points that are described.
const REASONS_MAX: usize = 100;

/// Where points of all inputs are committed. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Inputs(Arc<Shared>);

struct Shared {
    points: PointIntake,
    /// The histograms of senders that are no targets. Locked briefly, with no other lock taken under it.
    reducer: Mutex<Reducer>,
    bodies: Shares,
    parsed: Shares,
    scraped: Semaphore,
    sources: Sources,
    metrics: Metrics,
}

/// What became of a batch.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Outcome {
    /// How many points are committed.
    pub(crate) accepted: u64,
    /// How many are not.
    pub(crate) rejected_count: u64,
    /// In how many places: what was sent as one may have several points.
    pub(crate) rejected_places: u64,
    /// The first of these, with their places in the body.
    pub(crate) reasons: Vec<(u32, String)>,
    /// The places of all points that could be read and were rejected all the same, ascending, each once: a histogram
    /// has several points.
    pub(crate) refused_places: Vec<u32>,
}

impl Inputs {
    pub(crate) fn new(points: PointIntake, metrics: Metrics) -> Self {
        Self(Arc::new(Shared {
            points,
            reducer: Mutex::default(),
            bodies: Shares::new(BODIES_MAX, BODIES_MAX / 2),
            parsed: Shares::new(PARSED_MAX, PARSED_MAX / 2),
            scraped: Semaphore::new(SCRAPED_MAX),
            sources: Sources::default(),
            metrics,
        }))
    }

    /// A permit for each body that arrives.
    pub(crate) fn bodies(&self) -> &Shares {
        &self.0.bodies
    }

    /// A permit for each body that is parsed and stored.
    pub(crate) fn parsed(&self) -> &Shares {
        &self.0.parsed
    }

    /// A permit for each body of a target.
    pub(crate) fn scraped(&self) -> &Semaphore {
        &self.0.scraped
    }

    /// Who reports.
    pub(crate) fn sources(&self) -> &Sources {
        &self.0.sources
    }

    /// How many active series there are of each source.
    pub(crate) fn series_by_source(&self) -> HashMap<String, usize> {
        self.0.points.series_by_source()
    }

    pub(crate) fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// Adds the quantiles of a batch's histograms, of a sender that is no target.
    pub(crate) fn reduce(&self, batch: &mut Batch) {
        if !batch.histograms.is_empty() {
            let reducer = self.0.reducer.lock();
            let mut reducer = reducer.unwrap_or_else(PoisonError::into_inner);
            reducer.reduce(batch, Timestamp::now());
        }
    }

    /// Commits the points of a batch, and returns once they are committed. `source` names the input or target.
    ///
    /// # Errors
    ///
    /// While the store is unavailable; then nothing is committed.
    pub(crate) async fn commit(&self, source: &str, batch: Batch) -> Result<Outcome, Unavailable> {
        let mut outcome = Outcome {
            rejected_count: batch.rejected_count as u64,
            rejected_places: batch.rejected_count as u64,
            reasons: batch
                .rejected
                .iter()
                .map(|it| (it.place, it.reason.to_string()))
                .collect(),
            ..Outcome::default()
        };
        let metrics = &self.0.metrics;
        if !batch.points.is_empty() {
            let places: Vec<u32> = batch.points.iter().map(|point| point.place).collect();
            let points = batch.points.into_iter().map(|point| IngestedPoint {
                series: point.series,
                timestamp: point.timestamp,
                value: point.value,
                unit: point.unit,
                kind: point.kind,
            });
            let count = places.len() as u64;
            let committed = self.0.points.commit(source, points.collect()).await;
            let committed = committed.inspect_err(|_| {
                metrics.rejected_messages(RejectedMessage::Store, count);
            })?;
            outcome.accepted = committed.accepted;
            outcome.rejected_count += committed.rejected.len() as u64;
            for (index, reason) in committed.rejected {
                let place = places.get(index).copied().unwrap_or_default();
                outcome.refused_places.push(place);
                if outcome.reasons.len() < REASONS_MAX {
                    outcome.reasons.push((place, reason.to_string()));
                }
            }
            outcome.refused_places.sort_unstable();
            outcome.refused_places.dedup();
            // A histogram whose sum is refused may have buckets that cannot be read, too.
            let is_known = |place: &&u32| batch.rejected.iter().any(|it| it.place == **place);
            let known = outcome.refused_places.iter().filter(is_known).count();
            outcome.rejected_places += (outcome.refused_places.len() - known) as u64;
        }
        metrics.rejected_messages(RejectedMessage::Entry, outcome.rejected_count);
        Ok(outcome)
    }
}

impl Outcome {
    /// What was rejected, as a sentence that names the first few; `unit` is what a place counts.
    pub(crate) fn describe(&self, unit: &str) -> String {
        const NAMED_MAX: usize = 10;
        let named = self.reasons.iter().take(NAMED_MAX);
        let named: Vec<_> = named
            .map(|(place, reason)| format!("{unit} {place}: {reason}"))
            .collect();
        let (rejected, accepted) = (self.rejected_count, self.accepted);
        let more = match self.rejected_count > named.len() as u64 {
            true => "; and so on",
            false => "",
        };
        format!(
            "{}{more}. Rejected: {rejected}, stored: {accepted}. Do not send the stored ones again",
            named.join("; ")
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_rejected_points_are_described() {
        let mut outcome = Outcome {
            accepted: 3,
            rejected_count: 1,
            rejected_places: 1,
            reasons: vec![(7, "it has no fields".into())],
            refused_places: Vec::new(),
        };
        assert_eq!(
            outcome.describe("line"),
            "line 7: it has no fields. Rejected: 1, stored: 3. Do not send the stored ones again"
        );
        outcome.rejected_count = 500;
        assert!(outcome.describe("line").contains("no fields; and so on."));
    }
}
