use super::appender::{Note, Uncommitted};
use super::health::Health;
use super::mark::Mark;
use super::numbers::Numbers;
use super::outages::Outages;
use super::series::Feed;
use super::unwritten::Unwritten;
use crate::clock;
use journal::{Frame, Journal};
use protocol::{Durable, Event, Level, Stream};
use std::sync::Arc;
use std::time::Duration;
use store::{Entry, Store, StoreError};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

/// The longest that viewers wait for a commit. Then they see what is not written yet, and are told.
const COMMIT_TIME_MAX: Duration = Duration::from_secs(1);

/// Messages of one commit. More wait for the next, which follows at once.
const BATCH_MESSAGES_MAX: usize = 2_000;

/// How often a store that is away is tried.
const RETRY_EVERY: Duration = Duration::from_secs(1);

/// Writes messages down and then shows them: one transaction for whatever came while the one before
/// was under way.
///
/// While the store takes nothing, messages are shown at once and kept here; the store is tried
/// beside that, and gets them in order once it is back.
pub(crate) struct Writer {
    store: Arc<dyn Store>,
    journal: Journal,
    numbers: Numbers,
    mark: Mark,
    notes: mpsc::Receiver<Note>,
    feed: Feed,
    health: Health,
    /// Not empty only while the store is away.
    unwritten: Unwritten,
    is_away: bool,
    outages: Outages,
    /// The writer's own messages, which go with the next batch.
    own: Vec<Durable>,
}

/// Whatever came since the last commit.
#[derive(Default)]
struct Batch {
    messages: Vec<Durable>,
    /// Dropping them says that it is done.
    flushes: Vec<oneshot::Sender<()>>,
    commits: Vec<oneshot::Sender<Result<(), Uncommitted>>>,
}

impl Batch {
    fn add(&mut self, note: Note) {
        match note {
            Note::Append(messages) => self.messages.extend(messages),
            Note::Commit(messages, done) => {
                self.messages.extend(messages);
                self.commits.push(done);
            }
            Note::Flush(done) => self.flushes.push(done),
        }
    }

    /// The same while the store is away: only the server's own messages are shown without it.
    fn add_uncommitted(&mut self, note: Note) {
        match note {
            Note::Commit(_, done) => answer(done, Err(Uncommitted)),
            Note::Append(_) | Note::Flush(_) => self.add(note),
        }
    }
}

/// Nobody may wait for it any more.
fn answer(done: oneshot::Sender<Result<(), Uncommitted>>, outcome: Result<(), Uncommitted>) {
    let _ = done.send(outcome);
}

impl Writer {
    pub(super) fn new(
        store: Arc<dyn Store>,
        journal: Journal,
        (numbers, mark): (Numbers, Mark),
        notes: mpsc::Receiver<Note>,
        feed: Feed,
        health: Health,
    ) -> Self {
        Self {
            store,
            journal,
            numbers,
            mark,
            notes,
            feed,
            health,
            unwritten: Unwritten::default(),
            is_away: false,
            outages: Outages::default(),
            own: Vec::new(),
        }
    }

    /// Runs until nobody can append any more; then the store is closed in good order.
    pub(crate) async fn run(mut self) {
        loop {
            let is_open = if self.is_away {
                self.write_while_away().await
            } else {
                self.write_next().await
            };
            if !is_open {
                break;
            }
        }
        self.finish().await;
    }

