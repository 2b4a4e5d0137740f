mod batch;
mod retry_batch;

use super::appender::{WriterCommand, WriterCommands};
use super::outage_reports::OutageReports;
use super::retry_queue::RetryQueue;
use super::series::SeriesSender;
use super::{DirtyFlag, SequenceAllocator};
use crate::health::Health;
use batch::Batch;
use journal::{Chain, Frame, Journal};
use protocol::{Durable, Event, Level, Timestamp};
use retry_batch::RetryBatch;
use std::sync::Arc;
use std::time::Duration;
use store::{ChainName, ChainSet, Entry, Store};
use tokio::sync::mpsc;
use tokio::time::Instant;

/// The longest that viewers wait for a commit. Beyond, the store counts as unavailable.
const COMMIT_TIME_MAX: Duration = Duration::from_secs(1);

/// Messages of one commit. More wait for the next one, which follows at once.
const BATCH_MESSAGES_MAX: usize = 2_000;

/// How often an unavailable store is tried.
const RETRY_EVERY: Duration = Duration::from_secs(1);

/// Commits messages to the store and then publishes them: in one transaction all that arrived during the
/// previous one.
///
/// While the store is unavailable, messages are published at once and queued here; retries run
/// concurrently, and commit them in order once it is available again.
pub(crate) struct Writer {
    store: Arc<dyn Store>,
    journal: Journal,
    sequence: SequenceAllocator,
    dirty_flag: DirtyFlag,
    commands: mpsc::Receiver<WriterCommand>,
    series: SeriesSender,
    health: Health,
    /// Empty unless the store is unavailable.
    retry_queue: RetryQueue,
    is_unavailable: bool,
    outage_reports: OutageReports,
    /// Messages that belong to the next batch.
    next: Vec<Durable>,
}

impl Writer {
    pub(crate) fn new(
        store: Arc<dyn Store>,
        journal: Journal,
        (sequence, dirty_flag): (SequenceAllocator, DirtyFlag),
        WriterCommands(commands): WriterCommands,
        series: SeriesSender,
        health: Health,
    ) -> Self {
        Self {
            store,
            journal,
            sequence,
            dirty_flag,
            commands,
            series,
            health,
            retry_queue: RetryQueue::default(),
            is_unavailable: false,
            outage_reports: OutageReports::default(),
            next: Vec::new(),
        }
    }

    /// Runs until the last [`Appender`](super::Appender) is dropped; then closes the store.
    pub(crate) async fn run(mut self) {
        loop {
            let is_open = if self.is_unavailable {
                self.write_during_outage().await
            } else {
                self.write_next().await
            };
            if !is_open {
                break;
            }
        }
        self.finish().await;
    }

    /// Waits for messages, commits and publishes them. False once there is no appender.
    async fn write_next(&mut self) -> bool {
        let mut batch = Batch::default();
        if self.next.is_empty() {
            match self.commands.recv().await {
                Some(command) => batch.add(command),
                None => return false,
            }
        }
        self.sequence.enough().await;
        self.gather(&mut batch);
        self.find_chains(&batch.messages).await;
        let entries = self.prepare(&batch.messages);
        let Some(newest) = entries.last().map(|entry| entry.seq) else {
            return true;
        };
        let commit = async {
            self.sequence.reserved(newest).await;
            self.store.commit(&entries).await
        };
        let outcome = tokio::time::timeout(COMMIT_TIME_MAX, commit).await;
        let is_committed = matches!(outcome, Ok(Ok(())));
        if !is_committed {
            self.dirty_flag.set().await;
        }
        self.journal.publish(newest);
        self.series.send(std::mem::take(&mut batch.messages));
        batch.finish(is_committed);
        match outcome {
            Ok(Ok(())) => {}
            Ok(Err(error)) => self.begin_outage(entries, &error.to_string()),
            Err(_) => self.begin_outage(entries, "a commit takes longer than a second"),
        }
        true
    }

    /// Adds the messages that have arrived.
    fn gather(&mut self, batch: &mut Batch) {
        batch.messages.append(&mut self.next);
        while batch.messages.len() < BATCH_MESSAGES_MAX {
            match self.commands.try_recv() {
                Ok(command) if self.is_unavailable => batch.add_during_outage(command),
                Ok(command) => batch.add(command),
                Err(_) => return,
            }
        }
    }

    /// Asks the store for the newest message of each chain that the journal does not know. If it does not answer, a
    /// viewer may suspect a loss where there is none.
    async fn find_chains(&self, messages: &[Durable]) {
        let unknown = self.journal.unknown_chains(None, messages);
        if unknown.is_empty() {
            return;
        }
        let chains = unknown.iter().map(|(stream, facets)| {
            let chains = match facets.chain() {
                Chain::Channel(channel) => ChainSet::Channel(channel.to_owned()),
                chain => ChainSet::Hosts(vec![chain.host().map(str::to_owned)]),
            };
            (*stream, chains)
        });
        let chains: Vec<_> = chains.collect();
        let states = self.store.chain_states(&chains);
        let Ok(Ok(states)) = tokio::time::timeout(COMMIT_TIME_MAX, states).await else {
            return;
        };
        for ((stream, facets), state) in unknown.iter().zip(states) {
            let chain = facets.chain();
            self.journal.set_newest_of(*stream, chain, state.newest_seq);
        }
    }

