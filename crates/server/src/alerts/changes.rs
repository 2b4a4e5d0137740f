use super::documents::{Kind, StoredRule};
use super::restore::ended;
use super::rule_book::Entry;
use super::service::{Alerts, now_ms};
use super::zones::time_zone;
use crate::accounts::{AccountError, Accounts, Actor};
use accounts::{Action, Principal};
use alerts::{
    Change, RULES_MAX, Rule, Seed, Silencer, Transition, format_duration, parse_duration,
};
use protocol::alerting::{Acknowledgement, NewSilence, RuleDefinition, RuleOrigin, Silence};
use protocol::{Durable, Event, Level, Timestamp, is_disruptive};
use std::collections::{BTreeMap, HashSet};
use store::StoreError;

/// The longest reason, in characters.
const WHY_CHARS_MAX: usize = 500;

/// More silences are refused.
const SILENCES_MAX: usize = 500;

/// A silence may start at most so far from now.
const STARTS_WITHIN_MS: i64 = 366 * 86_400_000;

/// This is another path of the API.
const RESERVED_NAME: &str = "backtest";

/// Who changes something, and by what right.
#[derive(Clone)]
pub(crate) struct Author {
    /// The accounts.
    pub(crate) accounts: Accounts,
    /// The sender.
    pub(crate) principal: Principal,
}

impl Author {
    /// The name, if the right was not taken meanwhile.
    fn name(&self) -> Result<String, AccountError> {
        let actor = Actor::Sender(&self.principal);
        self.accounts.still_may(actor, Action::ManageAlerts)
    }
}

impl Alerts {
    /// Creates a rule, or replaces the stored one of its name.
    pub(crate) async fn put_rule(
        &self,
        author: Author,
        definition: RuleDefinition,
        is_new: bool,
    ) -> Result<(), AccountError> {
        let _changing = self.0.changing.lock().await;
        self.check_restored()?;
        let by = author.name()?;
        let rule = Rule::new(definition.clone(), self.own());
        let rule = rule.map_err(|error| AccountError::Invalid(error.to_string()))?;
        let name = rule.name().to_owned();
        if name == RESERVED_NAME {
            return Err(AccountError::Invalid("`name`: choose another name".into()));
        }
        let (known, has_stored, count) = {
            let state = self.state();
            let book = &state.book;
            (book.get(&name), book.has_stored(&name), book.stored_count())
        };
        match (known.map(|known| known.origin), is_new) {
            (Some(RuleOrigin::File), _) => return Err(in_a_file(&name)),
            (Some(_), true) => {
                return Err(AccountError::Conflict(format!(
                    "there is a rule `{name}` already"
                )));
            }
            (None, false) => return Err(AccountError::Unknown("rule")),
            _ => {}
        }
        if !has_stored && count >= RULES_MAX {
            let why = format!("there are {RULES_MAX} rules, and no more are accepted");
            return Err(AccountError::Conflict(why));
        }
        let verb = if is_new { "created" } else { "changed" };
        let audit = author
            .accounts
            .audit(Level::Info, format!("{by} {verb} the rule {name}"));
        audit.await?;
        let stored = StoredRule {
            rule: definition,
            by: by.clone(),
        };
        self.0.documents.put(Kind::Rule, &name, &stored).await?;
        self.state().book.put_stored(rule, by);
        Ok(self.update_engine().await?)
    }

    /// Removes a stored rule. Its alerts resolve.
    pub(crate) async fn remove_rule(&self, author: Author, name: &str) -> Result<(), AccountError> {
        let _changing = self.0.changing.lock().await;
        self.check_restored()?;
        let by = author.name()?;
        let known: Option<Entry> = self.state().book.get(name);
        match known.map(|known| known.origin) {
            None => return Err(AccountError::Unknown("rule")),
            Some(RuleOrigin::File) => return Err(in_a_file(name)),
            Some(RuleOrigin::Default) => {
                return Err(AccountError::Conflict(format!(
                    "`{name}` comes with the program; change it so that it is not enabled, or set \
                     `alerts.default_rules` to false"
                )));
            }
            Some(RuleOrigin::Stored) => {}
        }
        let audit = author
            .accounts
            .audit(Level::Info, format!("{by} removed the rule {name}"));
        audit.await?;
        self.0.documents.remove(Kind::Rule, name).await?;
        self.state().book.remove_stored(name);
        Ok(self.update_engine().await?)
    }

