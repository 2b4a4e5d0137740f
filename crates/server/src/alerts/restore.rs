use super::changes::current;
use super::documents::{Kind, StoredRule};
use super::open_alerts::{LastMessages, is_firing};
use super::service::{Alerts, now_ms, server_access};
use super::zones::time_zone;
use alerts::{Condition, Evaluator, Rule, Seed, Silencer, Transition};
use protocol::alerting::{Acknowledgement, Silence};
use protocol::{Alert, AlertState, Durable, SeriesKey, Stream, Timestamp};
use std::collections::HashMap;
use store::{Series, StoreError};

/// So many messages of the log are read for the newest of each alert; those that fired before are documents, too.
const PAGES_MAX: usize = 50;
const PAGE_MESSAGES_MAX: usize = 1_000;

/// A rule looks back over so much more than its durations: series that report seldom have a value before them.
const LOOKBACK_MORE_MS: i64 = 300_000;

/// Before a fold is what it is, each of its members has a value.
const FOLD_MORE_MS: i64 = 60_000;

/// With more members, the values of before are not read: the fold continues with live ones.
const FOLD_SERIES_MAX: usize = 500;

/// About so many samples are read for a rule: of many series the last minutes, instead of all that could matter.
const SAMPLES_MAX: i64 = 3_000_000;

/// So many series are read at a time.
const SERIES_AT_ONCE: usize = 64;

/// A series that had no value for so long, and twice the window of the rule, is not waited for.
const ABSENT_SINCE_MAX_MS: i64 = 3_600_000;

/// An absence of one of several series resolves by itself after so long.
const ABSENT_ENDS_MS: i64 = 86_400_000;

/// The series that are stored, and when each had its last value.
pub(super) struct Stored {
    series: Vec<Series>,
    ends_ms: HashMap<SeriesKey, i64>,
}

impl Alerts {
    /// Finds the state of before again: what is firing, by the log; what is pending, by the samples.
    pub(super) async fn restore(&self) -> Result<(), StoreError> {
        let documents = self.0.documents.read().await?;
        let mut book = std::mem::take(&mut self.state().book);
        book.set_stored(documents.of::<StoredRule>(Kind::Rule), self.own());
        book.reload(&self.sources(), self.own()).await;
        let rules: Vec<Rule> = book.evaluated().collect();
        self.state().book = book;
        self.restore_silences(documents.of(Kind::Silence)).await;

        let by_name: HashMap<&str, &Rule> = rules.iter().map(|it| (it.name(), it)).collect();
        let renamed = |rule: &str, text: &str| {
            let rule = by_name.get(rule)?;
            let series = rule.series_of_text(text, self.own())?;
            Some(rule.series_text(&series))
        };
        let mut last = LastMessages::default();
        for alert in self.logged().await? {
            last.add_older(alert, renamed);
        }
        let firing = documents.of::<Alert>(Kind::Firing);
        let stored: Vec<String> = firing.iter().map(|(id, _)| id.clone()).collect();
        for (_, alert) in firing {
            last.add_older(alert, renamed);
        }
        let mut seeds = Vec::new();
        for alert in last.into_iter() {
            self.restore_alert(alert, &rules, &mut seeds);
        }
        let acknowledged = documents.of::<Acknowledgement>(Kind::Acknowledgement);
        self.restore_acknowledgements(acknowledged, &stored).await;

        let stored = self.stored().await?;
        for rule in rules {
            let (evaluator, transitions) = self.resumed(rule, &seeds, &stored).await?;
            let mut state = self.state();
            state.engine.put(evaluator);
            state.apply(current(transitions));
        }
        self.state().is_restored = true;
        self.0.restored.send_replace(true);
        Ok(())
    }

    async fn restore_silences(&self, documents: Vec<(String, Silence)>) {
        let now_ms = now_ms();
        for (id, silence) in documents {
            match Silencer::new(silence, self.own(), &time_zone) {
                Ok(silencer) if silencer.is_over(now_ms) => {
                    // One that stays is removed at the next start.
                    let _ = self.0.documents.remove(Kind::Silence, &id).await;
                }
                Ok(silencer) => self.state().silences.push(silencer),
                Err(error) => tracing::warn!(%error, id, "A stored silence is not accepted."),
            }
        }
    }

