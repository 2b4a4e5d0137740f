use super::documents::Documents;
use super::open_alerts::OpenAlerts;
use super::rule_book::{RuleBook, RuleSources};
use crate::config::Config;
use crate::intake::WeakAppender;
use crate::reading::Archive;
use ::alerts::{Engine, EngineRule, Rule, Silencer, Transition};
use access::Access;
use history::series::Members;
use protocol::{Alert, Durable, Labels, OwnHost, Selector, SeriesKey, Timestamp};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Notify, mpsc, watch};

/// Batches of messages that may wait; each is evaluated within microseconds.
const WAITING_MAX: usize = 1_024;

/// A published message that may have points.
pub(crate) struct ReceivedPoints {
    pub(crate) message: Durable,
    /// The series of the set that it refers to.
    pub(crate) members: Option<Arc<Members>>,
}

/// Passes published messages on to the rules.
#[derive(Clone)]
pub(crate) struct AlertPoints(mpsc::Sender<Vec<ReceivedPoints>>);

/// The channel of published messages. Its end is the end of the task that evaluates.
pub(crate) fn alert_points() -> (AlertPoints, mpsc::Receiver<Vec<ReceivedPoints>>) {
    let (sender, receiver) = mpsc::channel(WAITING_MAX);
    (AlertPoints(sender), receiver)
}

impl AlertPoints {
    /// Never waits. What finds no room is not evaluated.
    pub(crate) fn send(&self, messages: Vec<ReceivedPoints>) {
        if let Err(mpsc::error::TrySendError::Full(_)) = self.0.try_send(messages) {
            tracing::warn!("Values arrived faster than rules could evaluate them; some were not.");
        }
    }
}

/// The alerts of this server. A cheap, shared handle.
#[derive(Clone)]
pub(crate) struct Alerts(pub(super) Arc<Shared>);

pub(super) struct Shared {
    pub(super) archive: Archive,
    pub(super) intake: WeakAppender,
    pub(super) documents: Documents,
    pub(super) sources: Mutex<RuleSources>,
    state: Mutex<State>,
    /// Held while rules, silences or acknowledgements are changed: written to the store, and then changed here.
    pub(super) changing: tokio::sync::Mutex<()>,
    /// Held while values are evaluated, and from reading what a changed rule continues to its first value: so no value
    /// is missed, and no change happens twice.
    pub(super) evaluating: tokio::sync::Mutex<()>,
    /// Wakes the task that evaluates, since something is due earlier.
    pub(super) changed: Notify,
    /// Whether the state of before was found again.
    pub(super) restored: watch::Sender<bool>,
    /// Changes when alerts were committed.
    pub(super) committed: watch::Sender<u64>,
}

/// Everything that is evaluated and shown.
#[derive(Default)]
pub(super) struct State {
    pub(super) engine: Engine,
    pub(super) book: RuleBook,
    pub(super) open: OpenAlerts,
    pub(super) silences: Vec<Silencer>,
    /// Messages that are not committed yet, in order.
    pub(super) uncommitted: VecDeque<Alert>,
    /// Whether the state of before was found again. Nothing may be changed before.
    pub(super) is_restored: bool,
}

impl Alerts {
    pub(crate) fn new(config: &Config, archive: Archive, intake: WeakAppender) -> Self {
        Self(Arc::new(Shared {
            documents: Documents::new(archive.shared_store()),
            archive,
            intake,
            sources: Mutex::new(RuleSources::of(config)),
            state: Mutex::default(),
            changing: tokio::sync::Mutex::default(),
            evaluating: tokio::sync::Mutex::default(),
            changed: Notify::new(),
            restored: watch::Sender::new(false),
            committed: watch::Sender::new(0),
        }))
    }

    /// Locked briefly, never across an await.
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the state of before was found again, as it changes.
    pub(super) fn restored(&self) -> watch::Receiver<bool> {
        self.0.restored.subscribe()
    }

    /// Changes when alerts were committed.
    pub(super) fn committed(&self) -> watch::Receiver<u64> {
        self.0.committed.subscribe()
    }

    /// The labels of a rule.
    pub(super) fn labels_of(&self, rule: &str) -> Labels {
        let state = self.state();
        let rule = state.engine.rule(rule);
        rule.map(|it| it.rule().definition().labels.clone())
            .unwrap_or_default()
    }

    /// Whether nobody is to be notified of an alert, which may have resolved meanwhile: it is silenced, or inhibited.
    pub(super) fn is_quiet(&self, alert: &Alert, now_ms: i64) -> bool {
        self.state().is_quiet(alert, self.own(), now_ms)
    }

    pub(super) fn own(&self) -> &OwnHost {
        self.0.archive.own()
    }

    pub(super) fn sources(&self) -> RuleSources {
        let sources = self.0.sources.lock();
        sources.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Uses the directory of rules and the default rules as they are configured now, once [`Alerts::reload`] is called.
    pub(crate) fn set_sources(&self, config: &Config) {
        let sources = self.0.sources.lock();
        *sources.unwrap_or_else(PoisonError::into_inner) = RuleSources::of(config);
    }
}

impl RuleSources {
    fn of(config: &Config) -> Self {
        let directory = match config.alerts.rules_dir.as_str() {
            "" => config.data_dir.join("rules"),
            directory => directory.into(),
        };
        Self {
            directory,
            has_defaults: config.alerts.default_rules,
        }
    }
}

impl State {
    /// Records what has happened, to be committed.
    pub(super) fn apply(&mut self, transitions: Vec<Transition>) {
        for transition in transitions {
            self.record(transition.alert(), transition.series);
        }
    }