    /// Waits for messages, commits them, and shows them. False once nobody can append any more.
    async fn write_next(&mut self) -> bool {
        let mut batch = Batch::default();
        if self.own.is_empty() {
            match self.notes.recv().await {
                Some(note) => batch.add(note),
                None => return false,
            }
        }
        self.numbers.enough().await;
        self.gather(&mut batch);
        let entries = self.prepare(&batch.messages);
        let Some(newest) = entries.last().map(|entry| entry.seq) else {
            return true;
        };
        let commit = async {
            self.numbers.reserved(newest).await;
            self.store.commit(&entries).await
        };
        let outcome = tokio::time::timeout(COMMIT_TIME_MAX, commit).await;
        if !matches!(outcome, Ok(Ok(()))) {
            self.mark.set().await;
        }
        self.journal.publish(newest);
        self.feed.give(batch.messages);
        for done in batch.commits {
            let is_committed = matches!(outcome, Ok(Ok(())));
            answer(done, is_committed.then_some(()).ok_or(Uncommitted));
        }
        match outcome {
            Ok(Ok(())) => {}
            Ok(Err(error)) => self.leave(entries, &error.to_string()),
            Err(_) => self.leave(entries, "a commit takes longer than a second"),
        }
        true
    }

    /// Adds what has come meanwhile.
    fn gather(&mut self, batch: &mut Batch) {
        batch.messages.append(&mut self.own);
        while batch.messages.len() < BATCH_MESSAGES_MAX {
            match self.notes.try_recv() {
                Ok(note) if self.is_away => batch.add_uncommitted(note),
                Ok(note) => batch.add(note),
                Err(_) => return,
            }
        }
    }

    /// Gives numbers.
    fn prepare(&self, messages: &[Durable]) -> Vec<Entry> {
        let frames = self.journal.prepare(messages);
        if let Some(newest) = frames.last() {
            self.numbers.give(newest.seq());
        }
        frames.iter().map(|frame| entry(frame)).collect()
    }

    /// The store takes nothing: from now on messages are shown before they are written.
    fn leave(&mut self, entries: Vec<Entry>, why: &str) {
        self.unwritten.push(entries);
        self.is_away = true;
        self.health.set_store(Some(why.to_owned()));
        self.outages.begin();
        self.say_that_it_is_away(why);
    }

    /// Unless it was said just now.
    fn say_that_it_is_away(&mut self, why: &str) {
        let Some(others) = self.outages.may_say_so(Instant::now()) else {
            return;
        };
        tracing::error!(
            why,
            others,
            "The store takes nothing. Live goes on; what comes is kept in memory."
        );
        let before = match others {
            0 => String::new(),
            others => format!("; so it did {others} times since this was last said"),
        };
        self.say(
            Level::Error,
            format!(
                "The store takes nothing ({why}); what comes is kept in memory meanwhile{before}"
            ),
        );
    }

    /// Shows messages as they come, and tries the store beside that. False once nobody can append
    /// any more.
    async fn write_while_away(&mut self) -> bool {
        let mut try_at = Instant::now() + RETRY_EVERY;
        while !self.unwritten.is_empty() {
            let debt = Debt::of(&self.unwritten);
            let paying = debt.pay(Arc::clone(&self.store), self.numbers.clone(), try_at);
            tokio::pin!(paying);
            let outcome = loop {
                // Out of numbers, live has to wait as well: whoever appends does, and nothing grows.
                let may_go_on = !self.numbers.are_short();
                let mut batch = Batch::default();
                if may_go_on {
                    self.gather(&mut batch);
                }
                let entries = self.prepare(&batch.messages);
                if let Some(newest) = entries.last() {
                    self.journal.publish(newest.seq);
                    self.unwritten.push(entries);
                    self.feed.give(batch.messages);
                }
                drop(batch.flushes);
                tokio::select! {
                    outcome = &mut paying => break outcome,
                    note = self.notes.recv(), if may_go_on => match note {
                        Some(Note::Append(messages)) => self.own.extend(messages),
                        Some(Note::Commit(_, done)) => answer(done, Err(Uncommitted)),
                        Some(Note::Flush(done)) => drop(done),
                        None => return false,
                    },
                }
            };
            try_at = Instant::now();
            if let Err(error) = &outcome {
                let why = error.to_string();
                self.say_that_it_is_away(&why);
                self.health.set_store(Some(why));
                try_at += RETRY_EVERY;
            }
            debt.settle(&outcome, &mut self.unwritten);
        }
        self.come_back().await;
        true
    }

