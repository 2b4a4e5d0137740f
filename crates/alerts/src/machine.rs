use crate::rule::{Condition, Rule};
use crate::trend::Trend;
use crate::window::Window;

/// Without a value for this long, a series has no current values. Those that report less often have three of their
/// intervals.
const SILENT_MIN_MS: i64 = 60_000;
const SILENT_MAX_MS: i64 = 3 * 86_400_000;
const INTERVALS: i64 = 3;

/// Before the second value the interval of a series is unknown.
const SILENT_FIRST_MS: i64 = 300_000;

/// An alert of a series that has been silent for so long, and for twice as long as it takes to be silent, resolves:
/// nothing more is known about it. An absence of one of several series, too: it is gone for good.
const FORGET_MS: i64 = 3_600_000;
const FORGET_SILENCES: i64 = 2;
const ABSENT_MAX_MS: i64 = 86_400_000;

/// The state of a rule for a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// The condition does not hold.
    Ok,
    /// It has held since a time, but not long enough.
    Pending {
        /// Since when.
        since_ms: i64,
    },
    /// An alert is firing.
    Firing {
        /// Since when.
        fired_ms: i64,
        /// Since when the condition has not held, if it does not.
        clear_since_ms: Option<i64>,
    },
}

/// Why an alert resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The condition no longer holds.
    Cleared,
    /// Its series has had no values for an hour, or for six of its intervals, or for a day if the rule is about absence.
    Silent,
}

/// What happened to a rule for a series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Change {
    /// An alert fired.
    Fired {
        /// When: never later than a value that shows that the condition no longer holds.
        at_ms: i64,
        /// What was compared; absent for absence.
        value: Option<f64>,
    },
    /// It resolved.
    Resolved {
        /// When.
        at_ms: i64,
        /// When it had fired.
        fired_ms: i64,
        /// What was compared last.
        value: Option<f64>,
        /// Why.
        reason: Reason,
    },
}

/// What a condition needs of the values before.
#[derive(Debug, Clone)]
enum Past {
    Nothing,
    Window(Window),
    Trend(Trend),
}

impl Past {
    fn of(condition: Condition) -> Self {
        match condition {
            Condition::Change { within_ms, .. } | Condition::Rate { within_ms, .. } => {
                Self::Window(Window::new(within_ms))
            }
            Condition::Projected {
                is_upward,
                ahead_ms,
                within_ms,
                ..
            } => Self::Trend(Trend::new(within_ms, ahead_ms, is_upward)),
            Condition::Above(_) | Condition::Below(_) | Condition::Absent { .. } => Self::Nothing,
        }
    }

    fn clear(&mut self) {
        match self {
            Self::Nothing => {}
            Self::Window(window) => window.clear(),
            Self::Trend(trend) => trend.clear(),
        }
    }
}

/// The state machine of one rule for one series. What it does depends only on the values and their times, not on how
/// often [`Machine::advance`] is called in between.
#[derive(Debug, Clone)]
pub(crate) struct Machine {
    state: State,
    /// The newest value.
    last_ms: i64,
    /// Since when it is silent: the newest value, or when the series began to be watched.
    heard_ms: i64,
    has_value: bool,
    /// The longer one of the last two intervals between values.
    interval_ms: Option<i64>,
    last_interval_ms: Option<i64>,
    is_silent: bool,
    /// What was compared last.
    compared: Option<f64>,
    past: Past,
    /// Changes up to here are known from elsewhere.
    known_until_ms: i64,
    /// Whether an absence ends by itself after a day.
    is_one_of_many: bool,
    /// Whether there is nothing to watch any more.
    is_over: bool,
}

impl Machine {
    /// Begins to watch a series.
    pub(crate) fn new(rule: &Rule, start_ms: i64, is_one_of_many: bool) -> Self {
        Self {
            state: State::Ok,
            last_ms: start_ms,
            heard_ms: start_ms,
            has_value: false,
            interval_ms: None,
            last_interval_ms: None,
            is_silent: false,
            compared: None,
            past: Past::of(rule.condition()),
            known_until_ms: i64::MIN,
            is_one_of_many,
            is_over: false,
        }
    }

    /// Continues from what the log has: an alert that is firing, or the time at which the last one resolved.
    pub(crate) fn resume(&mut self, fired_ms: Option<i64>, changed_ms: i64) {
        self.state = match fired_ms {
            Some(fired_ms) => State::Firing {
                fired_ms,
                clear_since_ms: None,
            },
            None => State::Ok,
        };
        self.known_until_ms = changed_ms;
    }