    /// The messages of alerts in the log, newest first.
    async fn logged(&self) -> Result<Vec<Alert>, StoreError> {
        let access = server_access();
        let store = self.0.archive.store();
        let mut alerts = Vec::new();
        let mut before_seq = u64::MAX;
        for _ in 0..PAGES_MAX {
            let page = store.page(&access, Stream::Alerts, before_seq, PAGE_MESSAGES_MAX);
            let page = page.await?;
            let Some(oldest) = page.last() else { break };
            before_seq = oldest.seq;
            alerts.extend(
                page.iter()
                    .filter_map(|entry| match Durable::from_json(&entry.body) {
                        Ok(Durable::Alert(alert)) => Some(alert),
                        _ => None,
                    }),
            );
        }
        Ok(alerts)
    }

    /// The last message of a rule and a series: its rule continues from there. Without the rule, the alert is over.
    fn restore_alert(&self, alert: Alert, rules: &[Rule], seeds: &mut Vec<Seed>) {
        let rule = rules.iter().find(|rule| rule.name() == alert.rule);
        let text = alert.series.as_deref().unwrap_or_default();
        let series = rule.and_then(|rule| rule.series_of_text(text, self.own()));
        let changed_ms = alert.timestamp.unix_ms();
        let is_firing = is_firing(&alert);
        match series {
            Some(series) => {
                seeds.push(Seed {
                    rule: alert.rule.clone(),
                    series: series.clone(),
                    fired_ms: is_firing.then_some(changed_ms),
                    // The clock may have been ahead. What follows now is not known yet.
                    changed_ms: changed_ms.min(now_ms() - 1),
                });
                if is_firing {
                    self.state().open.put(alert, series);
                }
            }
            None if is_firing => {
                let why = match rule {
                    Some(_) => "The rule was changed",
                    None => "The rule was removed",
                };
                let resolved = ended(&alert, why);
                self.state().record(resolved, SeriesKey::default());
            }
            None => {}
        }
    }

    async fn restore_acknowledgements(
        &self,
        acknowledged: Vec<(String, Acknowledgement)>,
        stored: &[String],
    ) {
        for id in stored {
            if self.state().open.get(id).is_none() {
                let _ = self.0.documents.remove(Kind::Firing, id).await;
            }
        }
        for (id, acknowledgement) in acknowledged {
            let is_open = match self.state().open.get_mut(&id) {
                Some(open) => {
                    open.acknowledged = Some(acknowledgement);
                    true
                }
                None => false,
            };
            if !is_open {
                let _ = self.0.documents.remove(Kind::Acknowledgement, &id).await;
            }
        }
    }

    /// The stored series.
    pub(super) async fn stored(&self) -> Result<Stored, StoreError> {
        let spans = self.0.archive.series().spans_ms().await?;
        let ends_ms = spans.into_iter().map(|(key, (_, end_ms))| (key, end_ms));
        Ok(Stored {
            series: self.0.archive.series().catalogue(),
            ends_ms: ends_ms.collect(),
        })
    }

