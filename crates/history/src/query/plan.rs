use super::{Aggregation, Query, QueryError, RetentionPeriods};
use crate::Tier;
use crate::tier::floor;
use protocol::Timestamp;

/// From which tier a query is computed, and into which points.
///
/// Points are cut at multiples of their length, so that a window that moves by less than a point does
/// not change any of them. Only a query for a single point begins and ends exactly where it says, to the
/// millisecond as far back as single samples are stored: it is a statistic of that range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Plan {
    /// Of a single point the finest that it is made of; see [`Plan::pieces`].
    pub(crate) tier: Tier,
    /// The start of the first point.
    pub(crate) origin_ms: i64,
    /// How long a point is: a multiple of the tier's step.
    pub(crate) step_ms: i64,
    /// How many points.
    pub(crate) count: usize,
}

impl Plan {
    /// The coarsest tier that is fine enough for the points, or the finest that is stored for so long.
    pub(crate) fn of(
        query: &Query,
        retention: &RetentionPeriods,
        now_ms: i64,
    ) -> Result<Self, QueryError> {
        query.check()?;
        let span_ms = query.to_ms - query.from_ms;
        // One less, since a range that begins within a point ends within another.
        let wanted_ms = span_ms / (query.points as i64 - 1).max(1);
        let is_covered = |tier: &Tier| retention.covers(*tier, query.from_ms, now_ms);
        let is_single = query.points == 1;
        let tier = if let Aggregation::Percentile(_) = query.aggregation {
            if !is_covered(&Tier::Second) {
                let from = Timestamp::from_unix_ms(retention.from_ms(Tier::Second, now_ms));
                return Err(QueryError::PercentilesBeyondRetention { from });
            }
            Tier::Second
        } else {
            // A point is made of two buckets at least: rounded up to one more, it would halve the number of points.
            let is_fine = |tier: &Tier| {
                *tier == Tier::Second || !is_single && wanted_ms >= 2 * tier.step_ms()
            };
            let fine = Tier::ALL
                .into_iter()
                .rev()
                .find(is_fine)
                .unwrap_or(Tier::Second);
            let mut coarser = Tier::ALL.into_iter().filter(|tier| *tier >= fine);
            coarser.find(is_covered).unwrap_or(Tier::Hour)
        };
        let unit_ms = tier.step_ms();
        if is_single {
            let unit_ms = if tier == Tier::Second { 1 } else { unit_ms };
            let origin_ms = floor(query.from_ms, unit_ms);
            let step_ms = round_up(query.to_ms - origin_ms, unit_ms);
            return Ok(Self {
                tier,
                origin_ms,
                step_ms,
                count: 1,
            });
        }
        let pieces = query.points as i64 - 1;
        let step_ms = round_up(round_up(span_ms, pieces) / pieces, unit_ms);
        let origin_ms = floor(query.from_ms, step_ms);
        let count = round_up(query.to_ms - origin_ms, step_ms) / step_ms;
        Ok(Self {
            tier,
            origin_ms,
            step_ms,
            count: count as usize,
        })
    }

    /// Which part of a range is read from which tier, in order. A single point is made of as few buckets as
    /// possible: whole hours, whole minutes at either end of them, and samples at the ends of those.
    pub(crate) fn pieces(&self, from_ms: i64, to_ms: i64) -> Vec<(Tier, i64, i64)> {
        let from_ms = match self.tier {
            Tier::Second => from_ms,
            tier => floor(from_ms, tier.step_ms()),
        };
        let mut pieces = Vec::new();
        match self.count {
            1 => cut(self.tier, from_ms, to_ms, &mut pieces),
            _ => pieces.push((self.tier, from_ms, to_ms)),
        }
        pieces
    }

    /// The point that contains a time, or the nearest to it.
    pub(crate) fn index(&self, at_ms: i64) -> usize {
        let index = (at_ms - self.origin_ms).div_euclid(self.step_ms);
        index.clamp(0, self.count as i64 - 1) as usize
    }

    pub(crate) fn times_ms(&self) -> Vec<i64> {
        let index = 0..self.count as i64;
        index
            .map(|index| self.origin_ms + index * self.step_ms)
            .collect()
    }
}

/// Replaces the middle of a range by whole buckets of the next coarser tier.
fn cut(tier: Tier, from_ms: i64, to_ms: i64, pieces: &mut Vec<(Tier, i64, i64)>) {
    let coarser = Tier::ALL.into_iter().find(|other| *other > tier);
    let whole = coarser.map(|coarser| {
        let step_ms = coarser.step_ms();
        (coarser, round_up(from_ms, step_ms), floor(to_ms, step_ms))
    });
    match whole {
        Some((coarser, start_ms, end_ms)) if start_ms < end_ms => {
            pieces.push((tier, from_ms, start_ms));
            cut(coarser, start_ms, end_ms, pieces);
            pieces.push((tier, end_ms, to_ms));
        }
        _ => pieces.push((tier, from_ms, to_ms)),
    }
    pieces.retain(|(_, from_ms, to_ms)| from_ms < to_ms);
}