    /// Values up to a time are not compared.
    pub(crate) fn ignore_until(&mut self, at_ms: i64) {
        self.known_until_ms = self.known_until_ms.max(at_ms);
    }

    /// All stored values were evaluated, and live ones follow. An alert that is firing has not been silent while there
    /// was no server, except for an absence, which is known to be one.
    pub(crate) fn begin(&mut self, rule: &Rule, now_ms: i64, changed: impl FnMut(Change)) {
        let is_absence = matches!(rule.condition(), Condition::Absent { .. });
        if is_absence != matches!(self.state, State::Firing { .. }) {
            self.heard_ms = self.heard_ms.max(now_ms);
        }
        self.advance(rule, now_ms, changed);
    }

    pub(crate) fn state(&self) -> State {
        self.state
    }

    pub(crate) fn compared(&self) -> Option<f64> {
        self.compared
    }

    /// Whether there are no current values. For absence that is no unknown, but what the rule is about.
    pub(crate) fn is_unknown(&self, rule: &Rule) -> bool {
        match rule.condition() {
            Condition::Absent { .. } => !self.has_value && self.state == State::Ok,
            _ => self.is_silent || !self.has_value,
        }
    }

    /// Whether nothing is known about the series any more, so that there is nothing to watch.
    pub(crate) fn is_over(&self) -> bool {
        self.is_over
    }

    fn silent_ms(&self) -> i64 {
        match self.interval_ms {
            None => SILENT_FIRST_MS,
            Some(interval_ms) => {
                (interval_ms.saturating_mul(INTERVALS)).clamp(SILENT_MIN_MS, SILENT_MAX_MS)
            }
        }
    }

    /// The next time at which something changes without a value.
    pub(crate) fn deadline_ms(&self, rule: &Rule) -> Option<i64> {
        let hold_ms = match self.state {
            State::Ok => None,
            State::Pending { since_ms } => Some(since_ms + rule.for_ms()),
            State::Firing { clear_since_ms, .. } => {
                clear_since_ms.map(|since_ms| since_ms + rule.keep_firing_ms())
            }
        };
        let silence_ms = match (rule.condition(), self.state) {
            _ if self.is_over => None,
            (Condition::Absent { for_ms }, State::Ok) => Some(self.heard_ms + for_ms),
            (Condition::Absent { for_ms }, State::Firing { .. }) if self.is_one_of_many => {
                Some(self.heard_ms + for_ms + ABSENT_MAX_MS)
            }
            (Condition::Absent { .. }, _) => None,
            _ if self.is_silent => {
                let forget_ms = (self.silent_ms() * FORGET_SILENCES).max(FORGET_MS);
                Some(self.heard_ms + forget_ms)
            }
            _ => Some(self.heard_ms + self.silent_ms()),
        };
        match (hold_ms, silence_ms) {
            (Some(hold_ms), Some(silence_ms)) => Some(hold_ms.min(silence_ms)),
            (hold_ms, silence_ms) => hold_ms.or(silence_ms),
        }
    }

    /// Applies everything that is due.
    pub(crate) fn advance(&mut self, rule: &Rule, now_ms: i64, mut changed: impl FnMut(Change)) {
        while let Some(due_ms) = self.deadline_ms(rule).filter(|due_ms| *due_ms <= now_ms) {
            self.apply_due(rule, due_ms, &mut changed);
        }
    }

    fn apply_due(&mut self, rule: &Rule, due_ms: i64, changed: &mut impl FnMut(Change)) {
        match self.state {
            State::Pending { since_ms } if since_ms + rule.for_ms() <= due_ms => {
                self.fire(due_ms, changed);
            }
            State::Firing {
                clear_since_ms: Some(since_ms),
                ..
            } if since_ms + rule.keep_firing_ms() <= due_ms => {
                self.resolve(due_ms, Reason::Cleared, changed);
            }
            State::Ok if matches!(rule.condition(), Condition::Absent { .. }) => {
                self.state = State::Pending { since_ms: due_ms };
            }
            State::Ok if self.is_silent => self.is_over = true,
            State::Ok => self.is_silent = true,
            // What is not measured any more cannot have held all the time.
            State::Pending { .. } => {
                self.is_silent = true;
                self.state = State::Ok;
            }
            State::Firing { .. }
                if self.is_silent || matches!(rule.condition(), Condition::Absent { .. }) =>
            {
                self.resolve(due_ms, Reason::Silent, changed);
                self.is_over = true;
            }
            State::Firing { .. } => self.is_silent = true,
        }
    }