    /// The store has everything again.
    async fn come_back(&mut self) {
        self.is_away = false;
        self.mark.clear().await;
        self.health.set_store(None);
        let lost = self.unwritten.take_forgone_count();
        let was_said = self.outages.end();
        if !was_said && lost == 0 {
            return;
        }
        tracing::info!(lost, "The store is back.");
        let (level, rest) = match lost {
            0 => (Level::Success, "everything since is written".to_owned()),
            lost => (Level::Warning, format!("{lost} messages could not be kept")),
        };
        self.say(level, format!("The store is back; {rest}"));
    }

    /// Writes what is left, series included, and marks a clean end: without the mark the next start passes over
    /// whatever may have been given.
    async fn finish(mut self) {
        while !self.unwritten.is_empty() {
            let debt = Debt::of(&self.unwritten);
            let paying = debt.pay(
                Arc::clone(&self.store),
                self.numbers.clone(),
                Instant::now(),
            );
            match tokio::time::timeout(COMMIT_TIME_MAX, paying).await {
                Ok(outcome @ Ok(())) => debt.settle(&outcome, &mut self.unwritten),
                Ok(Err(_)) | Err(_) => {
                    let messages = self.unwritten.len();
                    tracing::error!(messages, "The store takes nothing; what it lacks is lost.");
                    return;
                }
            }
        }
        self.feed.end().await;
        match self.store.finish(self.journal.head()).await {
            Ok(()) => self.mark.clear().await,
            Err(error) => tracing::error!(%error, "The store could not be closed in good order."),
        }
    }

    fn say(&mut self, level: Level, message: String) {
        self.own.push(Durable::Event(Event {
            timestamp: clock::wall_time(),
            level,
            source: "store".into(),
            message,
        }));
    }
}

/// A part of what a store that was away is owed.
struct Debt {
    forgone: Vec<(Stream, u64)>,
    entries: Vec<Entry>,
}

impl Debt {
    fn of(unwritten: &Unwritten) -> Self {
        Self {
            forgone: unwritten.forgone_streams(),
            entries: unwritten.first(),
        }
    }

    /// Tells the store, at that time, what was given up, and gives it what comes next.
    fn pay(
        &self,
        store: Arc<dyn Store>,
        numbers: Numbers,
        at: Instant,
    ) -> impl Future<Output = Result<(), StoreError>> + Send + use<> {
        let (forgone, entries) = (self.forgone.clone(), self.entries.clone());
        async move {
            tokio::time::sleep_until(at).await;
            let newest = entries.last().map_or(0, |entry| entry.seq);
            let newest_forgone = forgone.iter().map(|(_, seq)| *seq).max();
            numbers
                .reserved(newest.max(newest_forgone.unwrap_or(0)))
                .await;
            if !forgone.is_empty() {
                store.mark_lost(&forgone).await?;
            }
            if entries.is_empty() {
                return Ok(());
            }
            store.commit(&entries).await
        }
    }

    fn settle(self, outcome: &Result<(), StoreError>, unwritten: &mut Unwritten) {
        match outcome {
            Ok(()) => {
                unwritten.told(&self.forgone);
                unwritten.written(self.entries.last().map_or(0, |entry| entry.seq));
            }
            Err(StoreError::Faulty(what)) => {
                // Trying again would not help, and would keep everything behind it out.
                tracing::error!(what, "Messages cannot be written and are given up.");
                unwritten.forgo(self.entries.len());
            }
            Err(StoreError::Unreachable(_) | StoreError::Full(_)) => {}
        }
    }
}

fn entry(frame: &Frame) -> Entry {
    let position = frame.position();
    Entry {
        seq: position.seq,
        prev: position.prev,
        stream: position.stream,
        at_ms: frame.timestamp().unix_ms(),
        body: frame.json().to_owned(),
    }
}
