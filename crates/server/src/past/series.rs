use super::archive::Archive;
use crate::clock;
use history::series::{NAME_BYTES_MAX, SERIES_MAX};
use history::{Past, RangePage, StoreError};
use protocol::{Durable, Stream};
use std::time::Duration;
use tokio::sync::{mpsc, watch};

/// Batches that may wait to be taken in, which is a matter of microseconds each.
const WAITING_MAX: usize = 4_096;

/// How often it is looked whether anything can be sealed.
const SEAL_EVERY: Duration = Duration::from_secs(5);

/// Messages of the journal read at a time.
const PAGE_MESSAGES_MAX: usize = 1_000;

/// The streams whose figures become series.
const STREAMS: [Stream; 2] = [Stream::Metrics, Stream::Data];

/// Where the writer leaves what it has shown.
pub(super) struct Feed(mpsc::Sender<Vec<Durable>>);

impl Feed {
    pub(super) fn new() -> (Self, mpsc::Receiver<Vec<Durable>>) {
        let (sender, receiver) = mpsc::channel(WAITING_MAX);
        (Self(sender), receiver)
    }

    /// Never waits: what finds no room is in the journal, and becomes a series at the next start.
    pub(super) fn give(&self, mut messages: Vec<Durable>) {
        messages.retain(|message| STREAMS.contains(&message.stream()));
        if !messages.is_empty() && self.0.try_send(messages).is_err() {
            tracing::warn!("Figures came faster than they could be taken in; series lack them.");
        }
    }
}

/// Takes figures in: first what the journal has and no chunk, then what comes. Ends with the writer.
pub(super) async fn take(archive: Archive, mut fed: mpsc::Receiver<Vec<Durable>>) {
    if let Err(error) = replay(&archive).await {
        tracing::warn!(%error, "Series lack what the journal has since they were last sealed.");
    }
    let mut was_said = false;
    while let Some(messages) = fed.recv().await {
        let now_ms = clock::wall_time().unix_ms();
        for message in &messages {
            let taken = archive.series().take(message, now_ms);
            let refused = taken.refused();
            if taken.unnamed > 0 && !was_said {
                was_said = true;
                tracing::warn!(
                    series_max = SERIES_MAX,
                    name_bytes_max = NAME_BYTES_MAX,
                    "A figure has no past: there are as many series as there may be, or its name is \
                     too long. This is said once."
                );
            }
            if refused > 0 {
                tracing::debug!(refused, stream = %message.stream(), "Figures were refused.");
            }
        }
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
                if let Ok(message) = Durable::from_json(&entry.body) {
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

/// Writes windows of series that are full.
pub(super) async fn seal(series: Past, mut stop: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(SEAL_EVERY) => {}
            _ = stop.changed() => return,
        }
        match series.seal(clock::wall_time().unix_ms()).await {
            Ok(sealed) if sealed.lost + sealed.damaged > 0 => {
                tracing::warn!(
                    lost = sealed.lost,
                    damaged = sealed.damaged,
                    "Not all samples could be sealed."
                );
            }
            Ok(_) => {}
            Err(error) => tracing::debug!(%error, "Series could not be sealed."),
        }
    }
}