    /// Reads the files of rules again. What is invalid is reported, and stays as it was.
    pub(crate) async fn reload(self) {
        let _changing = self.0.changing.lock().await;
        if self.check_restored().is_err() {
            // They are read when the state is.
            return;
        }
        let mut book = self.state().book.clone();
        book.reload(&self.sources(), self.own()).await;
        let errors = book.errors().to_vec();
        self.state().book = book;
        for error in errors {
            let event = event(Level::Error, format!("Rules were not loaded: {error}"));
            self.0.intake.publish(vec![event.into()]).await;
        }
        if let Err(error) = self.update_engine().await {
            tracing::error!(%error, "Rules could not be changed; they are at the next reload.");
        }
    }

    /// Evaluates the rules of the book.
    async fn update_engine(&self) -> Result<(), StoreError> {
        let (wanted, present) = {
            let state = self.state();
            let wanted = state
                .book
                .evaluated()
                .map(|rule| (rule.name().to_owned(), rule));
            let wanted: BTreeMap<String, Rule> = wanted.collect();
            let present = state.engine.rules().iter().map(alerts::Evaluator::rule);
            let present = present.map(|rule| (rule.name().to_owned(), rule.clone()));
            let present: BTreeMap<String, Rule> = present.collect();
            (wanted, present)
        };
        for name in present.keys().filter(|name| !wanted.contains_key(*name)) {
            let mut state = self.state();
            state.engine.remove(name);
            state.end_alerts(name, "The rule was removed");
        }
        let is_changed = |name: &String, rule: &Rule| {
            let known = present.get(name);
            known.is_none_or(|known| known.definition() != rule.definition())
        };
        let changed = wanted
            .into_iter()
            .filter(|(name, rule)| is_changed(name, rule));
        let changed: Vec<(String, Rule)> = changed.collect();
        if !changed.is_empty() {
            let stored = self.stored().await?;
            for (name, rule) in changed {
                let _evaluating = self.0.evaluating.lock().await;
                let seeds = self.seeds_of_changed(&rule, present.get(&name));
                let (evaluator, transitions) = self.resumed(rule, &seeds, &stored).await?;
                let mut state = self.state();
                state.engine.put(evaluator);
                state.apply(current(transitions));
            }
        }
        self.0.changed.notify_one();
        Ok(())
    }

    /// The alerts that a changed rule continues. If it is about something else now, they are over.
    fn seeds_of_changed(&self, rule: &Rule, before: Option<&Rule>) -> Vec<Seed> {
        let now_ms = now_ms();
        let mut state = self.state();
        let is_same = before.is_some_and(|before| {
            before.definition().series == rule.definition().series
                && std::mem::discriminant(&before.condition())
                    == std::mem::discriminant(&rule.condition())
        });
        if !is_same {
            state.end_alerts(rule.name(), "The rule was changed");
        }
        let open = state.open.of_rule(rule.name()).into_iter();
        let seeds = open.map(|open| {
            let fired_ms = open.alert.timestamp.unix_ms();
            Seed {
                rule: rule.name().to_owned(),
                series: open.series,
                fired_ms: Some(fired_ms),
                changed_ms: fired_ms.min(now_ms - 1),
            }
        });
        seeds.collect()
    }

