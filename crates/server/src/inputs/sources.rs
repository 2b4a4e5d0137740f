//! Who reports, and what became of it, since the start.

mod meter;

use super::Outcome;
use crate::accounts::Accounts;
use accounts::Principal;
use axum::http::Extensions;
use meter::Meter;
use protocol::checks::CheckState;
use protocol::source_info::{LabelInfo, ScrapeInfo, SenderInfo};
use protocol::{Timestamp, is_disruptive};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Senders that are remembered. Beyond, the one that was silent for the longest is forgotten.
const SENDERS_MAX: usize = 200;

/// The longest reason that is remembered, and the longest name, in characters.
const REASON_CHARS_MAX: usize = 300;
const NAME_CHARS_MAX: usize = 100;

/// How long the count of labels is used: it visits all series.
const LABELS_EVERY: Duration = Duration::from_secs(60);

/// What senders that come without a credential are called.
pub(crate) const THIS_MACHINE: &str = "this machine";

/// A format in which programs send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Input {
    Json,
    Influx,
    Prometheus,
    Otlp,
    Statsd,
    Heartbeat,
}

/// A program that sends.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Sender {
    pub(crate) input: Input,
    /// The name of its credential.
    pub(crate) name: String,
    /// What it calls itself.
    pub(crate) source: Option<String>,
}

/// What became of a request.
#[derive(Debug, Default)]
pub(crate) struct Sent<'a> {
    pub(crate) accepted: u64,
    pub(crate) rejected: u64,
    /// Whether it was refused as a whole.
    pub(crate) is_refused: bool,
    pub(crate) why: Option<&'a str>,
}

/// What became of a scrape.
#[derive(Debug)]
pub(crate) struct Scraped {
    pub(crate) at: Timestamp,
    pub(crate) took: Duration,
    pub(crate) samples: usize,
    pub(crate) error: Option<String>,
}

/// Everything that reports. Cheap to clone. Its lock is held briefly, with no other taken under it.
#[derive(Clone, Default)]
pub(crate) struct Sources(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    targets: Vec<Target>,
    senders: HashMap<Sender, Known>,
    cut: u64,
    labels: Option<(Instant, Labels)>,
}

/// Labels with the most values, and how many others there are.
type Labels = (Vec<LabelInfo>, u64);

struct Target {
    info: ScrapeInfo,
    /// What its points come through.
    source: String,
}

#[derive(Default)]
struct Known {
    seen_ms: i64,
    accepted: u64,
    meter: Meter,
    rejected: u64,
    refused: u64,
    why: Option<(i64, String)>,
}

impl Input {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Influx => "influx",
            Self::Prometheus => "prometheus",
            Self::Otlp => "otlp",
            Self::Statsd => "statsd",
            Self::Heartbeat => "heartbeat",
        }
    }
}

impl Sender {
    /// One that calls itself nothing; without a name it is this machine.
    pub(crate) fn new(input: Input, name: Option<String>) -> Self {
        Self {
            input,
            name: name.unwrap_or_else(|| THIS_MACHINE.to_owned()),
            source: None,
        }
    }

    /// The sender of a request.
    pub(crate) fn of(accounts: &Accounts, input: Input, extensions: &Extensions) -> Self {
        let principal = extensions.get::<Principal>();
        let person = principal.and_then(|principal| accounts.person(principal));
        Self::new(input, person.map(|person| person.name))
    }

    /// The same, if it calls itself something.
    pub(crate) fn called(self, source: &str) -> Self {
        let source = Some(source).filter(|it| !it.is_empty());
        Self {
            source: source.map(|it| shown(it, NAME_CHARS_MAX)),
            ..self
        }
    }
}

impl<'a> Sent<'a> {
    /// Of a request whose points were committed, but for those that were rejected.
    pub(crate) fn of(outcome: &'a Outcome) -> Self {
        Self {
            accepted: outcome.accepted,
            rejected: outcome.rejected_count,
            is_refused: false,
            why: outcome.reasons.first().map(|(_, why)| why.as_str()),
        }
    }

    /// Of a request of which nothing was accepted.
    pub(crate) fn refused(why: &'a str) -> Self {
        Self {
            is_refused: true,
            why: Some(why),
            ..Self::default()
        }
    }
}

impl Sources {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a target, whose points come through this source; returns its index.
    pub(super) fn add_target(&self, info: ScrapeInfo, source: String) -> usize {
        let mut state = self.state();
        state.targets.push(Target { info, source });
        state.targets.len() - 1
    }

    /// A target was scraped.
    pub(super) fn scraped(&self, index: usize, scraped: Scraped) {
        let mut state = self.state();
        let Some(Target { info, .. }) = state.targets.get_mut(index) else {
            return;
        };
        let now = match scraped.error {
            None => CheckState::Up,
            Some(_) => CheckState::Down,
        };
        if info.state != now {
            info.since_ms = Some(scraped.at.unix_ms());
        }
        info.state = now;
        info.scraped_ms = Some(scraped.at.unix_ms());
        info.seconds = Some(scraped.took.as_secs_f64());
        info.samples = scraped.samples as u64;
        info.error = scraped.error.map(|error| shown(&error, REASON_CHARS_MAX));
    }

    /// Some of what was scraped is rejected.
    pub(super) fn rejected(&self, index: usize, count: u64, why: &str) {
        if let Some(Target { info, .. }) = self.state().targets.get_mut(index) {
            info.rejected_count += count;
            info.rejected = Some(shown(why, REASON_CHARS_MAX));
        }
    }

