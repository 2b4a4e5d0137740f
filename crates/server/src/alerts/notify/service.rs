use super::batch::Batch;
use super::target::{self, StoredCursor, StoredTarget};
use crate::accounts::{AccountError, Actor};
use crate::alerts::changes::{Author, random_id};
use crate::alerts::documents::{Kind, Read};
use crate::alerts::service::{Alerts, now_ms};
use crate::outgoing::{Mailer, Outgoing};
use accounts::Action;
use protocol::alerting::{
    DeliveryFailure, NewTarget, TargetInfo, TargetKind, TargetList, TargetTest, WebhookAlert,
};
use protocol::{Alert, AlertState, Labels, Level, Timestamp};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

/// More targets are refused.
const TARGETS_MAX: usize = 50;

/// So many failures are listed.
const FAILURES_MAX: usize = 20;

/// How long an alert waits for others of the same moment, so that all are one notification, and what one of them inhibits
/// is none.
const GRACE: Duration = Duration::from_millis(500);

/// How often targets look for silences that have ended.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// What notifications need beside alerts.
pub(crate) struct NotifierSettings {
    /// The client for requests.
    pub(crate) outgoing: Outgoing,
    /// Sends e-mail, if that is configured.
    pub(crate) mailer: Option<Mailer>,
    /// The address of the page, for links.
    pub(crate) page_url: String,
    /// The log that cursors are positions of, and its newest position.
    pub(crate) epoch: String,
    pub(crate) journal: journal::Journal,
}

/// The targets of notifications. A cheap, shared handle.
#[derive(Clone)]
pub(crate) struct Notifiers(pub(super) Arc<Shared>);

pub(super) struct Shared {
    pub(super) alerts: Alerts,
    pub(super) outgoing: Outgoing,
    pub(super) mailer: Option<Mailer>,
    page_url: String,
    epoch: String,
    journal: journal::Journal,
    targets: Mutex<BTreeMap<String, State>>,
    /// Held while targets are changed.
    changing: tokio::sync::Mutex<()>,
    changed: Notify,
}

/// A target, and what became of its notifications.
pub(super) struct State {
    stored: StoredTarget,
    pub(super) cursor: StoredCursor,
    pub(super) delivered: u64,
    pub(super) delivered_ms: Option<i64>,
    failures: VecDeque<DeliveryFailure>,
    /// What was not accepted at first.
    pub(super) batch: Option<Batch>,
}

impl State {
    fn new(stored: StoredTarget, cursor: StoredCursor) -> Self {
        Self {
            stored,
            cursor,
            delivered: 0,
            delivered_ms: None,
            failures: VecDeque::new(),
            batch: None,
        }
    }

    pub(super) fn failed(&mut self, why: String, is_final: bool) {
        self.failures.push_front(DeliveryFailure {
            at_ms: now_ms(),
            why,
            is_final,
        });
        self.failures.truncate(FAILURES_MAX);
    }
}

impl Notifiers {
    pub(crate) fn new(alerts: Alerts, settings: NotifierSettings) -> Self {
        Self(Arc::new(Shared {
            alerts,
            outgoing: settings.outgoing,
            mailer: settings.mailer,
            page_url: settings.page_url,
            epoch: settings.epoch,
            journal: settings.journal,
            targets: Mutex::default(),
            changing: tokio::sync::Mutex::default(),
            changed: Notify::new(),
        }))
    }

    pub(super) fn page_url(&self) -> &str {
        &self.0.page_url
    }

    fn targets(&self) -> MutexGuard<'_, BTreeMap<String, State>> {
        self.0
            .targets
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// A target and its cursor.
    pub(super) fn target(&self, id: &str) -> Option<(NewTarget, StoredCursor)> {
        let targets = self.targets();
        let state = targets.get(id)?;
        Some((state.stored.target.clone(), state.cursor.clone()))
    }

    /// What a target did not accept at first.
    pub(super) fn batch(&self, id: &str) -> Option<Batch> {
        self.targets().get(id)?.batch
    }

    /// Changes the state of a target; false if there is none.
    pub(super) fn update(&self, id: &str, change: impl FnOnce(&mut State)) -> bool {
        let mut targets = self.targets();
        let state = targets.get_mut(id);
        state.map(change).is_some()
    }

    /// A cursor after which there is nothing yet.
    fn newest(&self) -> StoredCursor {
        StoredCursor {
            epoch: self.0.epoch.clone(),
            seq: self.0.journal.head(),
            ..StoredCursor::default()
        }
    }