    /// Acknowledges an alert, or takes that back.
    pub(crate) async fn acknowledge(
        &self,
        author: Author,
        id: &str,
        why: Option<String>,
    ) -> Result<(), AccountError> {
        let _changing = self.0.changing.lock().await;
        self.check_restored()?;
        let by = author.name()?;
        let open = self.state().open.get(id).cloned();
        let open = open.ok_or(AccountError::Unknown("alert"))?;
        let rule = &open.alert.rule;
        let series = open.alert.series.as_deref().unwrap_or_default();
        let acknowledgement = match why {
            Some(why) => {
                let why = reason(why)?;
                let text = format!("{by} acknowledged {rule} of {series}{}", because(&why));
                self.say(text).await?;
                let at_ms = now_ms();
                let acknowledgement = Acknowledgement { by, why, at_ms };
                let documents = &self.0.documents;
                documents
                    .put(Kind::Acknowledgement, id, &acknowledgement)
                    .await?;
                Some(acknowledgement)
            }
            None => {
                let text = format!("{by} took back the acknowledgement of {rule} of {series}");
                self.say(text).await?;
                self.0.documents.remove(Kind::Acknowledgement, id).await?;
                None
            }
        };
        let was_open = match self.state().open.get_mut(id) {
            Some(open) => {
                open.acknowledged = acknowledgement;
                true
            }
            None => false,
        };
        if !was_open {
            // It resolved meanwhile, and its documents were removed before this one was written.
            let _ = self.0.documents.remove(Kind::Acknowledgement, id).await;
        }
        Ok(())
    }

    /// Creates a silence, or a maintenance window.
    pub(crate) async fn silence(
        &self,
        author: Author,
        new: NewSilence,
    ) -> Result<Silence, AccountError> {
        let _changing = self.0.changing.lock().await;
        self.check_restored()?;
        let by = author.name()?;
        let invalid = |why: String| AccountError::Invalid(why);
        let now_ms = now_ms();
        self.state().silences.retain(|it| !it.is_over(now_ms));
        if self.state().silences.len() >= SILENCES_MAX {
            let why = format!("there are {SILENCES_MAX} silences, and no more are accepted");
            return Err(AccountError::Conflict(why));
        }
        let lasts_ms =
            parse_duration(&new.lasts).map_err(|error| invalid(format!("`lasts`: {error}")))?;
        if lasts_ms < 1_000 {
            return Err(invalid("`lasts`: it is at least `1s`".into()));
        }
        if new.repeat.is_some() && new.starts_ms.is_some() {
            return Err(invalid(
                "`starts_ms`: a maintenance window opens as `repeat` says; leave it out".into(),
            ));
        }
        let starts_ms = new.starts_ms.unwrap_or(now_ms);
        if starts_ms.abs_diff(now_ms) > STARTS_WITHIN_MS as u64 || starts_ms + lasts_ms <= now_ms {
            return Err(invalid(
                "the silence would be over already, or start in more than a year".into(),
            ));
        }
        let silence = Silence {
            id: random_id()?,
            rule: new.rule,
            series: new.series,
            starts_ms,
            ends_ms: starts_ms + lasts_ms,
            repeat: new.repeat,
            by: by.clone(),
            file: None,
            why: reason(new.why)?,
        };
        let silencer = Silencer::new(silence, self.own(), &time_zone);
        let silencer = silencer.map_err(|error| invalid(error.to_string()))?;
        let silence = silencer.shown(now_ms);
        let (times, why) = (repeated(&silence), because(&silence.why));
        self.say(format!("{by} silenced {}{times}{why}", described(&silence)))
            .await?;
        self.0
            .documents
            .put(Kind::Silence, &silence.id, &silence)
            .await?;
        self.state().silences.push(silencer);
        self.0.changed.notify_one();
        Ok(silence)
    }

