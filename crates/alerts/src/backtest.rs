use crate::evaluator::{Evaluator, Transition};
use crate::machine::Change;
use crate::rule::{Condition, Rule};
use protocol::alerting::Firing;
use protocol::{SeriesKey, Unit};
use std::collections::HashMap;

/// So many firings are listed; all are counted.
const FIRINGS_MAX: usize = 1_000;

/// What a rule would have done: the evaluator of the live rule, with stored samples.
#[derive(Debug)]
pub struct Backtest {
    evaluator: Evaluator,
    series: Vec<(SeriesKey, Option<Unit>)>,
    /// The place of each in the evaluator, from its first value on.
    places: Vec<Option<u32>>,
    indices: HashMap<SeriesKey, usize>,
    effects: Vec<Transition>,
    firings: Vec<Firing>,
    /// The listed firing of a series that has not resolved.
    open: HashMap<SeriesKey, usize>,
    count: usize,
    samples: u64,
}

impl Backtest {
    /// Begins at a time, with the series that match.
    pub fn new(rule: Rule, from_ms: i64, series: Vec<(SeriesKey, Option<Unit>)>) -> Self {
        let is_absence = matches!(rule.condition(), Condition::Absent { .. });
        let mut evaluator = Evaluator::new(rule, from_ms);
        let places = series.iter().map(|(series, unit)| {
            let place = is_absence.then(|| evaluator.watch(series, unit.as_ref(), from_ms).ok());
            place.flatten()
        });
        let places = places.collect();
        let indices = series.iter().enumerate();
        let indices = indices.map(|(index, (series, _))| (series.clone(), index));
        Self {
            evaluator,
            places,
            indices: indices.collect(),
            series,
            effects: Vec::new(),
            firings: Vec::new(),
            open: HashMap::new(),
            count: 0,
            samples: 0,
        }
    }

    /// Evaluates a sample of a series, by its index. Samples come in the order of their times.
    pub fn value(&mut self, index: usize, at_ms: i64, value: f64) {
        self.advance(at_ms - 1);
        let Some((series, unit)) = self.series.get(index) else {
            return;
        };
        self.samples += 1;
        let place = match self.places[index] {
            Some(place) => Ok(place),
            None => self.evaluator.watch(series, unit.as_ref(), at_ms),
        };
        if let Ok(place) = place {
            self.places[index] = Some(place);
            self.evaluator
                .value(place, series, at_ms, value, &mut self.effects);
            self.take_effects();
        }
    }

    fn advance(&mut self, now_ms: i64) {
        let Self {
            evaluator,
            places,
            indices,
            effects,
            ..
        } = self;
        evaluator.advance(now_ms, effects, |series| {
            if let Some(index) = indices.get(series) {
                places[*index] = None;
            }
        });
        self.take_effects();
    }

    fn take_effects(&mut self) {
        for effect in self.effects.drain(..) {
            match effect.change {
                Change::Fired { at_ms, value } => {
                    self.count += 1;
                    if self.firings.len() < FIRINGS_MAX {
                        self.open.insert(effect.series.clone(), self.firings.len());
                        let alert = effect.alert();
                        self.firings.push(Firing {
                            series: alert.series.unwrap_or_default(),
                            fired_ms: at_ms,
                            resolved_ms: None,
                            value,
                            message: alert.message,
                        });
                    }
                }
                Change::Resolved { at_ms, .. } => {
                    if let Some(index) = self.open.remove(&effect.series) {
                        self.firings[index].resolved_ms = Some(at_ms);
                    }
                }
            }
        }
    }

    /// How many series were left out, because there are too many.
    pub fn refused_count(&self) -> u64 {
        self.evaluator.refused_count()
    }

    /// Ends at a time. Returns how often it fired, the first firings, and the number of samples.
    pub fn finish(mut self, to_ms: i64) -> (usize, Vec<Firing>, u64) {
        self.advance(to_ms);
        self.firings.sort_by_key(|firing| firing.fired_ms);
        (self.count, self.firings, self.samples)
    }
}
