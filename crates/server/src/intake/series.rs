use super::refused_series::RefusalReports;
use super::{PointIntake, WeakAppender};
use crate::alerts::{AlertPoints, ReceivedPoints};
use crate::maintenance::sealing;
use crate::metrics::{Metrics, RejectedMessage};
use crate::reading::Archive;
use access::Access;
use history::series::{IngestOutcome, Members};
use protocol::{Durable, Samples, SeriesKey, SeriesSet, Stream, Timestamp};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use store::{Entry, RangePage, StoreError};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;

/// Batches that may wait; each is processed within milliseconds, except while the journal is replayed. Beyond, the
/// writer waits.
const WAITING_MAX: usize = 4_096;

/// Messages of the journal read at a time.
const PAGE_MESSAGES_MAX: usize = 1_000;
/// Bytes of them.
const PAGE_BYTES_MAX: usize = 4 << 20;

/// After how long a failed replay continues.
const REPLAY_RETRY_EVERY: Duration = Duration::from_secs(1);

/// The streams whose values become series.
pub(crate) const STREAMS: [Stream; 3] = [Stream::Metrics, Stream::Data, Stream::Samples];

/// Sets whose series are remembered. Beyond, all are looked up again.
const SETS_MAX: usize = 4_096;

/// How long the writer waits at the end for series to be sealed.
const FINISH_TIME_MAX: Duration = Duration::from_secs(1);

/// Published messages with their numbers.
type Published = Vec<(u64, Durable)>;

/// Passes published messages from the writer to the series.
pub(crate) struct SeriesSender {
    sender: mpsc::Sender<Published>,
    replay: Arc<Mutex<Replay>>,
    finished: oneshot::Receiver<()>,
}

/// The receiving end.
pub(crate) struct SeriesReceiver {
    receiver: mpsc::Receiver<Published>,
    replay: Arc<Mutex<Replay>>,
    /// Dropped when everything is sealed; closed when the writer no longer waits for that.
    done: oneshot::Sender<()>,
}

/// How far the replay of the journal is.
#[derive(Debug, Default)]
struct Replay {
    is_done: bool,
    /// The newest message for which there was no room meanwhile: the replay has to reach it.
    dropped_seq: u64,
}

impl SeriesSender {
    pub(crate) fn new() -> (Self, SeriesReceiver) {
        let (sender, receiver) = mpsc::channel(WAITING_MAX);
        let (done, finished) = oneshot::channel();
        let replay: Arc<Mutex<Replay>> = Arc::default();
        let receiver = SeriesReceiver {
            receiver,
            replay: Arc::clone(&replay),
            done,
        };
        let sender = Self {
            sender,
            replay,
            finished,
        };
        (sender, receiver)
    }

    /// Ends the series, and waits a while for everything to be sealed.
    pub(super) async fn finish(self) {
        drop(self.sender);
        let _ = tokio::time::timeout(FINISH_TIME_MAX, self.finished).await;
    }

    /// Waits while too many batches wait: nothing that is accepted is dropped on its way. Does not wait while the
    /// journal is replayed, which may last as long as the store is unavailable: the replay also reads what has no room.
    pub(super) async fn send(&self, mut messages: Published) {
        messages.retain(|(_, message)| STREAMS.contains(&message.stream()));
        if let Some(messages) = self.send_during_replay(messages) {
            // The series have ended only if the server has.
            let _ = self.sender.send(messages).await;
        }
    }

    /// Returns them once the journal is replayed.
    fn send_during_replay(&self, messages: Published) -> Option<Published> {
        let newest = messages.last()?.0;
        let mut replay = lock(&self.replay);
        if replay.is_done {
            return Some(messages);
        }
        if let Err(TrySendError::Full(_)) = self.sender.try_send(messages) {
            replay.dropped_seq = replay.dropped_seq.max(newest);
        }
        None
    }
}

impl SeriesReceiver {
    /// Ends the replay, if it has reached everything that was dropped meanwhile.
    fn end_replay(&self, reached_seq: u64) -> bool {
        let mut replay = lock(&self.replay);
        replay.is_done = replay.dropped_seq <= reached_seq;
        replay.is_done
    }
}

fn lock(replay: &Mutex<Replay>) -> MutexGuard<'_, Replay> {
    replay.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Up to where a replay has read everything. One that goes by time has nothing left to read again.