fn round_up(number: i64, unit: i64) -> i64 {
    (number + unit - 1).div_euclid(unit) * unit
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW_MS: i64 = 1_768_473_000_123;
    const HOUR_MS: i64 = 3_600_000;
    const DAY_MS: i64 = 24 * HOUR_MS;

    fn query(before_ms: i64, span_ms: i64, points: usize) -> Query {
        Query {
            series: vec!["cpu".to_owned()],
            from_ms: NOW_MS - before_ms,
            to_ms: NOW_MS - before_ms + span_ms,
            points,
            aggregation: Aggregation::Avg,
        }
    }

    fn check(before_ms: i64, span_ms: i64, points: usize, tier: Tier, step_ms: i64) {
        let plan = Plan::of(
            &query(before_ms, span_ms, points),
            &RetentionPeriods::default(),
            NOW_MS,
        );
        let plan = plan.expect("a possible query");
        assert_eq!((plan.tier, plan.step_ms), (tier, step_ms));
    }

    #[test]
    fn the_tier_follows_from_points_and_retention() {
        check(HOUR_MS, HOUR_MS, 500, Tier::Second, 8_000);
        check(60_000, 60_000, 500, Tier::Second, 1_000);
        check(DAY_MS, DAY_MS, 500, Tier::Minute, 180_000);
        check(7 * DAY_MS, 7 * DAY_MS, 600, Tier::Minute, 1_020_000);
        check(300 * DAY_MS, 300 * DAY_MS, 600, Tier::Hour, 13 * HOUR_MS);
        // Only minutes are left, then only hours.
        check(15 * DAY_MS, HOUR_MS, 500, Tier::Minute, 60_000);
        check(100 * DAY_MS, HOUR_MS, 500, Tier::Hour, HOUR_MS);
        check(4_000 * DAY_MS, HOUR_MS, 500, Tier::Hour, HOUR_MS);
    }

    #[test]
    fn percentiles_need_samples() {
        let percentile = |before_ms| {
            let aggregation = Aggregation::Percentile(95);
            let query = Query {
                aggregation,
                ..query(before_ms, HOUR_MS, 2)
            };
            Plan::of(&query, &RetentionPeriods::default(), NOW_MS)
        };
        assert_eq!(
            percentile(13 * DAY_MS)
                .expect("within the retention period")
                .tier,
            Tier::Second
        );
        let refused = percentile(15 * DAY_MS).expect_err("beyond the retention period");
        assert_eq!(
            refused.to_string(),
            "tell percentiles before 2026-01-01T10:30:00.123Z: single samples are kept from there \
             on; ask for a later range or for avg, min or max"
        );
    }

    #[test]
    fn impossible_queries_are_refused() {
        let retention = RetentionPeriods::default();
        let refused = |change: fn(&mut Query)| {
            let mut query = query(HOUR_MS, HOUR_MS, 10);
            change(&mut query);
            Plan::of(&query, &retention, NOW_MS).expect_err("not possible")
        };
        assert!(matches!(refused(|q| q.points = 0), QueryError::Points(0)));
        assert!(matches!(
            refused(|q| q.points = 10_001),
            QueryError::Points(_)
        ));
        assert!(matches!(
            refused(|q| q.series.clear()),
            QueryError::SeriesCount(0)
        ));
        assert!(matches!(
            refused(|q| q.to_ms = q.from_ms),
            QueryError::Range { .. }
        ));
        assert!(matches!(
            refused(|q| q.from_ms = i64::MIN),
            QueryError::NoTime(i64::MIN)
        ));
        let refused_time = refused(|q| q.to_ms = i64::MAX).to_string();
        assert!(
            refused_time.contains("beyond 9999-12-31T23:59:59.999Z"),
            "{refused_time}"
        );
        assert!(matches!(
            refused(|q| (q.series, q.points) = ((0..100).map(|n| n.to_string()).collect(), 10_000)),
            QueryError::Values(1_000_000)
        ));
        assert!(matches!(
            refused(|q| q.series.push("cpu".to_owned())),
            QueryError::SeriesTwice(_)
        ));
    }

    proptest! {
        #[test]
        fn points_cover_the_range_and_are_not_too_many(
            before_ms in 0..900 * DAY_MS, span_ms in 1..900 * DAY_MS, points in 1..=POINTS_MAX_TESTED,
        ) {
            let query = query(before_ms, span_ms, points);
            let plan = Plan::of(&query, &RetentionPeriods::default(), NOW_MS).expect("a possible query");
            prop_assert!(plan.count >= 1 && plan.count <= points);
            prop_assert!(plan.origin_ms <= query.from_ms);
            prop_assert!(plan.origin_ms + plan.step_ms * plan.count as i64 >= query.to_ms);
            prop_assert!(points == 1 || plan.step_ms % plan.tier.step_ms() == 0);
            prop_assert_eq!(plan.index(query.to_ms - 1), plan.count - 1);
        }

        #[test]
        fn a_single_point_covers_exactly_its_range(
            before_ms in 0..900 * DAY_MS, span_ms in 1..900 * DAY_MS,
        ) {
            let query = query(before_ms, span_ms, 1);
            let plan = Plan::of(&query, &RetentionPeriods::default(), NOW_MS).expect("a possible query");
            let pieces = plan.pieces(query.from_ms, query.to_ms);
            if plan.tier == Tier::Second {
                prop_assert_eq!((plan.origin_ms, plan.step_ms), (query.from_ms, span_ms));
                prop_assert_eq!(pieces[0].1, query.from_ms);
            }
            prop_assert_eq!(pieces[pieces.len() - 1].2, query.to_ms);
            for pair in pieces.windows(2) {
                prop_assert_eq!(pair[0].2, pair[1].1, "no gap and nothing twice: {:?}", pieces);
            }
            let last = pieces.len() - 1;
            for (place, (tier, from_ms, to_ms)) in pieces.iter().enumerate() {
                prop_assert!(*tier == Tier::Second || from_ms % tier.step_ms() == 0);
                // At its end a bucket is cut only if there is nothing finer.
                let is_cut = to_ms % tier.step_ms() != 0 && *tier != Tier::Second;
                prop_assert!(!is_cut || place == last && *tier == plan.tier, "{pieces:?}");
            }
            prop_assert!(pieces.len() <= 5, "{pieces:?}");
        }
    }

    const POINTS_MAX_TESTED: usize = super::super::POINTS_MAX;
}
