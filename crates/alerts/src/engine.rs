use crate::evaluator::{Evaluator, Seed, Transition};
use crate::rule::Rule;
use protocol::{SeriesKey, Unit};
use std::collections::HashMap;

/// So many series are remembered with the rules that match them. Beyond, those that none matches are matched again.
const MATCHES_MAX: usize = 250_000;

/// So many series, groups of folds and their members are evaluated by all rules together.
pub const SERIES_OF_ALL_RULES_MAX: usize = 100_000;

/// How often series that a rule refused are matched again, if there is room.
const REMATCH_EVERY_MS: i64 = 60_000;

/// A rule of an engine.
pub type EngineRule = Evaluator;

/// All rules, with an index from each series to the rules that match it: a value costs one look-up, and a rule that
/// does not match its series costs nothing.
#[derive(Debug, Default)]
pub struct Engine {
    rules: Vec<Evaluator>,
    /// Rule and place of each evaluator that evaluates a series.
    matches: HashMap<SeriesKey, Box<[(u32, u32)]>>,
    /// When series that a rule had refused were matched again.
    rematched_ms: i64,
}

impl Engine {
    /// An engine without rules.
    pub fn new() -> Self {
        Self::default()
    }

    /// Every rule.
    pub fn rules(&self) -> &[EngineRule] {
        &self.rules
    }

    /// The evaluator of a rule.
    pub fn rule(&self, name: &str) -> Option<&EngineRule> {
        self.rules.iter().find(|it| it.rule().name() == name)
    }

    /// Removes a rule, and returns whether there was one. Its alerts are the caller's to resolve.
    pub fn remove(&mut self, name: &str) -> bool {
        let before = self.rules.len();
        self.rules.retain(|it| it.rule().name() != name);
        self.matches.clear();
        self.rules.len() < before
    }

    /// Adds a rule that was evaluated on its own up to now, and removes the one of that name.
    pub fn put(&mut self, rule: Evaluator) {
        self.remove(rule.rule().name());
        self.rules.push(rule);
    }

    /// How many more series all rules but one may have.
    fn room(&self, but: &str) -> usize {
        let others = self.rules.iter().filter(|it| it.rule().name() != but);
        let size: usize = others.map(Evaluator::size).sum();
        SERIES_OF_ALL_RULES_MAX.saturating_sub(size)
    }

    /// Leaves a rule that is to be added, or to replace the one of its name, as much room as others do.
    pub fn limit(&self, rule: &mut Evaluator) {
        let room = self.room(rule.rule().name());
        rule.set_room(room.saturating_sub(rule.size()));
    }

    /// Evaluates a value of a series.
    pub fn value(
        &mut self,
        series: &SeriesKey,
        unit: Option<&Unit>,
        at_ms: i64,
        value: f64,
        effects: &mut Vec<Transition>,
    ) {
        if let Some(matches) = self.matches.get(series) {
            for &(rule, place) in matches {
                if let Some(rule) = self.rules.get_mut(rule as usize) {
                    rule.value(place, series, at_ms, value, effects);
                }
            }
            return;
        }
        if self.matches.len() >= MATCHES_MAX {
            self.matches.retain(|_, matches| !matches.is_empty());
        }
        let mut matches = Vec::new();
        let mut room = self.room("");
        for (index, rule) in self.rules.iter_mut().enumerate() {
            let before = rule.size();
            rule.set_room(room);
            if let Some(place) = rule.matched(series, unit, at_ms) {
                rule.value(place, series, at_ms, value, effects);
                matches.push((index as u32, place));
            }
            room = (room + before).saturating_sub(rule.size());
        }
        // One that is in the index stays there: the limit is reached only by those that a rule evaluates.
        if self.matches.len() < MATCHES_MAX {
            self.matches.insert(series.clone(), matches.into());
        }
    }

    /// Applies everything that is due.
    pub fn advance(&mut self, now_ms: i64, effects: &mut Vec<Transition>) {
        for rule in &mut self.rules {
            let matches = &mut self.matches;
            rule.advance(now_ms, effects, |series| drop(matches.remove(series)));
        }
        let elapsed_ms = now_ms.abs_diff(self.rematched_ms);
        if elapsed_ms >= REMATCH_EVERY_MS as u64 {
            let room = self.room("");
            self.rules.iter_mut().for_each(|it| it.set_room(room));
            if self.rules.iter().any(Evaluator::has_room) {
                self.rematched_ms = now_ms;
                self.rematch();
            }
        }
    }

    /// Forgets what is known about series that a rule had refused and now has room for.
    fn rematch(&mut self) {
        for (index, rule) in self.rules.iter_mut().enumerate() {
            if rule.has_room() {
                rule.forget_refused();
                self.matches.retain(|series, matches| {
                    let is_evaluated = matches.iter().any(|(rule, _)| *rule == index as u32);
                    is_evaluated || !rule.matches(series)
                });
            }
        }
    }

    /// All stored values were evaluated, and live ones follow.
    pub fn begin(&mut self, now_ms: i64, effects: &mut Vec<Transition>) {
        for rule in &mut self.rules {
            rule.begin(now_ms, effects);
        }
    }

    /// When [`Engine::advance`] has something to do.
    pub fn deadline_ms(&self) -> Option<i64> {
        self.rules.iter().filter_map(Evaluator::deadline_ms).min()
    }

    /// The clock was set by more than a few seconds, or the machine slept.
    pub fn clock_was_set(&mut self, now_ms: i64) {
        for rule in &mut self.rules {
            rule.clock_was_set(now_ms);
        }
    }
}

impl Evaluator {
    /// Evaluates a series from now on if the rule matches it. Returns its place.
    pub fn matched(&mut self, series: &SeriesKey, unit: Option<&Unit>, at_ms: i64) -> Option<u32> {
        match self.matches(series) {
            true => self.watch(series, unit, at_ms).ok(),
            false => None,
        }
    }

    /// An evaluator that continues from what the log has of its rule.
    pub fn resumed(rule: Rule, start_ms: i64, seeds: &[Seed]) -> Self {
        let mut evaluator = Self::new(rule, start_ms);
        for seed in seeds {
            if seed.rule == evaluator.rule().name() {
                evaluator.seed(seed);
            }
        }
        evaluator
    }
}
