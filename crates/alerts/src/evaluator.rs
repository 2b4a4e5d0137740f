use crate::group::Group;
use crate::machine::{Change, Machine, State};
use crate::rule::{Condition, Rule};
use protocol::{SeriesKey, Unit};
use std::cmp::Reverse;
use std::collections::hash_map::DefaultHasher;
use std::collections::{BinaryHeap, HashMap, HashSet};
use std::hash::{Hash, Hasher};

/// More series are not evaluated by one rule, and more members of its fold are not folded. They are counted.
pub const SERIES_PER_RULE_MAX: usize = 10_000;

/// So many refused series are distinguished; a rule that refuses more says that it is so many.
const REFUSED_MAX: usize = 50_000;

/// A rule is not evaluated for another series, because it has too many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused;

/// What the log has about a rule and a series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seed {
    /// The name of the rule.
    pub rule: String,
    /// The series, or the group of the fold.
    pub series: SeriesKey,
    /// When the alert that is firing fired; absent if it resolved.
    pub fired_ms: Option<i64>,
    /// When the last change was.
    pub changed_ms: i64,
}

/// An alert that fired or resolved.
#[derive(Debug, Clone)]
pub struct Transition {
    /// The rule.
    pub rule: Rule,
    /// The series, or the group of its fold.
    pub series: SeriesKey,
    /// The unit of its values.
    pub unit: Option<Unit>,
    /// What happened.
    pub change: Change,
}

/// The state of a rule for a series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct InstanceState<'a> {
    /// The series, or the group of the fold.
    pub series: &'a SeriesKey,
    /// Its state.
    pub state: State,
    /// Whether there are no current values.
    pub is_unknown: bool,
    /// What was compared last.
    pub compared: Option<f64>,
}

#[derive(Debug)]
struct Instance {
    series: SeriesKey,
    unit: Option<Unit>,
    machine: Machine,
    group: Option<Group>,
    /// The earliest entry of the heap that is for this instance.
    timer_ms: i64,
}

/// A rule with all series that it evaluates.
#[derive(Debug)]
pub struct Evaluator {
    rule: Rule,
    /// By series, or group of the fold.
    places: HashMap<SeriesKey, u32>,
    instances: Vec<Option<Instance>>,
    free: Vec<u32>,
    /// Deadlines, at most one a series that counts; others are too early and are corrected when they are due.
    timers: BinaryHeap<Reverse<(i64, u32)>>,
    members: usize,
    /// With so many series and members it refuses more: all rules together have a limit, too.
    size_max: usize,
    /// Hashes of the series that are refused.
    refused: HashSet<u64>,
    /// The series whose text the selector is, if there can be one.
    exact: Option<SeriesKey>,
    is_exact_seen: bool,
    /// The place of that series while no series is known.
    placeholder: Option<u32>,
    /// Absences are counted from here on.
    start_ms: i64,
    /// Values up to here are not compared.
    ignored_until_ms: i64,
}

impl Evaluator {
    /// Evaluates a rule from a time on.
    pub fn new(rule: Rule, start_ms: i64) -> Self {
        let exact = rule.selector().key();
        let mut evaluator = Self {
            rule,
            places: HashMap::new(),
            instances: Vec::new(),
            free: Vec::new(),
            timers: BinaryHeap::new(),
            members: 0,
            size_max: usize::MAX,
            refused: HashSet::new(),
            exact: exact.clone(),
            is_exact_seen: false,
            placeholder: None,
            start_ms,
            ignored_until_ms: i64::MIN,
        };
        // A single series may be absent without ever having had a value.
        if let Condition::Absent { .. } = evaluator.rule.condition()
            && let Some(series) = exact
        {
            evaluator.placeholder = Some(evaluator.place(&series, start_ms));
        }
        evaluator
    }

    /// The rule.
    pub fn rule(&self) -> &Rule {
        &self.rule
    }

    /// How many series it evaluates.
    pub fn series_count(&self) -> usize {
        self.places.len()
    }

