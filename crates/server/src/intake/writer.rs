mod batch;
mod retry_batch;

use super::appender::{WriterCommand, WriterCommands};
use super::outage_reports::OutageReports;
use super::retry_queue::RetryQueue;
use super::series::SeriesSender;
use super::{DirtyFlag, SequenceAllocator};
use crate::health::Health;
use crate::metrics::Metrics;
use batch::Batch;
use journal::{Chain, Frame, Journal};
use protocol::{Event, Level, Timestamp};
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
/// While the store is unavailable, the server's own messages are published at once and queued here; retries run
/// concurrently, and commit them in order once it is available again. All other messages are refused.
pub(crate) struct Writer {
    store: Arc<dyn Store>,
    journal: Journal,
    sequence: SequenceAllocator,
    dirty_flag: DirtyFlag,
    commands: mpsc::Receiver<WriterCommand>,
    series: SeriesSender,
    health: Health,
    metrics: Metrics,
    /// Empty unless the store is unavailable.
    retry_queue: RetryQueue,
    is_unavailable: bool,
    outage_reports: OutageReports,
    /// What belongs to the next batch.
    next: Batch,
}

impl Writer {
    pub(crate) fn new(
        store: Arc<dyn Store>,
        journal: Journal,
        (sequence, dirty_flag): (SequenceAllocator, DirtyFlag),
        WriterCommands(commands): WriterCommands,
        series: SeriesSender,
        health: Health,
        metrics: Metrics,
    ) -> Self {
        Self {
            store,
            journal,
            sequence,
            dirty_flag,
            commands,
            series,
            health,
            metrics,
            retry_queue: RetryQueue::default(),
            is_unavailable: false,
            outage_reports: OutageReports::default(),
            next: Batch::default(),
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
        self.find_chains(&batch).await;
        let entries = self.prepare(&batch);
        let Some(newest) = entries.last().map(|entry| entry.seq) else {
            batch.finish();
            return true;
        };
        let extras = batch.take_extras(&entries);
        let commit = async {
            self.sequence.reserved(newest).await;
            self.store.commit_with(&entries, &extras).await
        };
        let start = Instant::now();
        let outcome = tokio::time::timeout(COMMIT_TIME_MAX, commit).await;
        let why = match outcome {
            Ok(Ok(())) => {
                self.metrics.committed(start.elapsed());
                self.publish(newest, &entries, batch).await;
                return true;
            }
            Ok(Err(error)) => error.to_string(),
            Err(_) => "a commit takes longer than a second".to_owned(),
        };
        self.metrics.commit_failed();
        self.dirty_flag.set().await;
        if batch.is_all_own() {
            self.publish(newest, &entries, batch).await;
            self.retry_queue.push(entries);
        } else {
            self.withdraw(&entries, batch);
        }
        self.begin_outage(&why);
        true
    }

    /// Sends messages to viewers, and their samples to the series.
    async fn publish(&mut self, newest: u64, entries: &[Entry], mut batch: Batch) {
        let seqs: Vec<_> = entries.iter().map(|entry| entry.seq).collect();
        let lists = batch.apply(&seqs);
        self.journal.publish_replacing(newest, lists);
        self.series.send(batch.take_public(seqs.into_iter())).await;
        batch.finish();
    }

    /// Has a batch that could not be committed never have been, and refuses its messages except the server's own,
    /// which are published with other numbers.
    fn withdraw(&mut self, entries: &[Entry], mut batch: Batch) {
        self.journal.withdraw();
        if let (Some(first), Some(last)) = (entries.first(), entries.last()) {
            self.retry_queue.withdraw(first.seq..=last.seq);
        }
        batch.refuse_others();
        batch.append(std::mem::take(&mut self.next));
        self.next = batch;
    }

    /// Adds the messages that have arrived.
    fn gather(&mut self, batch: &mut Batch) {
        batch.append(std::mem::take(&mut self.next));
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
    async fn find_chains(&self, batch: &Batch) {
        let unknown = self.journal.unknown_chains(batch.in_channels());
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
    fn prepare(&self, batch: &Batch) -> Vec<Entry> {
        let frames = self.journal.prepare_each(batch.in_channels());
        if let Some(newest) = frames.last() {
            self.sequence.assign(newest.seq());
        }
        frames.iter().map(|frame| entry(frame)).collect()
    }

    /// From now on the server's own messages are published before they are committed.
    fn begin_outage(&mut self, why: &str) {
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
            "The store takes nothing. The server's own messages are kept in memory, those of others are refused."
        );
        let before = match others {
            0 => String::new(),
            others => format!("; so it did {others} times since this was last said"),
        };
        self.append_event(
            Level::Error,
            format!(
                "The store takes nothing ({why}); what the server measures is kept in memory meanwhile, and what \
                 programs report is refused{before}"
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
                let entries = self.prepare(&batch);
                if let Some(newest) = entries.last() {
                    self.publish(newest.seq, &entries, batch).await;
                    self.retry_queue.push(entries);
                }
                self.metrics.set_uncommitted(self.retry_queue.len());
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
                self.metrics.commit_failed();
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
        self.next.add_during_outage(command);
    }

    /// The store has everything again.
    async fn end_outage(&mut self) {
        self.is_unavailable = false;
        self.metrics.set_uncommitted(0);
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
        let event = Event {
            timestamp: Timestamp::now(),
            level,
            source: "store".into(),
            message,
        };
        self.next.push(event.into());
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