    /// Ends a silence, or removes a maintenance window.
    pub(crate) async fn end_silence(&self, author: Author, id: &str) -> Result<(), AccountError> {
        let _changing = self.0.changing.lock().await;
        self.check_restored()?;
        let by = author.name()?;
        let silence = {
            let state = self.state();
            let found = state.silencers().find(|it| it.id() == id);
            found.map(|it| it.shown(now_ms()))
        };
        let silence = silence.ok_or(AccountError::Unknown("silence"))?;
        if let Some(file) = &silence.file {
            let why = format!("the file `{file}` defines it; change it there");
            return Err(AccountError::Conflict(why));
        }
        let what = match silence.repeat {
            Some(_) => "removed the maintenance window",
            None => "ended the silence",
        };
        self.say(format!("{by} {what} of {}", described(&silence)))
            .await?;
        self.0.documents.remove(Kind::Silence, id).await?;
        self.state().silences.retain(|it| it.id() != id);
        self.0.changed.notify_one();
        Ok(())
    }

    fn check_restored(&self) -> Result<(), AccountError> {
        match self.state().is_restored {
            true => Ok(()),
            false => Err(AccountError::Busy),
        }
    }

    /// Appends an event that everybody sees; what it says is done only after that.
    async fn say(&self, text: String) -> Result<(), AccountError> {
        let message = Durable::Event(event(Level::Info, text));
        Ok(self.0.intake.commit(vec![message]).await?)
    }
}

impl super::service::State {
    /// Resolves the alerts of a rule that is no longer what it was.
    fn end_alerts(&mut self, rule: &str, why: &str) {
        for open in self.open.of_rule(rule) {
            self.record(ended(&open.alert, why), open.series);
        }
    }
}

/// Without what fired and resolved before the rule was there, or while there was no server: it is no news any more.
pub(super) fn current(transitions: Vec<Transition>) -> Vec<Transition> {
    let mut resolved: HashSet<(String, i64)> = HashSet::new();
    for transition in &transitions {
        if let Change::Resolved { fired_ms, .. } = transition.change {
            resolved.insert((transition.series.to_string(), fired_ms));
        }
    }
    let mut dropped: HashSet<(String, i64)> = HashSet::new();
    let mut kept = Vec::new();
    for transition in transitions {
        let series = transition.series.to_string();
        let is_dropped = match transition.change {
            Change::Fired { at_ms, .. } => {
                let key = (series, at_ms);
                resolved.contains(&key) && dropped.insert(key)
            }
            Change::Resolved { fired_ms, .. } => dropped.contains(&(series, fired_ms)),
        };
        if !is_dropped {
            kept.push(transition);
        }
    }
    kept
}

fn in_a_file(name: &str) -> AccountError {
    AccountError::Conflict(format!("a file defines `{name}`; change it there"))
}

fn event(level: Level, message: String) -> Event {
    Event {
        timestamp: Timestamp::now(),
        level,
        source: "alerts".into(),
        message,
    }
}

fn reason(why: String) -> Result<String, AccountError> {
    let why = why.trim().to_owned();
    match why.chars().count() > WHY_CHARS_MAX || why.contains(is_disruptive) {
        false => Ok(why),
        true => {
            let text = "`why`: write at most 500 characters of one line";
            Err(AccountError::Invalid(text.into()))
        }
    }
}

fn because(why: &str) -> String {
    if why.is_empty() {
        String::new()
    } else {
        format!(": {why}")
    }
}

fn described(silence: &Silence) -> String {
    match (&silence.rule, &silence.series) {
        (Some(rule), Some(series)) => format!("{rule} of {series}"),
        (Some(rule), None) => rule.clone(),
        (None, series) => series.clone().unwrap_or_default(),
    }
}

/// When a maintenance window opens: `, every mon, tue at 02:00 Europe/Berlin for 2h`.
fn repeated(silence: &Silence) -> String {
    let Some(repeat) = &silence.repeat else {
        return String::new();
    };
    let days: Vec<&str> = repeat.days.iter().map(|day| day.name()).collect();
    let lasts = format_duration(silence.ends_ms - silence.starts_ms);
    let (days, at, zone) = (days.join(", "), &repeat.at, &repeat.zone);
    format!(", every {days} at {at} {zone} for {lasts}")
}

pub(super) fn random_id() -> Result<String, AccountError> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).map_err(|_| AccountError::Busy)?;
    Ok(format!("{:016x}", u64::from_be_bytes(bytes)))
}