    fn restore(&self, documents: &Read) {
        let cursors: BTreeMap<String, StoredCursor> =
            documents.of(Kind::Cursor).into_iter().collect();
        for (id, stored) in documents.of::<StoredTarget>(Kind::Target) {
            let cursor = cursors.get(&id).filter(|it| it.epoch == self.0.epoch);
            let cursor = cursor.cloned().unwrap_or_else(|| self.newest());
            self.targets().insert(id, State::new(stored, cursor));
        }
    }

    /// Notifies the targets until the server stops.
    pub(crate) async fn run(self, mut stop: watch::Receiver<bool>) {
        let mut restored = self.0.alerts.restored();
        loop {
            if *restored.borrow_and_update() {
                break;
            }
            tokio::select! {
                _ = restored.changed() => {}
                _ = stop.changed() => return,
            }
        }
        loop {
            match self.0.alerts.0.documents.read().await {
                Ok(documents) => break self.restore(&documents),
                Err(error) => tracing::warn!(%error, "Targets could not be read."),
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK_EVERY) => {}
                _ = stop.changed() => return,
            }
        }
        let mut committed = self.0.alerts.committed();
        let mut schedule = Schedule::default();
        let mut busy = JoinSet::new();
        loop {
            let ids: Vec<String> = self.targets().keys().cloned().collect();
            for (id, failures) in schedule.due(ids, Instant::now()) {
                let own = self.clone();
                busy.spawn(async move {
                    let (next, failures) = own.deliver(&id, failures).await;
                    (id, next, failures)
                });
            }
            tokio::select! {
                Some(done) = busy.join_next(), if !busy.is_empty() => match done {
                    Ok((id, next, failures)) => schedule.done(id, next, failures),
                    // It has panicked, and is tried anew.
                    Err(_) => schedule = Schedule::default(),
                },
                () = tokio::time::sleep_until(schedule.wake(Instant::now())) => {}
                _ = committed.changed() => schedule.happened(Instant::now() + GRACE),
                () = self.0.changed.notified() => schedule.happened(Instant::now()),
                _ = stop.changed() => return,
            }
        }
    }

    /// The targets, by name.
    pub(crate) fn list(&self) -> TargetList {
        let targets = self.targets();
        let targets = targets.iter().map(|(id, state)| TargetInfo {
            delivered: state.delivered,
            delivered_ms: state.delivered_ms,
            failures: state.failures.iter().cloned().collect(),
            ..target::info(id, &state.stored)
        });
        let mut targets: Vec<TargetInfo> = targets.collect();
        targets.sort_by(|one, other| one.name.cmp(&other.name));
        TargetList { targets }
    }

    /// Creates a target, which is notified of what happens from now on.
    pub(crate) async fn create(
        &self,
        author: Author,
        new: NewTarget,
    ) -> Result<TargetInfo, AccountError> {
        let _changing = self.0.changing.lock().await;
        let by = self.author(&author)?;
        target::check(&new).map_err(AccountError::Invalid)?;
        if new.kind == TargetKind::Email && self.0.mailer.is_none() {
            let why = "`kind`: e-mail needs the settings `alerts.smtp_url` and `alerts.smtp_from`";
            return Err(AccountError::Invalid(why.into()));
        }
        let is_taken = self
            .targets()
            .values()
            .any(|it| it.stored.target.name == new.name);
        if is_taken || self.targets().len() >= TARGETS_MAX {
            let why = format!("there is a target of that name, or there are {TARGETS_MAX} already");
            return Err(AccountError::Conflict(why));
        }
        let id = random_id()?;
        let text = format!("{by} created the target of notifications {}", new.name);
        author.accounts.audit(Level::Info, text).await?;
        let stored = StoredTarget { target: new, by };
        let cursor = self.newest();
        let documents = &self.0.alerts.0.documents;
        documents.put(Kind::Cursor, &id, &cursor).await?;
        documents.put(Kind::Target, &id, &stored).await?;
        let info = target::info(&id, &stored);
        self.targets().insert(id, State::new(stored, cursor));
        self.0.changed.notify_one();
        Ok(info)
    }

    /// Removes a target.
    pub(crate) async fn remove(&self, author: Author, id: &str) -> Result<(), AccountError> {
        let _changing = self.0.changing.lock().await;
        let by = self.author(&author)?;
        let name = self.target(id).map(|(target, _)| target.name);
        let name = name.ok_or(AccountError::Unknown("target"))?;
        let text = format!("{by} removed the target of notifications {name}");
        author.accounts.audit(Level::Info, text).await?;
        let documents = &self.0.alerts.0.documents;
        documents.remove(Kind::Target, id).await?;
        documents.remove(Kind::Cursor, id).await?;
        self.targets().remove(id);
        Ok(())
    }

    /// Sends a test to a target.
    pub(crate) async fn test(&self, id: &str) -> Result<TargetTest, AccountError> {
        let (target, _) = self.target(id).ok_or(AccountError::Unknown("target"))?;
        let now = Timestamp::now();
        let alert = Alert {
            timestamp: now,
            state: AlertState::Firing,
            level: Level::Info,
            rule: "Test".into(),
            message: "This is a test of Watchroom's notifications".into(),
            value: None,
            host: None,
            id: Some(format!("test-{}", now.unix_ms())),
            series: None,
            fired_at: None,
            runbook: None,
        };
        let alert = WebhookAlert {
            url: format!("{}/alerts", self.page_url().trim_end_matches('/')),
            alert,
            labels: Labels::new(),
            processes: Vec::new(),
            events: Vec::new(),
        };
        let start = Instant::now();
        let outcome = self.send(&target, vec![alert]).await;
        let elapsed_ms = start.elapsed().as_millis() as u64;
        let (status, error) = match outcome {
            Ok(status) => (Some(status), None),
            Err(error) => (None, Some(error.to_string())),
        };
        Ok(TargetTest {
            status,
            error,
            elapsed_ms,
        })
    }

    fn author(&self, author: &Author) -> Result<String, AccountError> {
        let actor = Actor::Sender(&author.principal);
        author.accounts.still_may(actor, Action::ManageTargets)
    }
}

