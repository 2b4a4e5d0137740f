//! The reference model: a map that is searched from end to end.

use std::collections::BTreeMap;

#[derive(Debug, Default, Clone)]
pub(crate) struct Naive(pub(crate) BTreeMap<i64, f64>);

impl Naive {
    pub(crate) fn within(&self, from_ms: i64, to_ms: i64) -> Vec<f64> {
        self.0
            .range(from_ms..to_ms.max(from_ms))
            .map(|(_, value)| *value)
            .collect()
    }

    /// `None` without samples.
    pub(crate) fn aggregate(&self, aggregation: &str, from_ms: i64, to_ms: i64) -> Option<f64> {
        let mut values = self.within(from_ms, to_ms);
        if values.is_empty() {
            return None;
        }
        values.sort_by(f64::total_cmp);
        let count = values.len();
        let sum: f64 = values.iter().sum();
        let rank = |percent: usize| values[(count * percent).div_ceil(100).max(1) - 1];
        Some(match aggregation {
            "avg" => sum / count as f64,
            "min" => values[0],
            "max" => values[count - 1],
            "sum" => sum,
            "count" => count as f64,
            "p50" => rank(50),
            "p95" => rank(95),
            "p99" => rank(99),
            other => panic!("{other} is unknown"),
        })
    }
}