    /// A program has sent something.
    pub(crate) fn sent(&self, sender: Sender, sent: &Sent<'_>, now_ms: i64) {
        let mut state = self.state();
        state.make_room_for(&sender);
        let known = state.senders.entry(sender).or_default();
        known.seen_ms = known.seen_ms.max(now_ms);
        known.accepted += sent.accepted;
        known.meter.add(now_ms, sent.accepted);
        known.rejected += sent.rejected;
        known.refused += u64::from(sent.is_refused);
        if let Some(why) = sent.why {
            known.why = Some((now_ms, shown(why, REASON_CHARS_MAX)));
        }
    }

    /// The targets. `series` says how many series there are of a source.
    pub(crate) fn targets(&self, series: &HashMap<String, usize>) -> Vec<ScrapeInfo> {
        let state = self.state();
        let targets = state.targets.iter().map(|target| ScrapeInfo {
            series: series.get(&target.source).copied().unwrap_or_default() as u64,
            ..target.info.clone()
        });
        targets.collect()
    }

    /// The senders, the most recent first, and how many were forgotten.
    pub(crate) fn senders(
        &self,
        series: &HashMap<String, usize>,
        now_ms: i64,
    ) -> (Vec<SenderInfo>, u64) {
        let state = self.state();
        let senders = state.senders.iter().map(|(sender, known)| {
            let (rejected_ms, rejected) = known.why.clone().unzip();
            SenderInfo {
                input: sender.input.name().into(),
                sender: sender.name.clone(),
                source: sender.source.clone(),
                seen_ms: known.seen_ms,
                accepted_count: known.accepted,
                accepted_per_s: known.meter.per_s(now_ms),
                rejected_count: known.rejected,
                refused_count: known.refused,
                rejected,
                rejected_ms,
                series: series.get(sender.input.name()).map(|count| *count as u64),
            }
        });
        let mut senders: Vec<_> = senders.collect();
        let cut = state.cut;
        drop(state);
        senders.sort_by(|one, other| {
            let key = |it: &SenderInfo| (it.sender.clone(), it.source.clone());
            let newest_first = other.seen_ms.cmp(&one.seen_ms);
            newest_first.then_with(|| key(one).cmp(&key(other)))
        });
        (senders, cut)
    }

    /// The labels with the most values, which `count` counts at most once a minute.
    pub(crate) fn labels(&self, count: impl FnOnce() -> Labels) -> Labels {
        let is_recent = |at: Instant| at.elapsed() < LABELS_EVERY;
        if let Some((at, labels)) = &self.state().labels
            && is_recent(*at)
        {
            return labels.clone();
        }
        let labels = count();
        self.state().labels = Some((Instant::now(), labels.clone()));
        labels
    }
}

impl State {
    fn make_room_for(&mut self, sender: &Sender) {
        if self.senders.len() < SENDERS_MAX || self.senders.contains_key(sender) {
            return;
        }
        let oldest = self.senders.iter().min_by_key(|(_, known)| known.seen_ms);
        if let Some(oldest) = oldest.map(|(sender, _)| sender.clone()) {
            self.senders.remove(&oldest);
            self.cut += 1;
        }
    }
}

/// A text of somebody else, as it can be shown.
fn shown(text: &str, chars_max: usize) -> String {
    let characters = text.chars().take(chars_max);
    let shown = characters.map(|it| if is_disruptive(it) { '\u{fffd}' } else { it });
    shown.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sender(name: &str) -> Sender {
        Sender::new(Input::Influx, Some(name.to_owned()))
    }

    #[test]
    fn senders_are_counted_and_few() {
        let sources = Sources::default();
        for second in 0..600_i64 {
            let sent = Sent {
                accepted: 10,
                ..Sent::default()
            };
            sources.sent(sender("telegraf"), &sent, second * 1_000);
            if second < 300 {
                let other = sender(&format!("other {second}"));
                sources.sent(other, &Sent::refused("no fields"), second * 1_000);
            }
        }
        let series = HashMap::from([("influx".to_owned(), 7)]);
        let (senders, cut) = sources.senders(&series, 599_000);
        assert_eq!((senders.len(), cut), (SENDERS_MAX, 101));
        let first = &senders[0];
        assert_eq!(
            (first.sender.as_str(), first.accepted_count),
            ("telegraf", 6_000)
        );
        assert!((first.accepted_per_s - 10.0).abs() < 1.5, "{first:?}");
        assert_eq!((first.series, first.rejected.as_deref()), (Some(7), None));
        let other = &senders[1];
        assert_eq!((other.refused_count, other.accepted_per_s), (1, 0.0));
        assert_eq!(other.rejected.as_deref(), Some("no fields"));
    }

    #[test]
    fn what_others_send_can_be_shown() {
        let sources = Sources::default();
        let long = "\u{202e}".repeat(1_000);
        sources.sent(sender("a").called(&long), &Sent::refused(&long), 0);
        let (senders, _) = sources.senders(&HashMap::new(), 0);
        let lengths = [&senders[0].source, &senders[0].rejected]
            .map(|it| it.as_ref().map(|text| text.chars().count()));
        assert_eq!(lengths, [Some(NAME_CHARS_MAX), Some(REASON_CHARS_MAX)]);
        assert!(!senders[0].source.as_ref().unwrap().contains(is_disruptive));
    }

    #[test]
    fn labels_are_counted_once_a_minute() {
        let sources = Sources::default();
        let counted = (Vec::new(), 3);
        assert_eq!(sources.labels(|| counted.clone()), counted);
        assert_eq!(sources.labels(|| unreachable!("it was counted")), counted);
    }
}