    /// How many series it does not evaluate, because there are too many.
    pub fn refused_count(&self) -> u64 {
        self.refused.len() as u64
    }

    /// The state of every series, in no order.
    pub fn states(&self) -> impl Iterator<Item = InstanceState<'_>> {
        self.instances.iter().flatten().map(|it| InstanceState {
            series: &it.series,
            state: it.machine.state(),
            is_unknown: it.machine.is_unknown(&self.rule),
            compared: it.machine.compared(),
        })
    }

    /// Whether there are no current values of a series, or of a group of the fold.
    pub fn is_unknown(&self, series: &SeriesKey) -> bool {
        let place = self.places.get(series);
        let instance = place.and_then(|place| self.instances[*place as usize].as_ref());
        instance.is_some_and(|it| it.machine.is_unknown(&self.rule))
    }

    /// Whether the rule matches a series. As in queries, the text of a series that exists selects only that one.
    pub fn matches(&self, series: &SeriesKey) -> bool {
        self.exact.as_ref() == Some(series) || !self.is_exact_seen && self.rule.matches(series)
    }

    /// Begins to evaluate a series that matches. Returns its place.
    ///
    /// # Errors
    ///
    /// If there are too many.
    pub fn watch(
        &mut self,
        series: &SeriesKey,
        unit: Option<&Unit>,
        at_ms: i64,
    ) -> Result<u32, Refused> {
        let fold = self.rule.selector().fold.clone();
        let instance = match &fold {
            None => series.clone(),
            Some(fold) => {
                let name = self.rule.selector().name.as_deref();
                fold.group(name.unwrap_or_default(), series)
            }
        };
        let known = self.places.get(&instance);
        let known = known.and_then(|place| self.instances[*place as usize].as_ref());
        let is_known = match (&fold, known) {
            (_, None) => false,
            (None, Some(_)) => true,
            (Some(_), Some(known)) => known.group.as_ref().is_some_and(|it| it.has(series)),
        };
        if !is_known && !self.has_space() {
            self.refuse(series);
            return Err(Refused);
        }
        self.refused.remove(&hash(series));
        let start_ms = match self.rule.condition() {
            Condition::Absent { .. } => self.start_ms.max(at_ms),
            _ => at_ms,
        };
        if self.exact.as_ref() == Some(series) {
            self.is_exact_seen = true;
            self.placeholder = None;
        }
        if let Some(placeholder) = self.placeholder
            && let Some(Some(other)) = self.instances.get(placeholder as usize)
            && !matches!(other.machine.state(), State::Firing { .. })
        {
            self.placeholder = None;
            self.remove(placeholder);
        }
        let place = self.place(&instance, start_ms);
        if let Some(instance) = &mut self.instances[place as usize] {
            if unit.is_some() {
                instance.unit = unit.cloned();
            }
            if let Some(fold) = fold {
                let group = instance
                    .group
                    .get_or_insert_with(|| Group::new(fold.operation));
                let before = group.member_count();
                group.add_member(series);
                self.members += group.member_count() - before;
            }
        }
        Ok(place)
    }

    fn refuse(&mut self, series: &SeriesKey) {
        if self.refused.len() < REFUSED_MAX {
            self.refused.insert(hash(series));
        }
    }

    /// How many series its limit is about.
    fn count(&self) -> usize {
        match self.rule.selector().fold {
            None => self.places.len(),
            Some(_) => self.members,
        }
    }

    /// Whether there is room again for series that were refused.
    pub(crate) fn has_room(&self) -> bool {
        !self.refused.is_empty() && self.has_space()
    }

    fn has_space(&self) -> bool {
        self.count() < SERIES_PER_RULE_MAX && self.size() < self.size_max
    }

    /// How many series, groups and members it has.
    pub(crate) fn size(&self) -> usize {
        self.places.len() + self.members
    }

    /// It may have so many more.
    pub(crate) fn set_room(&mut self, room: usize) {
        self.size_max = self.size().saturating_add(room);
    }

    /// Series that were refused are matched again. Those that are gone are not counted any more.
    pub(crate) fn forget_refused(&mut self) {
        self.refused.clear();
    }

    /// The place of an instance, which is made if there is none.
    fn place(&mut self, series: &SeriesKey, start_ms: i64) -> u32 {
        if let Some(place) = self.places.get(series) {
            return *place;
        }
        let is_one_of_many = self.exact.as_ref() != Some(series);
        let mut machine = Machine::new(&self.rule, start_ms, is_one_of_many);
        machine.ignore_until(self.ignored_until_ms);
        let instance = Instance {
            series: series.clone(),
            unit: None,
            machine,
            group: None,
            timer_ms: i64::MAX,
        };
        let place = self.free.pop().unwrap_or_else(|| {
            self.instances.push(None);
            (self.instances.len() - 1) as u32
        });
        self.instances[place as usize] = Some(instance);
        self.places.insert(series.clone(), place);
        self.set_timer(place);
        place
    }

    /// Continues from what the log has. Of an absence that resolved there is nothing to continue: it would fire again,
    /// for a series that is gone.
    pub(crate) fn seed(&mut self, seed: &Seed) {
        let is_absence = matches!(self.rule.condition(), Condition::Absent { .. });
        if is_absence && seed.fired_ms.is_none() {
            return;
        }
        if self.places.len() >= SERIES_PER_RULE_MAX && !self.places.contains_key(&seed.series) {
            self.refuse(&seed.series);
            return;
        }
        let place = self.place(&seed.series, seed.changed_ms);
        if let Some(instance) = &mut self.instances[place as usize] {
            instance.machine.resume(seed.fired_ms, seed.changed_ms);
        }
    }

    /// Values up to a time only fill folds and windows: not all members of a fold have one yet.
    pub fn ignore_until(&mut self, at_ms: i64) {
        self.ignored_until_ms = at_ms;
        for instance in self.instances.iter_mut().flatten() {
            instance.machine.ignore_until(at_ms);
        }
    }

    /// Evaluates a value of a series that is watched.
    pub fn value(
        &mut self,
        place: u32,
        series: &SeriesKey,
        at_ms: i64,
        value: f64,
        effects: &mut Vec<Transition>,
    ) {
        if let Some(placeholder) = self.placeholder.take() {
            self.replace_placeholder(placeholder, at_ms, value, effects);
        }
        let Some(Some(instance)) = self.instances.get_mut(place as usize) else {
            return;
        };
        let evaluated = match &mut instance.group {
            None => Some((at_ms, value)),
            Some(group) => group.add(series, at_ms, value),
        };
        if let Some((at_ms, value)) = evaluated {
            evaluate(&self.rule, instance, at_ms, value, effects);
        }
        self.set_timer(place);
    }

    /// There are other series, so the text of the selector is no series.
    fn replace_placeholder(
        &mut self,
        place: u32,
        at_ms: i64,
        value: f64,
        effects: &mut Vec<Transition>,
    ) {
        if let Some(Some(instance)) = self.instances.get_mut(place as usize) {
            evaluate(&self.rule, instance, at_ms, value, effects);
            self.remove(place);
        }
    }

    fn remove(&mut self, place: u32) {
        if let Some(Some(instance)) = self.instances.get(place as usize) {
            self.places.remove(&instance.series);
            self.instances[place as usize] = None;
            self.free.push(place);
        }
    }

    /// Applies everything that is due. Calls `forgotten` with each series that is not watched any more.
    pub fn advance(
        &mut self,
        now_ms: i64,
        effects: &mut Vec<Transition>,
        mut forgotten: impl FnMut(&SeriesKey),
    ) {
        while let Some(&Reverse((due_ms, place))) = self.timers.peek() {
            if due_ms > now_ms {
                return;
            }
            self.timers.pop();
            let Some(Some(instance)) = self.instances.get_mut(place as usize) else {
                continue;
            };
            if instance.timer_ms != due_ms {
                continue;
            }
            instance.timer_ms = i64::MAX;
            let fold_ms = instance.group.as_ref().and_then(Group::deadline_ms);
            if fold_ms.is_some_and(|fold_ms| fold_ms <= now_ms)
                && let Some(group) = &mut instance.group
                && let Some((at_ms, value)) = group.fold()
            {
                evaluate(&self.rule, instance, at_ms, value, effects);
            }
            let Instance {
                machine,
                series,
                unit,
                ..
            } = instance;
            // What a value of the present second says comes first.
            let newest_ms = instance.group.as_ref().and_then(Group::newest_ms);
            let until_ms = newest_ms.map_or(now_ms, |newest_ms| now_ms.min(newest_ms - 1));
            machine.advance(&self.rule, until_ms, |change| {
                effects.push(transition(&self.rule, series, unit.as_ref(), change));
            });
            // A value that is not folded yet begins anew.
            if machine.is_over() && newest_ms.is_none() {
                match &instance.group {
                    Some(group) => {
                        self.members -= group.member_count();
                        group.members().for_each(&mut forgotten);
                    }
                    None => forgotten(&instance.series),
                }
                self.remove(place);
                continue;
            }
            if let Some(group) = &mut instance.group {
                let before = group.member_count();
                group.remove_silent(now_ms, &mut forgotten);
                self.members -= before - group.member_count();
            }
            self.set_timer(place);
        }
    }

    /// When [`Evaluator::advance`] has something to do.
    pub(crate) fn deadline_ms(&self) -> Option<i64> {
        self.timers.peek().map(|Reverse((due_ms, _))| *due_ms)
    }

    /// An entry that is too early stays, and is corrected once it is due: a value each second does not make one.
    fn set_timer(&mut self, place: u32) {
        let Some(Some(instance)) = self.instances.get_mut(place as usize) else {
            return;
        };
        let fold_ms = instance.group.as_ref().and_then(Group::deadline_ms);
        let machine_ms = instance.machine.deadline_ms(&self.rule);
        let Some(due_ms) = fold_ms.or(machine_ms) else {
            return;
        };
        if due_ms < instance.timer_ms {
            instance.timer_ms = due_ms;
            self.timers.push(Reverse((due_ms, place)));
        }
    }

    /// All stored values were evaluated, and live ones follow.
    pub fn begin(&mut self, now_ms: i64, effects: &mut Vec<Transition>) {
        self.ignored_until_ms = i64::MIN;
        for place in 0..self.instances.len() {
            if let Some(instance) = &mut self.instances[place] {
                let Instance {
                    machine,
                    series,
                    unit,
                    ..
                } = instance;
                machine.begin(&self.rule, now_ms, |change| {
                    effects.push(transition(&self.rule, series, unit.as_ref(), change));
                });
            }
            self.set_timer(place as u32);
        }
    }

    /// The clock was set, or the machine slept.
    pub(crate) fn clock_was_set(&mut self, now_ms: i64) {
        self.start_ms = now_ms;
        self.timers.clear();
        for place in 0..self.instances.len() {
            if let Some(instance) = &mut self.instances[place] {
                instance.machine.clock_was_set(now_ms);
                if let Some(group) = &mut instance.group {
                    group.clock_was_set(now_ms);
                }
                instance.timer_ms = i64::MAX;
            }
            self.set_timer(place as u32);
        }
    }
}

fn hash(series: &SeriesKey) -> u64 {
    let mut hasher = DefaultHasher::new();
    series.hash(&mut hasher);
    hasher.finish()
}

fn evaluate(
    rule: &Rule,
    instance: &mut Instance,
    at_ms: i64,
    value: f64,
    effects: &mut Vec<Transition>,
) {
    let Instance {
        machine,
        series,
        unit,
        ..
    } = instance;
    machine.value(rule, at_ms, value, |change| {
        effects.push(transition(rule, series, unit.as_ref(), change));
    });
}

fn transition(rule: &Rule, series: &SeriesKey, unit: Option<&Unit>, change: Change) -> Transition {
    Transition {
        rule: rule.clone(),
        series: series.clone(),
        unit: unit.cloned(),
        change,
    }
}