    /// The state that a rule has by what the log says of it and the samples since: pending durations continue, and what
    /// the log lacks, since the server was killed before it was committed, is found again.
    pub(super) async fn resumed(
        &self,
        rule: Rule,
        seeds: &[Seed],
        stored: &Stored,
    ) -> Result<(Evaluator, Vec<Transition>), StoreError> {
        let now_ms = now_ms();
        let (name, lookback_ms) = (rule.name().to_owned(), rule.lookback_ms());
        let mut evaluator = Evaluator::resumed(rule, now_ms, seeds);
        self.state().engine.limit(&mut evaluator);
        let mut transitions = Vec::new();
        let mut lookback_ms = lookback_ms + LOOKBACK_MORE_MS;
        let exact = evaluator.rule().selector().key();
        let exact = stored
            .series
            .iter()
            .find(|it| Some(&it.key) == exact.as_ref());
        let all = exact.map_or(&stored.series[..], std::slice::from_ref);
        let ended_before_ms = match evaluator.rule().condition() {
            // Never one whose absence has ended by itself, after a day.
            Condition::Absent { for_ms } => {
                let since_ms = ABSENT_SINCE_MAX_MS + for_ms;
                now_ms - for_ms - since_ms.min(ABSENT_ENDS_MS)
            }
            _ => now_ms - lookback_ms,
        };
        let is_recent = |key: &SeriesKey| {
            stored
                .ends_ms
                .get(key)
                .is_some_and(|end_ms| *end_ms >= ended_before_ms)
        };
        let matching: Vec<&Series> = all
            .iter()
            .filter(|it| evaluator.matches(&it.key) && is_recent(&it.key))
            .collect();
        if let Condition::Absent { .. } = evaluator.rule().condition() {
            for series in matching {
                // Beyond the limit they are counted.
                let _ = evaluator.watch(&series.key, series.unit.as_ref(), now_ms);
            }
        } else {
            let most_ms = SAMPLES_MAX * 1_000 / (matching.len() as i64).max(1);
            lookback_ms = lookback_ms.min(most_ms.max(60_000));
            let is_fold = evaluator.rule().selector().fold.is_some();
            let (at_once, more_ms) = match is_fold {
                true => (FOLD_SERIES_MAX, FOLD_MORE_MS),
                false => (SERIES_AT_ONCE, 0),
            };
            let from_ms = now_ms - lookback_ms;
            if is_fold {
                evaluator.ignore_until(from_ms);
            }
            let is_read = !is_fold || matching.len() <= FOLD_SERIES_MAX;
            for some in matching.chunks(at_once).filter(|_| is_read) {
                let from_ms = from_ms - more_ms;
                self.evaluate_stored(&mut evaluator, some, from_ms, now_ms, &mut transitions)
                    .await?;
            }
        }
        evaluator.begin(now_ms, &mut transitions);
        let (series, effects) = (evaluator.series_count(), transitions.len());
        tracing::debug!(
            rule = name,
            series,
            effects,
            "A rule continues from what is stored."
        );
        Ok((evaluator, transitions))
    }

    async fn evaluate_stored(
        &self,
        evaluator: &mut Evaluator,
        series: &[&Series],
        from_ms: i64,
        now_ms: i64,
        transitions: &mut Vec<Transition>,
    ) -> Result<(), StoreError> {
        let keys: Vec<SeriesKey> = series.iter().map(|it| it.key.clone()).collect();
        let time_series = self.0.archive.series();
        let pages = time_series.sample_pages(keys, from_ms, now_ms + 60_000, now_ms);
        let mut pages = pages.await?;
        // Nothing is forgotten as long as nothing is due, so places stay.
        let mut places: Vec<Option<Option<u32>>> = vec![None; series.len()];
        while let Some(page) = pages.next().await? {
            let mut values: Vec<(i64, usize, f64)> = Vec::new();
            for (index, samples) in page.iter().enumerate() {
                values.extend(samples.iter().map(|(at_ms, value)| (at_ms, index, value)));
            }
            values.sort_unstable_by_key(|(at_ms, index, _)| (*at_ms, *index));
            for (at_ms, index, value) in values {
                let Series { key, unit, .. } = series[index];
                let place = places[index]
                    .get_or_insert_with(|| evaluator.matched(key, unit.as_ref(), at_ms));
                if let Some(place) = *place {
                    evaluator.value(place, key, at_ms, value, transitions);
                }
            }
            tokio::task::yield_now().await;
        }
        Ok(())
    }
}

/// The message that an alert is over, since its rule is not what it was.
pub(super) fn ended(alert: &Alert, why: &str) -> Alert {
    Alert {
        timestamp: Timestamp::now().max(alert.timestamp),
        state: AlertState::Resolved,
        message: format!("{why}: {}", alert.message),
        fired_at: Some(alert.timestamp),
        ..alert.clone()
    }
}
