use protocol::{Data, Timestamp};

/// Beyond this a new label is not shown.
const COUNTERS_MAX: usize = 100;

/// The newest figure of each label, in the order of source and label.
#[derive(Debug, Clone, Default)]
pub(crate) struct Counters {
    counters: Vec<Counter>,
}

/// One label's newest figure.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Counter {
    pub(crate) source: String,
    pub(crate) label: String,
    pub(crate) value: f64,
    pub(crate) unit: String,
    pub(crate) at: Timestamp,
}

impl Counters {
    pub(super) fn push(&mut self, data: &Data) {
        let source = data.source.as_deref().unwrap_or_default();
        let key = (source, data.label.as_str());
        let place = self.counters.binary_search_by(|counter| {
            (counter.source.as_str(), counter.label.as_str()).cmp(&key)
        });
        let counter = Counter {
            source: source.to_owned(),
            label: data.label.clone(),
            value: data.value,
            unit: data.unit.clone().unwrap_or_default(),
            at: data.timestamp,
        };
        match place {
            Ok(index) => self.counters[index] = counter,
            Err(index) if self.counters.len() < COUNTERS_MAX => {
                self.counters.insert(index, counter);
            }
            Err(_) => {}
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Counter> {
        self.counters.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_counter_a_label_and_no_more_than_fit() {
        let mut counters = Counters::default();
        for number in (0..300).rev() {
            counters.push(&Data {
                timestamp: Timestamp::from_unix_ms(number),
                label: format!("label {:03}", number % 150),
                value: number as f64,
                unit: None,
                source: None,
            });
        }
        let labels: Vec<_> = counters.iter().map(|counter| &counter.label).collect();
        assert_eq!(labels.len(), COUNTERS_MAX);
        assert!(labels.is_sorted());
        assert!(counters.iter().all(|counter| counter.value < 150.0));
    }
}
