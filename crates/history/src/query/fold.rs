use super::{Aggregation, Extremes, Plan};
use crate::Samples;
use crate::mode::mode;
use crate::rollup::{Bucket, Buckets};

/// Aggregates samples and buckets, which may come in pages, into points.
pub(crate) struct Fold {
    plan: Plan,
    points: Vec<Option<Bucket>>,
    /// The time of the first sample of each point.
    taken_ms: Vec<Option<i64>>,
    /// See [`Fold::align`].
    shift_ms: Option<i64>,
    interval_ms: Option<i64>,
}

impl Fold {
    pub(crate) fn new(plan: Plan) -> Self {
        Self {
            plan,
            points: vec![None; plan.count],
            taken_ms: vec![None; plan.count],
            shift_ms: None,
            interval_ms: None,
        }
    }

    pub(crate) fn samples(&mut self, samples: &Samples) {
        if samples.len() > 1 && self.shift_ms.is_none() {
            self.align(samples);
        }
        let shift_ms = self.shift_ms.unwrap_or(0);
        for (at_ms, value) in samples.iter() {
            let index = self.plan.index(at_ms + shift_ms);
            self.taken_ms[index].get_or_insert(at_ms);
            self.add(index, Bucket::of(value));
        }
    }

    pub(crate) fn buckets(&mut self, buckets: &Buckets) {
        for (start_ms, bucket) in buckets.iter() {
            self.add(self.plan.index(start_ms), bucket);
        }
    }

    fn add(&mut self, index: usize, bucket: Bucket) {
        let point = &mut self.points[index];
        *point = Some(point.map_or(bucket, |point| point.and(bucket)));
    }

    /// Where points are as short as the sampling interval, jitter around a point's edge would leave
    /// one point empty and put two samples into the next. So there samples are shifted, by half a
    /// point at most, so that most of them are in the middle of a point.
    fn align(&mut self, samples: &Samples) {
        let times_ms = samples.times_ms();
        let distances = times_ms.windows(2).map(|pair| pair[1].abs_diff(pair[0]));
        let mut distances: Vec<u64> = distances.collect();
        let middle = distances.len() / 2;
        let interval_ms = *distances.select_nth_unstable(middle).1;
        let interval_ms = Some(i64::try_from(interval_ms).unwrap_or(i64::MAX));
        self.interval_ms = interval_ms;
        self.shift_ms = Some(0);
        if interval_ms.is_some_and(|interval_ms| self.plan.step_ms / 2 < interval_ms) {
            let (origin_ms, step_ms) = (self.plan.origin_ms, self.plan.step_ms);
            let phases = times_ms
                .iter()
                .map(|at_ms| (at_ms - origin_ms).rem_euclid(step_ms));
            let phase_ms = mode(phases.map(|phase_ms| phase_ms as u64)).unwrap_or(0);
            self.shift_ms = Some(step_ms / 2 - phase_ms as i64);
        }
    }

    /// The sampling interval in milliseconds, if there are samples.
    pub(crate) fn interval_ms(&self) -> Option<i64> {
        self.interval_ms
    }

    /// Whether points are single samples: they are hardly longer than the sampling interval.
    pub(crate) fn is_single(&self) -> bool {
        let is_single = |interval_ms| 2 * self.plan.step_ms < 3 * interval_ms;
        self.plan.count > 1 && self.interval_ms.is_some_and(is_single)
    }

    /// The time of the sample of each point, or the expected time.
    pub(crate) fn taken_ms(&self) -> Vec<i64> {
        let usual_ms = self.plan.step_ms / 2 - self.shift_ms.unwrap_or(0);
        let times_ms = self.plan.times_ms().into_iter().zip(&self.taken_ms);
        let taken_ms = times_ms.map(|(start_ms, taken_ms)| taken_ms.unwrap_or(start_ms + usual_ms));
        taken_ms.collect()
    }

    pub(crate) fn values(&self, aggregation: Aggregation) -> Vec<Option<f64>> {
        self.column(|bucket| match aggregation {
            Aggregation::Min => bucket.min,
            Aggregation::Max => bucket.max,
            Aggregation::Sum => bucket.sum,
            Aggregation::Count => bucket.count as f64,
            Aggregation::Avg | Aggregation::Percentile(_) => bucket.avg(),
        })
    }

    pub(crate) fn extremes(&self) -> Extremes {
        Extremes {
            min: self.column(|bucket| bucket.min),
            max: self.column(|bucket| bucket.max),
        }
    }

    /// The statistics of all points together.
    pub(crate) fn whole(&self) -> Option<Bucket> {
        self.points.iter().copied().flatten().reduce(Bucket::and)
    }

    fn column(&self, of: impl Fn(Bucket) -> f64) -> Vec<Option<f64>> {
        self.points.iter().map(|point| point.map(&of)).collect()
    }
}
