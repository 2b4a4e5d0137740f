use super::appender::Lent;
use super::archive::Archive;
use super::sealing;
use super::series_refused::Reports;
use crate::clock;
use protocol::{Durable, SeriesKey, Stream};
use std::time::Duration;
use store::{RangePage, StoreError};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

/// Batches that may wait to be taken in, which is a matter of microseconds each.
const WAITING_MAX: usize = 4_096;

/// Messages of the journal read at a time.
const PAGE_MESSAGES_MAX: usize = 1_000;

/// The streams whose figures become series.
pub(super) const STREAMS: [Stream; 2] = [Stream::Metrics, Stream::Data];

/// How long the writer waits at the end until what it fed is sealed.
const END_TIME_MAX: Duration = Duration::from_secs(1);

/// Where the writer leaves what it has shown.
pub(super) struct Feed {
    sender: mpsc::Sender<Vec<Durable>>,
    taken: oneshot::Receiver<()>,
}

/// The other end of it.
pub(super) struct Fed {
    receiver: mpsc::Receiver<Vec<Durable>>,
    /// Dropped when everything is taken in and sealed; closed when nobody waits for that.
    done: oneshot::Sender<()>,
}

impl Feed {
    pub(super) fn new() -> (Self, Fed) {
        let (sender, receiver) = mpsc::channel(WAITING_MAX);
        let (done, taken) = oneshot::channel();
        (Self { sender, taken }, Fed { receiver, done })
    }

    /// Nothing comes any more: waits until everything is sealed, if that does not take long.
    pub(super) async fn end(self) {
        drop(self.sender);
        let _ = tokio::time::timeout(END_TIME_MAX, self.taken).await;
    }

    /// Never waits: what finds no room is in the journal, and becomes a series only if the server starts
    /// again before much more is sealed.
    pub(super) fn give(&self, mut messages: Vec<Durable>) {
        messages.retain(|message| STREAMS.contains(&message.stream()));
        if !messages.is_empty() && self.sender.try_send(messages).is_err() {
            tracing::warn!("Figures came faster than they could be taken in; series lack them.");
        }
    }
}

/// Takes figures in: first what the journal has and no chunk, of which `replayed` hears, then what
/// comes. Ends with the writer, and seals everything then: the journal may be too short to have it all
/// at the next start.
pub(super) async fn take(
    archive: Archive,
    mut fed: Fed,
    appender: Lent,
    replayed: oneshot::Sender<()>,
) {
    if let Err(error) = replay(&archive).await {
        tracing::warn!(%error, "Series lack what the journal has since they were last sealed.");
    }
    // Only a demo's past waits for it.
    let _ = replayed.send(());
    let mut reports = Reports::default();
    let mut was_long = false;
    while let Some(messages) = fed.receiver.recv().await {
        let now_ms = clock::wall_time().unix_ms();
        let mut unnamed = 0;
        for message in &messages {
            let outcome = archive.series().ingest(message, now_ms);
            unnamed += outcome.series_rejected;
            let refused = outcome.rejected();
            if refused > 0 {
                tracing::debug!(refused, stream = %message.stream(), "Figures were refused.");
            }
        }
        match archive.series().take_refused() {
            Some(refused) => {
                if let Some(event) = reports.report(&refused, Instant::now()) {
                    appender.append(vec![Durable::Event(event)]).await;
                }
            }
            None if unnamed > 0 && !was_long => {
                was_long = true;
                tracing::warn!(
                    name_bytes_max = SeriesKey::TEXT_BYTES_MAX,
                    "A figure has no history, because its name is too long. This is logged once."
                );
            }
            None => {}
        }
    }
    tokio::select! {
        biased;
        () = fed.done.closed() => {}
        () = sealing::seal(archive.series(), i64::MAX) => {}
    }
}

async fn replay(archive: &Archive) -> Result<(), StoreError> {
    let now_ms = clock::wall_time().unix_ms();
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
            let entries = archive.store().range(&page).await?;
            for entry in &entries {
                let Ok(message) = Durable::from_json(&entry.body) else {
                    continue;
                };
                if archive.series().replay(&message).full > 0 {
                    // There may be more than memory may hold. Taking it again changes nothing else.
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
