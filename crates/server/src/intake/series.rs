use super::WeakAppender;
use super::refused_series::RefusalReports;
use crate::maintenance::sealing;
use crate::reading::Archive;
use access::Access;
use protocol::{Durable, SeriesKey, Stream, Timestamp};
use std::time::Duration;
use store::{RangePage, StoreError};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

/// Batches that may wait; each is processed within microseconds.
const WAITING_MAX: usize = 4_096;

/// Messages of the journal read at a time.
const PAGE_MESSAGES_MAX: usize = 1_000;

/// The streams whose values become series.
pub(crate) const STREAMS: [Stream; 2] = [Stream::Metrics, Stream::Data];

/// How long the writer waits at the end for series to be sealed.
const FINISH_TIME_MAX: Duration = Duration::from_secs(1);

/// Passes published messages from the writer to the series.
pub(crate) struct SeriesSender {
    sender: mpsc::Sender<Vec<Durable>>,
    finished: oneshot::Receiver<()>,
}

/// The receiving end.
pub(crate) struct SeriesReceiver {
    receiver: mpsc::Receiver<Vec<Durable>>,
    /// Dropped when everything is sealed; closed when the writer no longer waits for that.
    done: oneshot::Sender<()>,
}

impl SeriesSender {
    pub(crate) fn new() -> (Self, SeriesReceiver) {
        let (sender, receiver) = mpsc::channel(WAITING_MAX);
        let (done, finished) = oneshot::channel();
        let receiver = SeriesReceiver { receiver, done };
        (Self { sender, finished }, receiver)
    }

    /// Ends the series, and waits a while for everything to be sealed.
    pub(super) async fn finish(self) {
        drop(self.sender);
        let _ = tokio::time::timeout(FINISH_TIME_MAX, self.finished).await;
    }

    /// Never waits. A batch that finds no room is in the journal, and becomes samples only if the server
    /// restarts before much more is sealed.
    pub(super) fn send(&self, mut messages: Vec<Durable>) {
        messages.retain(|message| STREAMS.contains(&message.stream()));
        if !messages.is_empty() && self.sender.try_send(messages).is_err() {
            tracing::warn!("Values arrived faster than series could take them; series lack some.");
        }
    }
}

/// Adds samples to series: first those that are in the journal and in no chunk, which completes `replayed`,
/// then received ones. Ends with the writer, and seals everything then: at the next start the journal may
/// not reach back that far.
pub(crate) async fn run(
    archive: Archive,
    mut received: SeriesReceiver,
    appender: WeakAppender,
    replayed: oneshot::Sender<()>,
) {
    if let Err(error) = replay(&archive).await {
        tracing::warn!(%error, "Series lack what the journal has since they were last sealed.");
    }
    // Only the simulated history of a demo waits for it.
    let _ = replayed.send(());
    let mut reports = RefusalReports::default();
    let mut was_long = false;
    while let Some(messages) = received.receiver.recv().await {
        let now_ms = Timestamp::now().unix_ms();
        let mut unnamed = 0;
        for message in &messages {
            let outcome = archive.series().ingest(message, now_ms);
            unnamed += outcome.series_rejected;
            let refused = outcome.rejected();
            if refused > 0 {
                tracing::debug!(refused, stream = %message.stream(), "Samples were refused.");
            }
        }
        match archive.series().take_refused() {
            Some(refused) => {
                if let Some(event) = reports.report(&refused, Instant::now()) {
                    appender.publish(vec![event.into()]).await;
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
    tokio::select! {
        biased;
        () = received.done.closed() => {}
        () = sealing::seal(archive.series(), i64::MAX) => {}
    }
}

async fn replay(archive: &Archive) -> Result<(), StoreError> {
    // Series are everyone's, so they have nothing of channels.
    let access = Access::server().without_channels();
    let now_ms = Timestamp::now().unix_ms();
    let from_ms = archive.series().replay_from_ms(now_ms).await?;
    for stream in STREAMS {
        let mut page = RangePage {
            stream,
            from_ms: from_ms.unwrap_or(i64::MIN),
            to_ms: i64::MAX,
            after: None,
            messages_max: PAGE_MESSAGES_MAX,
        };
        loop {
            let entries = archive.store().range(&access, &page).await?;
            for entry in &entries {
                let Ok(message) = Durable::from_json(&entry.body) else {
                    continue;
                };
                if archive.series().replay(&message).full > 0 {
                    // The limit of unsealed samples is reached. Replaying twice changes nothing else.
                    sealing::seal(archive.series(), i64::MAX).await;
                    archive.series().replay(&message);
                }
            }
            match entries.last() {
                Some(last) if entries.len() == PAGE_MESSAGES_MAX => page = page.behind(last),
                _ => break,
            }
        }
    }
    Ok(())
}