    /// Evaluates a value. One that is not later than the newest is ignored.
    pub(crate) fn value(
        &mut self,
        rule: &Rule,
        at_ms: i64,
        value: f64,
        mut changed: impl FnMut(Change),
    ) {
        if self.has_value && at_ms <= self.last_ms {
            return;
        }
        self.advance(rule, at_ms - 1, &mut changed);
        if self.is_over {
            self.forget(rule);
        }
        if self.has_value {
            let interval_ms = at_ms - self.last_ms;
            let longer_ms = interval_ms.max(self.last_interval_ms.unwrap_or(0));
            self.interval_ms = Some(longer_ms);
            self.last_interval_ms = Some(interval_ms);
        }
        self.has_value = true;
        self.last_ms = at_ms;
        self.heard_ms = self.heard_ms.max(at_ms);
        self.is_silent = false;
        self.is_over = false;
        let compared = match (rule.condition(), &mut self.past) {
            (Condition::Change { .. }, Past::Window(window)) => {
                window.add(at_ms, value).map(|(change, _)| change)
            }
            (Condition::Rate { .. }, Past::Window(window)) => {
                let change = window.add(at_ms, value);
                change.map(|(change, elapsed_ms)| change / (elapsed_ms as f64 / 1_000.0))
            }
            (Condition::Projected { .. }, Past::Trend(trend)) => trend.add(at_ms, value),
            (Condition::Absent { .. }, _) => None,
            _ => Some(value),
        };
        self.compared = compared;
        if at_ms <= self.known_until_ms {
            return;
        }
        let is_firing = matches!(self.state, State::Firing { .. });
        let holds = match (rule.condition(), compared) {
            (Condition::Absent { .. }, _) => false,
            (_, Some(compared)) => rule.holds(compared, is_firing),
            // Too little is known to fire, or to resolve.
            (_, None) => is_firing,
        };
        self.compare(rule, at_ms, holds, &mut changed);
        // What was due at this very time is so only if this value does not say otherwise.
        self.advance(rule, at_ms, &mut changed);
    }

    /// The series begins anew, as if it had been removed at the moment at which it was over.
    fn forget(&mut self, rule: &Rule) {
        self.has_value = false;
        (self.interval_ms, self.last_interval_ms) = (None, None);
        self.past = Past::of(rule.condition());
    }

    fn compare(&mut self, rule: &Rule, at_ms: i64, holds: bool, changed: &mut impl FnMut(Change)) {
        match (self.state, holds) {
            (State::Ok, true) => {
                self.state = State::Pending { since_ms: at_ms };
                if rule.for_ms() == 0 {
                    self.fire(at_ms, changed);
                }
            }
            (State::Pending { .. }, false) => self.state = State::Ok,
            (State::Firing { fired_ms, .. }, true) => {
                self.state = State::Firing {
                    fired_ms,
                    clear_since_ms: None,
                };
            }
            (
                State::Firing {
                    fired_ms,
                    clear_since_ms: None,
                },
                false,
            ) => {
                self.state = State::Firing {
                    fired_ms,
                    clear_since_ms: Some(at_ms),
                };
                if rule.keep_firing_ms() == 0 {
                    self.resolve(at_ms, Reason::Cleared, changed);
                }
            }
            (State::Ok | State::Firing { .. }, false) | (State::Pending { .. }, true) => {}
        }
    }

    fn fire(&mut self, at_ms: i64, changed: &mut impl FnMut(Change)) {
        self.state = State::Firing {
            fired_ms: at_ms,
            clear_since_ms: None,
        };
        self.known_until_ms = at_ms;
        changed(Change::Fired {
            at_ms,
            value: self.compared,
        });
    }

    fn resolve(&mut self, at_ms: i64, reason: Reason, changed: &mut impl FnMut(Change)) {
        if let State::Firing { fired_ms, .. } = self.state {
            self.state = State::Ok;
            self.known_until_ms = at_ms;
            changed(Change::Resolved {
                at_ms,
                fired_ms,
                value: self.compared,
                reason,
            });
        }
    }

    /// The clock was set, or the machine slept: what was due in between is not, and nothing lies in the future.
    pub(crate) fn clock_was_set(&mut self, now_ms: i64) {
        if self.last_ms > now_ms {
            self.past.clear();
        }
        self.last_ms = self.last_ms.min(now_ms);
        self.heard_ms = now_ms;
        self.known_until_ms = self.known_until_ms.min(now_ms - 1);
        match &mut self.state {
            State::Ok => {}
            State::Pending { since_ms } => *since_ms = now_ms,
            // When it fired stays as it was said: it is a part of what the alert is.
            State::Firing { clear_since_ms, .. } => {
                if clear_since_ms.is_some() {
                    *clear_since_ms = Some(now_ms);
                }
            }
        }
    }
}
