use crate::series_key::write_label;
use crate::{HOST_LABEL, NAME_LABEL, SeriesKey};
use std::fmt;

/// Aggregates series that have the same values of some labels into one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fold {
    /// How to aggregate their values.
    pub operation: Operation,
    /// The labels that remain; if empty, all series become one.
    pub by: Vec<String>,
}

/// How to aggregate the values of several series at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// The sum.
    Sum,
    /// The mean.
    Avg,
    /// The lowest.
    Min,
    /// The highest.
    Max,
    /// The number of values.
    Count,
}

impl Operation {
    /// All operations with their names in a selector.
    pub const ALL: [(&str, Self); 5] = [
        ("sum", Self::Sum),
        ("avg", Self::Avg),
        ("min", Self::Min),
        ("max", Self::Max),
        ("count", Self::Count),
    ];

    /// The name in a selector.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sum => "sum",
            Self::Avg => "avg",
            Self::Min => "min",
            Self::Max => "max",
            Self::Count => "count",
        }
    }
}

impl Fold {
    /// The aggregated series that a member belongs to; `name` is its name unless it is grouped by name.
    pub fn group(&self, name: &str, member: &SeriesKey) -> SeriesKey {
        let is_by = |label: &str| self.by.iter().any(|by| by == label);
        let value = |label: &str| {
            if is_by(label) {
                member.label(label)
            } else {
                ""
            }
        };
        let name = match is_by(NAME_LABEL) {
            true => member.name.as_str(),
            false => name,
        };
        let labels = self.by.iter();
        let labels = labels.map(|label| (label.clone(), member.label(label).to_owned()));
        SeriesKey::new(value(HOST_LABEL), name, labels)
    }
}

/// The text before the selector's parenthesis.
impl fmt::Display for Fold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.operation.name())?;
        if self.by.is_empty() {
            return Ok(());
        }
        f.write_str(" by (")?;
        for (place, label) in self.by.iter().enumerate() {
            if place > 0 {
                f.write_str(",")?;
            }
            write_label(f, label)?;
        }
        f.write_str(") ")
    }
}

/// Aggregates values of the same time one by one. Add them in the order of their series, so that live and
/// stored sums are equal to the last digit.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Folded {
    count: u64,
    sum: f64,
    min: f64,
    max: f64,
}

impl Folded {
    /// Adds a value.
    pub fn add(&mut self, value: f64) {
        (self.min, self.max) = match self.count {
            0 => (value, value),
            _ => (self.min.min(value), self.max.max(value)),
        };
        self.count += 1;
        self.sum += value;
    }

    /// The aggregated value; `None` without values.
    pub fn value(&self, operation: Operation) -> Option<f64> {
        let value = match operation {
            Operation::Sum => self.sum,
            // Clamped, since the sum may have been rounded.
            Operation::Avg => (self.sum / self.count as f64).max(self.min).min(self.max),
            Operation::Min => self.min,
            Operation::Max => self.max,
            Operation::Count => self.count as f64,
        };
        (self.count > 0).then_some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_folded() {
        let mut folded = Folded::default();
        assert!(
            Operation::ALL
                .iter()
                .all(|(_, it)| folded.value(*it).is_none())
        );
        for value in [3.0, -1.0, 4.0] {
            folded.add(value);
        }
        let values = Operation::ALL.map(|(_, operation)| folded.value(operation));
        assert_eq!(values, [6.0, 2.0, -1.0, 4.0, 3.0].map(Some));
    }

    #[test]
    fn names_match_the_table() {
        for (name, operation) in Operation::ALL {
            assert_eq!(operation.name(), name);
        }
    }

    #[test]
    fn a_group_has_the_labels_that_remain() {
        let label = |label: &str, value: &str| (label.to_owned(), value.to_owned());
        let member = SeriesKey::new(
            "web-1",
            "Requests",
            [label("region", "eu"), label("shard", "7")],
        );
        let check = |by: &[&str], expected: &str| {
            let fold = Fold {
                operation: Operation::Sum,
                by: by.iter().map(|label| (*label).to_owned()).collect(),
            };
            assert_eq!(fold.group("all", &member).to_string(), expected);
        };
        check(&[], "all");
        check(&["region"], r#"all{region="eu"}"#);
        check(&["host", "zone"], r#"all{host="web-1"}"#);
        check(&["__name__", "shard"], r#"Requests{shard="7"}"#);
    }
}