/// When which target is notified.
#[derive(Default)]
struct Schedule {
    /// Those that are being notified, and whether something has happened since.
    busy: BTreeMap<String, bool>,
    waiting: BTreeMap<String, Wait>,
}

#[derive(Default)]
struct Wait {
    until: Option<Instant>,
    /// Whether there was nothing to do, so that whatever happens ends it.
    is_idle: bool,
    failures: u32,
}

impl Schedule {
    /// The targets to be notified now, and how often each has failed.
    fn due(&mut self, ids: Vec<String>, now: Instant) -> Vec<(String, u32)> {
        self.waiting.retain(|id, _| ids.contains(id));
        let mut due = Vec::new();
        for id in ids {
            if self.busy.contains_key(&id) {
                continue;
            }
            let wait = self.waiting.get(&id);
            if wait
                .and_then(|it| it.until)
                .is_none_or(|until| until <= now)
            {
                due.push((id.clone(), wait.map_or(0, |it| it.failures)));
                self.busy.insert(id, false);
            }
        }
        due
    }

    fn done(&mut self, id: String, next: Option<Instant>, failures: u32) {
        let has_happened = self.busy.remove(&id).unwrap_or_default();
        let idle_until = Instant::now() + LOOK_EVERY;
        let wait = Wait {
            until: next
                .or(Some(idle_until))
                .filter(|_| next.is_some() || !has_happened),
            is_idle: next.is_none(),
            failures,
        };
        self.waiting.insert(id, wait);
    }

    /// Something has happened, of which idle targets are notified at a time.
    fn happened(&mut self, at: Instant) {
        self.busy
            .values_mut()
            .for_each(|has_happened| *has_happened = true);
        for wait in self.waiting.values_mut().filter(|it| it.is_idle) {
            wait.until = Some(wait.until.map_or(at, |until| until.min(at)));
        }
    }

    /// When the next one is due, at the latest.
    fn wake(&self, now: Instant) -> Instant {
        let waiting = self
            .waiting
            .iter()
            .filter(|(id, _)| !self.busy.contains_key(*id));
        let earliest = waiting.filter_map(|(_, wait)| wait.until).min();
        earliest.unwrap_or(now + LOOK_EVERY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_happens_meanwhile_is_not_overlooked() {
        let ids = || vec!["a".to_owned()];
        let now = Instant::now();
        let mut schedule = Schedule::default();
        assert_eq!(schedule.due(ids(), now), [("a".to_owned(), 0)]);
        assert!(schedule.due(ids(), now).is_empty(), "it is busy");
        schedule.happened(now);
        schedule.done("a".into(), None, 0);
        assert_eq!(schedule.due(ids(), now).len(), 1);
        schedule.done("a".into(), None, 0);
        assert!(schedule.due(ids(), now).is_empty(), "it is idle");
        schedule.happened(now);
        assert_eq!(schedule.due(ids(), now).len(), 1);
        // A pause, or a retry, is not cut short.
        let later = now + Duration::from_secs(10);
        schedule.done("a".into(), Some(later), 3);
        schedule.happened(now);
        assert!(schedule.due(ids(), now).is_empty());
        assert_eq!(schedule.wake(now), later);
        assert_eq!(schedule.due(ids(), later), [("a".to_owned(), 3)]);
    }
}