fn reached_seq(reached: Option<(u64, &'static [Stream])>) -> u64 {
    match reached {
        Some((seq, streams)) if streams == STREAMS => seq,
        _ => u64::MAX,
    }
}

/// What adds samples to series.
pub(crate) struct SeriesTask {
    pub(crate) archive: Archive,
    pub(crate) points: PointIntake,
    pub(crate) appender: WeakAppender,
    pub(crate) metrics: Metrics,
    /// Set once the journal is replayed.
    pub(crate) replayed: watch::Sender<bool>,
    pub(crate) alerts: AlertPoints,
}

impl SeriesTask {
    /// Adds samples to series: first those that are in the journal and in no chunk, then received ones. Ends with the
    /// writer, and seals everything then: at the next start the journal may not reach back that far.
    pub(crate) async fn run(self, mut received: SeriesReceiver) {
        let mut ingester = Ingester {
            archive: self.archive.clone(),
            points: self.points.clone(),
            members: HashMap::new(),
        };
        ingester.replay(&received).await;
        self.replayed.send_replace(true);
        let mut reports = RefusalReports::default();
        let mut was_long = false;
        while let Some(messages) = received.receiver.recv().await {
            let now_ms = Timestamp::now().unix_ms();
            let mut unnamed = 0;
            let mut received = Vec::with_capacity(messages.len());
            for (seq, message) in messages {
                let (outcome, members) = ingester.ingest(&message, seq, now_ms).await;
                unnamed += outcome.series_rejected;
                let refused = outcome.rejected();
                if refused > 0 {
                    self.metrics
                        .rejected_messages(RejectedMessage::Series, refused);
                    tracing::debug!(refused, stream = %message.stream(), "Samples were refused.");
                }
                received.push(ReceivedPoints { message, members });
            }
            self.alerts.send(received);
            match self.archive.series().take_refused() {
                Some(refused) => {
                    let widest = || self.archive.series().widest_label();
                    let limits = self.archive.series().limits();
                    let report = reports.report(&refused, limits, widest, Instant::now());
                    if let Some(event) = report {
                        self.appender.publish(vec![event.into()]).await;
                    }
                }
                None if unnamed > 0 && !was_long => {
                    was_long = true;
                    tracing::warn!(
                        name_bytes_max = SeriesKey::TEXT_BYTES_MAX,
                        "A series has no history, because its name is too long. This is logged once."
                    );
                }
                None => {}
            }
        }
        drop(self.alerts);
        let everything = async {
            sealing::seal(self.archive.series(), i64::MAX).await;
            sealing::record_sealed(self.archive.store(), self.archive.series()).await;
        };
        tokio::select! {
            biased;
            () = received.done.closed() => {}
            () = everything => {}
        }
    }
}

/// Adds messages to series, and knows the series of sets.
struct Ingester {
    archive: Archive,
    points: PointIntake,
    members: HashMap<String, Arc<Members>>,
}

impl Ingester {
    /// Also returns the series of the set that the message refers to.
    async fn ingest(
        &mut self,
        message: &Durable,
        seq: u64,
        now_ms: i64,
    ) -> (IngestOutcome, Option<Arc<Members>>) {
        match message {
            Durable::Samples(samples) => {
                let members = self.members(samples).await;
                let series = self.archive.series();
                let outcome = series.ingest_samples(samples, members.as_deref(), seq, now_ms);
                (outcome, members)
            }
            message => (self.archive.series().ingest(message, seq, now_ms), None),
        }
    }

    /// The series of the set that a message refers to.
    async fn members(&mut self, samples: &Samples) -> Option<Arc<Members>> {
        let id = samples.set.as_ref()?;
        if let Some(members) = self.members.get(id) {
            return Some(Arc::clone(members));
        }
        let members = match self.points.members(&samples.source, id) {
            Some(members) => members,
            None => self.stored_members(id).await?,
        };
        if self.members.len() >= SETS_MAX {
            self.members.clear();
        }
        self.members.insert(id.clone(), Arc::clone(&members));
        Some(members)
    }

    async fn stored_members(&self, id: &str) -> Option<Arc<Members>> {
        loop {
            let why = match self.archive.store().series_set(id).await {
                Ok(Some(row)) => match serde_json::from_str::<SeriesSet>(&row.series) {
                    Ok(set) => return Some(Arc::new(self.archive.series().members(&set))),
                    Err(error) => error.to_string(),
                },
                Ok(None) => "it is not stored".to_owned(),
                // It was stored with the message, so the store will have it.
                Err(error @ (StoreError::Unreachable(_) | StoreError::Full(_))) => {
                    tracing::debug!(%error, "A set of series could not be read.");
                    tokio::time::sleep(REPLAY_RETRY_EVERY).await;
                    continue;
                }
                Err(error) => error.to_string(),
            };
            tracing::error!(
                set = id,
                why,
                "A set of series is not known; its samples are lost."
            );
            return None;
        }
    }

    /// Adds what the journal has of samples that are in no chunk.
    async fn replay(&mut self, received: &SeriesReceiver) {
        let mut reached = None;
        loop {
            match self.replay_from(&mut reached).await {
                Ok(()) if received.end_replay(reached_seq(reached)) => return,
                // The store has been back for a moment, and what was published meanwhile is not in it yet.
                Ok(()) => {}
                Err(error) => {
                    tracing::warn!(%error, "Series lack what the journal has since they were last sealed, so far.");
                }
            }
            if received.receiver.is_closed() {
                return;
            }
            tokio::time::sleep(REPLAY_RETRY_EVERY).await;
        }
    }

    /// Continues after the message that was `reached`, of these streams.
    async fn replay_from(
        &mut self,
        reached: &mut Option<(u64, &'static [Stream])>,
    ) -> Result<(), StoreError> {
        if reached.is_none() {
            let rows = self.archive.store().series_sets().await?;
            match self.archive.store().sealed_seq().await? {
                Some(sealed) => {
                    self.archive.series().skip_to(sealed);
                    *reached = Some((sealed, &STREAMS));
                }
                None => {
                    self.replay_by_time().await?;
                    *reached = Some((0, &[Stream::Samples]));
                }
            }
            self.points.load(rows);
        }
        // Series are everyone's, so they have nothing of channels.
        let access = Access::server().without_channels();
        while let Some((seq, streams)) = *reached {
            let store = self.archive.shared_store();
            let page = store.after(&access, seq, streams, PAGE_MESSAGES_MAX, PAGE_BYTES_MAX);
            let entries = page.await?;
            let Some(last) = entries.last() else {
                break;
            };
            for entry in &entries {
                self.replay_entry(entry).await?;
            }
            *reached = Some((last.seq, streams));
        }
        Ok(())
    }

    async fn replay_entry(&mut self, entry: &Entry) -> Result<(), StoreError> {
        let message = match entry.stream {
            // Most of what there is to replay; its type is known.
            Stream::Samples => serde_json::from_str(&entry.body)
                .map(Durable::Samples)
                .map_err(drop),
            _ => Durable::from_json(&entry.body).map_err(drop),
        };
        let Ok(message) = message else {
            return Ok(());
        };
        let now_ms = match entry.stream {
            Stream::Samples => Timestamp::now().unix_ms(),
            _ => message.timestamp().unix_ms(),
        };
        if self.ingest(&message, entry.seq, now_ms).await.0.full > 0 {
            // The limit of unsealed samples is reached. Replaying twice changes nothing else.
            sealing::seal(self.archive.series(), i64::MAX).await;
            if self.ingest(&message, entry.seq, now_ms).await.0.full > 0 {
                return Err(StoreError::Unreachable(
                    "unsealed samples could not be written".to_owned(),
                ));
            }
        }
        Ok(())
    }

    /// The same for a store of a version that did not record what is sealed.
    async fn replay_by_time(&mut self) -> Result<(), StoreError> {
        let access = Access::server().without_channels();
        let now_ms = Timestamp::now().unix_ms();
        let from_ms = self.archive.series().replay_from_ms(now_ms).await?;
        for stream in [Stream::Metrics, Stream::Data] {
            let mut page = RangePage {
                stream,
                from_ms: from_ms.unwrap_or(i64::MIN),
                to_ms: i64::MAX,
                after: None,
                messages_max: PAGE_MESSAGES_MAX,
            };
            loop {
                let entries = self.archive.store().range(&access, &page).await?;
                for entry in &entries {
                    self.replay_entry(entry).await?;
                }
                match entries.last() {
                    Some(last) if entries.len() == PAGE_MESSAGES_MAX => page = page.behind(last),
                    _ => break,
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::Data;

    fn published(seq: u64) -> Published {
        let data = Data {
            timestamp: Timestamp::from_unix_ms(0),
            label: "x".to_owned(),
            value: 1.0,
            unit: None,
            source: None,
            host: None,
            labels: protocol::Labels::default(),
        };
        vec![(seq, Durable::Data(data))]
    }

    #[tokio::test(start_paused = true)]
    async fn the_writer_does_not_wait_for_the_replay() {
        let (sender, mut receiver) = SeriesSender::new();
        let beyond = WAITING_MAX as u64 + 5;
        for seq in 1..=beyond {
            sender.send(published(seq)).await;
        }
        assert!(!receiver.end_replay(beyond - 1), "one is missing");
        assert!(receiver.end_replay(beyond));
        // From now on it waits, and nothing is dropped.
        let waiting = tokio::spawn(async move { sender.send(published(beyond + 1)).await });
        let mut last = 0;
        while let Some(messages) = receiver.receiver.recv().await {
            last = messages[0].0;
        }
        waiting.await.unwrap();
        assert_eq!(last, beyond + 1);
    }
}