    /// Records that an alert fired or resolved. What resolves is what the message said that fired, even if the clock was
    /// set or the host was renamed since.
    pub(super) fn record(&mut self, mut alert: Alert, series: SeriesKey) {
        let is_open = |id: &String| self.open.get(id).is_some();
        let open = match alert.id.as_ref().is_some_and(is_open) {
            true => None,
            false => self.open.of_series(&alert.rule, &series),
        };
        let is_firing = super::open_alerts::is_firing(&alert);
        match open {
            // Its rule had no room to continue it.
            Some(_) if is_firing => return,
            Some(open) => {
                alert.id.clone_from(&open.alert.id);
                alert.series.clone_from(&open.alert.series);
                alert.fired_at = Some(open.alert.timestamp);
            }
            None => {}
        }
        if is_firing {
            self.open.put(alert.clone(), series);
        } else if let Some(id) = &alert.id {
            self.open.remove(id);
        }
        self.uncommitted.push_back(alert);
    }

    fn is_quiet(&self, alert: &Alert, own: &OwnHost, now_ms: i64) -> bool {
        let open = alert.id.as_ref().and_then(|id| self.open.get(id));
        let series = match (open, &alert.series) {
            (Some(open), _) => Some(open.series.clone()),
            (None, Some(text)) => self.series_of_text(&alert.rule, text, own),
            (None, None) => None,
        };
        let series = series.unwrap_or_default();
        let silence = self.silence_of(&alert.rule, &series, now_ms);
        silence.is_some() || self.is_inhibited(&alert.rule, &series)
    }

    /// Whether an alert of another rule fires that inhibits those of this series. Alerts of rules that inhibit others are
    /// not inhibited, so that one of several is left.
    pub(super) fn is_inhibited(&self, rule: &str, series: &SeriesKey) -> bool {
        let rules = self.engine.rules().iter().map(EngineRule::rule);
        let inhibiting: Vec<&Rule> = rules
            .filter(|it| !it.definition().inhibits.is_empty())
            .collect();
        let named = |name: &str| inhibiting.iter().find(|it| it.name() == name);
        if inhibiting.is_empty() || named(rule).is_some() {
            return false;
        }
        let mut open = self.open.iter();
        open.any(|(_, open)| {
            named(&open.alert.rule).is_some_and(|it| it.inhibits(&open.series, series))
        })
    }

    /// The series of a message, even if its rule is not what it was.
    fn series_of_text(&self, rule: &str, text: &str, own: &OwnHost) -> Option<SeriesKey> {
        let rule = self.engine.rule(rule);
        let of_rule = rule.and_then(|rule| rule.rule().series_of_text(text, own));
        of_rule.or_else(|| {
            let mut selector: Selector = text.parse().ok()?;
            own.resolve_selector(&mut selector);
            selector.key()
        })
    }

    /// The silence that applies to an alert.
    pub(super) fn silence_of(&self, rule: &str, series: &SeriesKey, now_ms: i64) -> Option<&str> {
        let mut silences = self.silencers();
        let silence = silences.find(|it| it.applies(rule, series, now_ms));
        silence.map(Silencer::id)
    }

    /// The silences and maintenance windows of people, and those of files.
    pub(super) fn silencers(&self) -> impl Iterator<Item = &Silencer> {
        self.silences.iter().chain(self.book.maintenance())
    }
}

/// What rules and notifications read: what everybody may see.
pub(super) fn server_access() -> Access {
    Access::server().without_channels()
}

pub(super) fn now_ms() -> i64 {
    Timestamp::now().unix_ms()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::alerts::{Change, Reason};
    use protocol::AlertState;
    use protocol::alerting::RuleDefinition;

    fn transition(host: &str, change: Change) -> Transition {
        let mut definition = RuleDefinition::new("Load", "load");
        definition.above = Some(1.0);
        Transition {
            rule: Rule::new(definition, &OwnHost::new(host)).unwrap(),
            series: SeriesKey::new(host, "load", []),
            unit: None,
            change,
        }
    }

    #[test]
    fn what_fired_resolves_though_the_clock_was_set() {
        let mut state = State::default();
        let value = Some(2.0);
        let fired = Change::Fired {
            at_ms: 9_000,
            value,
        };
        state.apply(vec![transition("a", fired)]);
        let resolved = Change::Resolved {
            at_ms: 3_000,
            fired_ms: 2_000,
            value,
            reason: Reason::Cleared,
        };
        state.apply(vec![transition("a", resolved)]);
        let [fired, resolved] = state.uncommitted.make_contiguous() else {
            panic!("{:?}", state.uncommitted);
        };
        assert_eq!(resolved.state, AlertState::Resolved);
        assert_eq!(resolved.id, fired.id);
        assert_eq!(resolved.fired_at, Some(fired.timestamp));
        assert_eq!(state.open.iter().count(), 0);
        // A silence still applies to it.
        let silence = |series: &str| protocol::alerting::Silence {
            id: "1".into(),
            rule: None,
            series: Some(series.into()),
            starts_ms: 0,
            ends_ms: 10_000,
            repeat: None,
            by: String::new(),
            file: None,
            why: String::new(),
        };
        let own = OwnHost::new("a");
        let fired = state.uncommitted[0].clone();
        for (series, expected) in [(r#"load{host="a"}"#, true), (r#"load{host="b"}"#, false)] {
            let silencer = Silencer::new(silence(series), &own, &|_| None);
            state.silences = vec![silencer.unwrap()];
            assert_eq!(state.is_quiet(&fired, &own, 5_000), expected, "{series}");
        }
    }
}
