use journal::{Ask, Kept, Page};
use protocol::{Position, Stream};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use store::{Entry, Store};
use tokio::sync::Semaphore;

/// Pages read at the same time, for all viewers together. Who comes back after a long time waits its
/// turn, so that commits do not.
const READS_MAX: usize = 4;

/// How long a viewer waits for a page, its turn included. Then it gets what memory has, and a gap.
const PATIENCE: Duration = Duration::from_secs(8);

/// What a viewer holds of the past at a time; the last message may go beyond.
const PAGE_MESSAGES_MAX: usize = 500;
const PAGE_BYTES_MAX: usize = 256 << 10;

/// Reads for viewers what has left the ring. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Reader {
    store: Option<Arc<dyn Store>>,
    turns: Arc<Semaphore>,
}

impl Reader {
    pub(crate) fn new(store: Option<Arc<dyn Store>>) -> Self {
        Self {
            store,
            turns: Arc::new(Semaphore::new(READS_MAX)),
        }
    }

    /// The page asked for, or `None` if the store does not answer in time.
    pub(crate) fn read(&self, ask: Ask) -> impl Future<Output = Option<Page>> + Send + 'static {
        let Self { store, turns } = self.clone();
        async move {
            let store = store?;
            let page = async {
                // The semaphore is never closed.
                let _turn = turns.acquire().await.ok()?;
                page(&*store, &ask)
                    .await
                    .inspect_err(|error| tracing::warn!(%error, "The past could not be read."))
                    .ok()
            };
            tokio::time::timeout(PATIENCE, page).await.ok().flatten()
        }
    }
}

async fn page(store: &dyn Store, ask: &Ask) -> Result<Page, store::StoreError> {
    let streams: Vec<Stream> = ask.streams.iter().collect();
    let mut entries = if ask.newest_first {
        let mut newest = Vec::new();
        for &stream in &streams {
            let page = store.page(stream, ask.until + 1, PAGE_MESSAGES_MAX).await?;
            newest.extend(within_bytes(page));
        }
        newest
    } else {
        store
            .after(ask.after, &streams, PAGE_MESSAGES_MAX, PAGE_BYTES_MAX)
            .await?
    };
    let bytes: usize = entries.iter().map(|entry| entry.body.len()).sum();
    let is_full = entries.len() >= PAGE_MESSAGES_MAX || bytes >= PAGE_BYTES_MAX;
    let read = entries.len();
    entries.retain(|entry| ask.after < entry.seq && entry.seq <= ask.until);
    let went_beyond = entries.len() < read;
    Ok(Page {
        messages: entries.into_iter().map(kept).collect(),
        is_last: !is_full || went_beyond,
    })
}

/// The first of these, and what else there is room for, as a page that goes forwards has it.
fn within_bytes(page: Vec<Entry>) -> impl Iterator<Item = Entry> {
    let mut bytes = 0;
    page.into_iter().take_while(move |entry| {
        let has_room = bytes < PAGE_BYTES_MAX;
        bytes += entry.body.len();
        has_room
    })
}

/// As the journal knows it.
pub(super) fn kept(entry: Entry) -> Kept {
    let Entry {
        seq,
        prev,
        stream,
        body,
        ..
    } = entry;
    Kept {
        position: Position { seq, prev, stream },
        json: body,
    }
}

/// The page that one viewer waits for, if it does.
#[derive(Default)]
pub(crate) struct Reading(Option<Pin<Box<dyn Future<Output = Option<Page>> + Send>>>);

impl Reading {
    pub(crate) fn begin(&mut self, page: impl Future<Output = Option<Page>> + Send + 'static) {
        self.0 = Some(Box::pin(page));
    }

    /// Waits for it; without one, for ever. May be dropped and called again.
    pub(crate) async fn done(&mut self) -> Option<Page> {
        let Some(page) = &mut self.0 else {
            return std::future::pending().await;
        };
        let page = page.await;
        self.0 = None;
        page
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use journal::StreamSet;

    #[tokio::test]
    async fn a_page_is_small_in_either_direction_and_says_that_there_is_more() {
        const BODY_BYTES: usize = 60 << 10;
        let folder = tempfile::tempdir().unwrap();
        let config = store::Config::of(store::Location::Sqlite(folder.path().to_owned()));
        let store = store::open(&config).await.unwrap();
        store.reserve(20).await.unwrap();
        let entry = |seq: u64| Entry {
            seq,
            prev: seq - 1,
            stream: Stream::Logs,
            at_ms: 0,
            body: "x".repeat(BODY_BYTES),
        };
        let entries: Vec<_> = (1..=20).map(entry).collect();
        store.commit(&entries).await.unwrap();
        for (newest_first, expected) in [(false, [1, 2, 3, 4, 5]), (true, [20, 19, 18, 17, 16])] {
            let ask = Ask {
                streams: StreamSet::from_iter([Stream::Logs]),
                after: 0,
                until: 20,
                newest_first,
            };
            let read = page(&*store, &ask).await.unwrap();
            let seqs: Vec<_> = read.messages.iter().map(|it| it.position.seq).collect();
            assert_eq!((seqs.as_slice(), read.is_last), (&expected[..], false));
        }
    }
}