    /// Assigns sequence numbers.
    fn prepare(&self, messages: &[Durable]) -> Vec<Entry> {
        let frames = self.journal.prepare(messages);
        if let Some(newest) = frames.last() {
            self.sequence.assign(newest.seq());
        }
        frames.iter().map(|frame| entry(frame)).collect()
    }

    /// From now on messages are published before they are committed.
    fn begin_outage(&mut self, entries: Vec<Entry>, why: &str) {
        self.retry_queue.push(entries);
        self.is_unavailable = true;
        self.health.set_store(Some(why.to_owned()));
        self.outage_reports.begin();
        self.report_outage(why);
    }

    /// Reports the outage, unless it or another was reported just now.
    fn report_outage(&mut self, why: &str) {
        let Some(others) = self.outage_reports.report(Instant::now()) else {
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
        self.append_event(
            Level::Error,
            format!(
                "The store takes nothing ({why}); what comes is kept in memory meanwhile{before}"
            ),
        );
    }

    /// Publishes messages as they arrive, and retries the store concurrently. False once there is no
    /// appender.
    async fn write_during_outage(&mut self) -> bool {
        let mut try_at = Instant::now() + RETRY_EVERY;
        while !self.retry_queue.is_empty() {
            let retry = RetryBatch::of(&self.retry_queue);
            let commit = retry.commit(Arc::clone(&self.store), self.sequence.clone(), try_at);
            tokio::pin!(commit);
            let outcome = loop {
                // Without sequence numbers nothing is published, so appenders wait and no queue grows.
                let may_publish = !self.sequence.is_short();
                let mut batch = Batch::default();
                if may_publish {
                    self.gather(&mut batch);
                }
                let entries = self.prepare(&batch.messages);
                if let Some(newest) = entries.last() {
                    self.journal.publish(newest.seq);
                    self.retry_queue.push(entries);
                    self.series.send(std::mem::take(&mut batch.messages));
                }
                batch.finish(false);
                tokio::select! {
                    outcome = &mut commit => break outcome,
                    command = self.commands.recv(), if may_publish => match command {
                        Some(command) => self.receive_during_outage(command),
                        None => return false,
                    },
                }
            };
            try_at = Instant::now();
            if let Err(error) = &outcome {
                let why = error.to_string();
                self.report_outage(&why);
                self.health.set_store(Some(why));
                try_at += RETRY_EVERY;
            }
            retry.finish(&outcome, &mut self.retry_queue);
        }
        self.end_outage().await;
        true
    }

    fn receive_during_outage(&mut self, command: WriterCommand) {
        let mut batch = Batch::default();
        batch.add_during_outage(command);
        self.next.append(&mut batch.messages);
        batch.finish(false);
    }

    /// The store has everything again.
    async fn end_outage(&mut self) {
        self.is_unavailable = false;
        self.dirty_flag.clear().await;
        self.health.set_store(None);
        let lost = self.retry_queue.take_dropped_count();
        let was_reported = self.outage_reports.end();
        if !was_reported && lost == 0 {
            return;
        }
        tracing::info!(lost, "The store is back.");
        let (level, rest) = match lost {
            0 => (Level::Success, "everything since is written".to_owned()),
            lost => (Level::Warning, format!("{lost} messages could not be kept")),
        };
        self.append_event(level, format!("The store is back; {rest}"));
    }

    /// Commits what is left, series included, and records a clean stop: after an unclean one the next start
    /// skips every sequence number that may have been assigned.
    async fn finish(mut self) {
        while !self.retry_queue.is_empty() {
            let retry = RetryBatch::of(&self.retry_queue);
            let (store, sequence) = (Arc::clone(&self.store), self.sequence.clone());
            let commit = retry.commit(store, sequence, Instant::now());
            match tokio::time::timeout(COMMIT_TIME_MAX, commit).await {
                Ok(outcome @ Ok(())) => retry.finish(&outcome, &mut self.retry_queue),
                Ok(Err(_)) | Err(_) => {
                    let messages = self.retry_queue.len();
                    tracing::error!(messages, "The store takes nothing; what it lacks is lost.");
                    return;
                }
            }
        }
        self.series.finish().await;
        match self.store.finish(self.journal.head()).await {
            Ok(()) => self.dirty_flag.clear().await,
            Err(error) => tracing::error!(%error, "The store could not be closed."),
        }
    }

    fn append_event(&mut self, level: Level, message: String) {
        self.next.push(Durable::Event(Event {
            timestamp: Timestamp::now(),
            level,
            source: "store".into(),
            message,
        }));
    }
}

fn entry(frame: &Frame) -> Entry {
    let position = frame.position();
    Entry {
        seq: position.seq,
        prev: position.prev,
        stream: position.stream,
        at_ms: frame.timestamp().unix_ms(),
        chain: ChainName {
            channel: frame.chain().channel().map(str::to_owned),
            host: frame.chain().host().map(str::to_owned),
        },
        body: frame.json().to_owned(),
    }
}
