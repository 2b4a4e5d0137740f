//! Which labels multiply series.

use protocol::{Metric, SeriesKey};
use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// A label of series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelCount {
    /// Its name.
    pub label: String,
    /// How many different values it has.
    pub values: usize,
    /// How many series have it.
    pub series: usize,
}

/// The labels with the most values among series that are no metrics of hosts, and how many further labels there are.
pub(super) fn widest_labels(
    keys: &[Arc<SeriesKey>],
    labels_max: usize,
) -> (Vec<LabelCount>, usize) {
    let mut labels: HashMap<&str, (HashSet<&str>, usize)> = HashMap::new();
    for key in keys.iter().filter(|key| Metric::of(key).is_none()) {
        for (label, value) in key.labels.iter() {
            let (values, series) = labels.entry(label).or_default();
            values.insert(value);
            *series += 1;
        }
    }
    let counts = labels
        .into_iter()
        .map(|(label, (values, series))| LabelCount {
            label: label.to_owned(),
            values: values.len(),
            series,
        });
    let mut counts: Vec<_> = counts.collect();
    counts.sort_unstable_by(|one, other| {
        let key = |it: &LabelCount| Reverse((it.values, it.series));
        key(one)
            .cmp(&key(other))
            .then_with(|| one.label.cmp(&other.label))
    });
    let cut = counts.len().saturating_sub(labels_max);
    counts.truncate(labels_max);
    (counts, cut)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_label_with_the_most_values_comes_first() {
        let key = |name: &str, labels: &[(&str, &str)]| {
            let labels = labels.iter();
            let labels = labels.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            Arc::new(SeriesKey::new("", name, labels))
        };
        let keys = [
            key("a", &[("path", "/1"), ("job", "x")]),
            key("a", &[("path", "/2"), ("job", "x")]),
            key("b", &[("zone", "eu"), ("job", "x")]),
            Arc::new(SeriesKey::new(
                "web-1",
                "cpu",
                [("core".to_owned(), "0".to_owned())],
            )),
        ];
        let (labels, cut) = widest_labels(&keys, 2);
        let labels: Vec<_> = labels
            .iter()
            .map(|it| (it.label.as_str(), it.values, it.series))
            .collect();
        assert_eq!((labels, cut), (vec![("path", 2, 2), ("job", 1, 3)], 1));
    }
}
