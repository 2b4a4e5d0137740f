use super::HOST;
use super::calendar::{DAY_S, MINUTE_S};
use super::machine;
use super::timeline::timestamp;
use super::world::World;
use crate::rounding;
use protocol::{Alert, AlertState, Level};

/// The interval of checks, which happen at whole multiples.
const CHECK_EVERY_S: f64 = 30.0;

/// How far before the start to look for firing alerts. No alert lasts longer.
const LOOK_BACK_S: f64 = DAY_S;

/// How long a condition must be false for the alert to resolve.
const RESOLVED_AFTER_S: f64 = MINUTE_S;

struct Rule {
    name: &'static str,
    level: Level,
    limit: f64,
    /// The threshold to resolve, lower to prevent flapping.
    resolved_below: f64,
    /// How long the condition must be true to fire.
    for_s: f64,
    value_of: fn(&mut World, f64) -> Option<f64>,
    firing: &'static str,
    resolved: &'static str,
}

const RULES: [Rule; 4] = [
    Rule {
        name: "CPU saturated",
        level: Level::Error,
        limit: 90.0,
        resolved_below: 80.0,
        for_s: 2.0 * MINUTE_S,
        value_of: |world, at_s| machine::cpu(&world.cores(at_s)),
        firing: "CPU above 90 % for two minutes",
        resolved: "CPU below 80 % again",
    },
    Rule {
        name: "Memory short",
        level: Level::Warning,
        limit: 85.0,
        resolved_below: 80.0,
        for_s: 5.0 * MINUTE_S,
        value_of: |world, at_s| rounding::percent(world.memory(at_s) * 100.0),
        firing: "Memory above 85 % for five minutes",
        resolved: "Memory below 80 % again",
    },
    Rule {
        name: "Disk nearly full",
        level: Level::Warning,
        limit: 90.0,
        resolved_below: 85.0,
        for_s: 5.0 * MINUTE_S,
        value_of: |world, at_s| rounding::percent(world.disks(at_s)[1] * 100.0),
        firing: "/srv above 90 % for five minutes",
        resolved: "/srv below 85 % again",
    },
    Rule {
        name: "Shop slow",
        level: Level::Error,
        limit: 115.0,
        resolved_below: 100.0,
        for_s: MINUTE_S,
        value_of: |world, at_s| rounding::tenths(world.latency_ms(at_s)),
        firing: "The shop takes more than 115 ms to answer",
        resolved: "The shop answers within 100 ms again",
    },
];

/// Alert rules over the simulated values, so that alerts match the charts.
pub(super) struct Alerts {
    /// The last check, in [`CHECK_EVERY_S`] since the Unix epoch.
    checked: i64,
    states: [State; RULES.len()],
}

#[derive(Clone, Copy, Default)]
struct State {
    is_firing: bool,
    /// Since when the condition has differed from the reported state.
    changed: Option<i64>,
}

impl Alerts {
    /// Alerts already firing at this moment are not reported.
    pub(super) fn new(world: &mut World, at_s: f64) -> Self {
        let mut alerts = Self {
            checked: number(at_s - LOOK_BACK_S),
            states: Default::default(),
        };
        alerts.check(world, at_s);
        alerts
    }

    /// The changes since the last call.
    pub(super) fn check(&mut self, world: &mut World, to_s: f64) -> Vec<(f64, Alert)> {
        let mut changes = Vec::new();
        for check in self.checked + 1..=number(to_s) {
            let at_s = check as f64 * CHECK_EVERY_S;
            for (rule, state) in RULES.iter().zip(&mut self.states) {
                let Some(value) = (rule.value_of)(world, at_s) else {
                    continue;
                };
                let limit = match state.is_firing {
                    true => rule.resolved_below,
                    false => rule.limit,
                };
                if state.check(rule, value > limit, check) {
                    changes.push((at_s, rule.alert(state.is_firing, value, at_s)));
                }
            }
        }
        self.checked = self.checked.max(number(to_s));
        changes
    }
}

impl State {
    /// Whether it fires or resolves now.
    fn check(&mut self, rule: &Rule, holds: bool, check: i64) -> bool {
        if holds == self.is_firing {
            self.changed = None;
            return false;
        }
        let since = *self.changed.get_or_insert(check);
        let wait_s = if holds { rule.for_s } else { RESOLVED_AFTER_S };
        let is_said = (check - since) as f64 * CHECK_EVERY_S >= wait_s;
        if is_said {
            self.is_firing = holds;
            self.changed = None;
        }
        is_said
    }
}

impl Rule {
    fn alert(&self, is_firing: bool, value: f64, at_s: f64) -> Alert {
        let (state, message) = match is_firing {
            true => (AlertState::Firing, self.firing),
            false => (AlertState::Resolved, self.resolved),
        };
        Alert {
            timestamp: timestamp(at_s),
            state,
            level: self.level,
            rule: self.name.to_owned(),
            message: message.to_owned(),
            value: Some(value),
            host: Some(HOST.to_owned()),
            id: None,
            series: None,
            fired_at: None,
            runbook: None,
        }
    }
}

fn number(at_s: f64) -> i64 {
    (at_s / CHECK_EVERY_S).floor() as i64
}
