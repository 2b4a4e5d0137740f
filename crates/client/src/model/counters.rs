use super::tracks::{Moment, Track};
use protocol::Data;

/// Beyond this a new label is not shown, and [`Counters::is_overfull`] says so.
pub(crate) const COUNTERS_MAX: usize = 100;

/// The newest figure of each label and its past, in the order of source and label.
#[derive(Debug, Clone, Default)]
pub(crate) struct Counters {
    counters: Vec<Counter>,
    overfull: bool,
}

/// One label's newest figure.
#[derive(Debug, Clone)]
pub(crate) struct Counter {
    /// The same as long as the page lives.
    pub(crate) id: u32,
    pub(crate) source: String,
    pub(crate) label: String,
    /// Absent at a moment at which there was none.
    pub(crate) value: Option<f64>,
    pub(crate) unit: String,
    /// The newest included. Nobody says when a program reports next, so only what was missed
    /// interrupts the line.
    pub(crate) past: Track,
}

impl Counters {
    pub(crate) fn push(&mut self, data: &Data) {
        let source = data.source.as_deref().unwrap_or_default();
        let Some(counter) = self.entry(source, &data.label) else {
            return;
        };
        counter.value = Some(data.value);
        counter.unit = data.unit.clone().unwrap_or_default();
        let moment = Moment {
            at: data.timestamp,
            interval_ms: 0,
        };
        counter.past.push(moment, Some(data.value));
    }

    /// The counter of a label; none if there is no room for a new one.
    pub(crate) fn entry(&mut self, source: &str, label: &str) -> Option<&mut Counter> {
        let key = (source, label);
        let place = self.counters.binary_search_by(|counter| {
            (counter.source.as_str(), counter.label.as_str()).cmp(&key)
        });
        let index = match place {
            Ok(index) => index,
            Err(_) if self.counters.len() == COUNTERS_MAX => {
                self.overfull = true;
                return None;
            }
            Err(index) => {
                let counter = Counter {
                    // Labels stay, so that their count is a number that none has.
                    id: self.counters.len() as u32,
                    source: source.to_owned(),
                    label: label.to_owned(),
                    value: None,
                    unit: String::new(),
                    past: Track::new(),
                };
                self.counters.insert(index, counter);
                index
            }
        };
        self.counters.get_mut(index)
    }

    /// Forgets the figures, not their labels nor their past.
    pub(crate) fn empty(&mut self) {
        for counter in &mut self.counters {
            counter.value = None;
        }
    }

    /// Takes over what another one knows of the past.
    pub(crate) fn take_pasts(&mut self, other: &Self) {
        for theirs in &other.counters {
            if let Some(ours) = self.entry(&theirs.source, &theirs.label) {
                ours.past = theirs.past.clone();
                if ours.unit.is_empty() {
                    ours.unit.clone_from(&theirs.unit);
                }
            }
        }
    }

    /// Figures are missing: lines end at the newest.
    pub(crate) fn cut(&mut self) {
        for counter in &mut self.counters {
            counter.past.cut();
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Counter> {
        self.counters.iter()
    }

    pub(crate) fn get(&self, id: u32) -> Option<&Counter> {
        self.counters.iter().find(|counter| counter.id == id)
    }

    /// Whether there are more labels than are shown.
    pub(crate) fn is_overfull(&self) -> bool {
        self.overfull
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::Timestamp;

    fn data(label: String, number: i64) -> Data {
        Data {
            timestamp: Timestamp::from_unix_ms(number),
            label,
            value: number as f64,
            unit: None,
            source: None,
            ..Data::default()
        }
    }

    #[test]
    fn one_counter_a_label_and_no_more_than_fit() {
        let mut counters = Counters::default();
        for number in (0..300).rev() {
            counters.push(&data(format!("label {:03}", number % 150), number));
            assert_eq!(counters.is_overfull(), number < 200);
        }
        let labels: Vec<_> = counters.iter().map(|counter| &counter.label).collect();
        assert_eq!(labels.len(), COUNTERS_MAX);
        assert!(labels.is_sorted());
        assert!(counters.iter().all(|counter| counter.value < Some(150.0)));
    }

    #[test]
    fn a_label_keeps_its_past() {
        let mut counters = Counters::default();
        for number in 0..3 {
            counters.push(&data("a".into(), number * 10));
        }
        counters.cut();
        counters.push(&data("a".into(), 30));
        let past = counters.iter().next().unwrap().past.series();
        let values: Vec<_> = past.samples(0..past.len()).map(|s| s.value).collect();
        assert_eq!(
            values,
            [Some(0.0), Some(10.0), Some(20.0), None, Some(30.0)]
        );
    }
}
