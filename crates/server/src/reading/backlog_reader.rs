use access::Access;
use journal::{Hosts, Page, PageRequest, Scope, StoredMessage};
use protocol::{Position, Stream};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use store::{ChainSet, ChainState, Entry, Store, StoreError};
use tokio::sync::Semaphore;

/// Pages read at the same time for all viewers, so that commits are not delayed.
const READERS_MAX: usize = 4;

/// How long a viewer waits for a page, permit included. Beyond, it gets a gap and what the ring has.
const READ_TIME_MAX: Duration = Duration::from_secs(8);

/// A page's limits; its last message may exceed the bytes.
const PAGE_MESSAGES_MAX: usize = 500;
const PAGE_BYTES_MAX: usize = 256 << 10;

/// How often a page is read that retention cuts meanwhile; a few hundred messages each second.
const READS_MAX: usize = 5;

/// Reads stored messages that have left the ring, for viewers. Cheap to clone.
#[derive(Clone)]
pub(crate) struct BacklogReader {
    store: Option<Arc<dyn Store>>,
    permits: Arc<Semaphore>,
}

impl BacklogReader {
    pub(crate) fn new(store: Option<Arc<dyn Store>>) -> Self {
        Self {
            store,
            permits: Arc::new(Semaphore::new(READERS_MAX)),
        }
    }

    /// The requested page, or `None` if the store fails or does not answer in time.
    pub(crate) fn read(
        &self,
        request: PageRequest,
        access: Access,
    ) -> impl Future<Output = Option<Page>> + Send + 'static {
        let Self { store, permits } = self.clone();
        async move {
            let store = store?;
            let page = async {
                // The semaphore is never closed.
                let _permit = permits.acquire().await.ok()?;
                page(&*store, &access, &request)
                    .await
                    .inspect_err(|error| tracing::warn!(%error, "A backlog could not be read."))
                    .ok()
            };
            tokio::time::timeout(READ_TIME_MAX, page)
                .await
                .ok()
                .flatten()
        }
    }
}

/// Reads the page, and the floors that are true of it: retention goes on meanwhile. When it is faster than reading, the
/// floors are those of after it: a viewer may suspect a loss of messages that it gets, and none is hidden.
async fn page(
    store: &dyn Store,
    access: &Access,
    request: &PageRequest,
) -> Result<Page, StoreError> {
    let scopes = request.scopes.iter();
    let chains: Vec<_> = scopes.map(|(stream, of)| (*stream, chains(of))).collect();
    let mut before = store.chain_states(&chains).await?;
    let mut reads = 0;
    loop {
        let page = read(store, access, request).await?;
        let after = store.chain_states(&chains).await?;
        reads += 1;
        if is_enough(request, reads, &before, &after) {
            return Ok(Page {
                floors: after.iter().map(|state| state.floor_seq).collect(),
                stored: before.iter().map(|state| state.stored_seq).collect(),
                ..page
            });
        }
        before = after;
    }
}

/// Whether nothing of the range was deleted while the page was read, or it is not to be read once more.
fn is_enough(
    request: &PageRequest,
    reads: usize,
    before: &[ChainState],
    after: &[ChainState],
) -> bool {
    let floor = |state: &ChainState| state.floor_seq.max(request.after);
    let is_whole = after.iter().map(floor).eq(before.iter().map(floor));
    // Counting back uses no floor.
    is_whole || request.newest_first || reads >= READS_MAX
}

fn chains(scope: &Scope) -> ChainSet {
    match scope {
        Scope::Channel(channel) => ChainSet::Channel(channel.to_string()),
        Scope::Public(Hosts::All) => ChainSet::Public,
        Scope::Public(Hosts::Some { own, others }) => {
            let own = own.then_some(None);
            let others = others.iter().map(|host| Some(host.to_string()));
            ChainSet::Hosts(own.into_iter().chain(others).collect())
        }
    }
}

async fn read(
    store: &dyn Store,
    access: &Access,
    request: &PageRequest,
) -> Result<Page, StoreError> {
    let scopes = request.scopes.iter();
    let access = &access.of_scopes(scopes.map(|(stream, scope)| (*stream, scope.channel())));
    let mut streams: Vec<Stream> = request.scopes.iter().map(|(stream, _)| *stream).collect();
    streams.sort_unstable();
    streams.dedup();
    let mut entries = if request.newest_first {
        let mut newest = Vec::new();
        for &stream in &streams {
            let page = store
                .page(access, stream, request.until + 1, PAGE_MESSAGES_MAX)
                .await?;
            newest.extend(within_bytes(page));
        }
        newest
    } else {
        store
            .after(
                access,
                request.after,
                &streams,
                PAGE_MESSAGES_MAX,
                PAGE_BYTES_MAX,
            )
            .await?
    };
    let bytes: usize = entries.iter().map(|entry| entry.body.len()).sum();
    let is_full = entries.len() >= PAGE_MESSAGES_MAX || bytes >= PAGE_BYTES_MAX;
    let read = entries.len();
    entries.retain(|entry| request.after < entry.seq && entry.seq <= request.until);
    let went_beyond = entries.len() < read;
    Ok(Page {
        messages: entries.into_iter().map(stored).collect(),
        floors: Vec::new(),
        stored: Vec::new(),
        is_last: !is_full || went_beyond,
    })
}

/// The first entries up to the limit of bytes, as in a page that is read forwards.
fn within_bytes(page: Vec<Entry>) -> impl Iterator<Item = Entry> {
    let mut bytes = 0;
    page.into_iter().take_while(move |entry| {
        let has_room = bytes < PAGE_BYTES_MAX;
        bytes += entry.body.len();
        has_room
    })
}

/// Converts a row of the store to a message of the journal.
pub(crate) fn stored(entry: Entry) -> StoredMessage {
    let Entry {
        seq,
        prev,
        stream,
        chain,
        body,
        ..
    } = entry;
    StoredMessage {
        position: Position { seq, prev, stream },
        channel: chain.channel.map(Into::into),
        host: chain.host.map(Into::into),
        json: body,
    }
}

/// The page that a viewer waits for, if any.
#[derive(Default)]
pub(crate) struct PendingPage(Option<Pin<Box<dyn Future<Output = Option<Page>> + Send>>>);

impl PendingPage {
    pub(crate) fn start(&mut self, page: impl Future<Output = Option<Page>> + Send + 'static) {
        self.0 = Some(Box::pin(page));
    }

    /// Ready with the page; without one, never.
    pub(crate) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Page>> {
        let Some(page) = &mut self.0 else {
            return Poll::Pending;
        };
        let page = ready!(page.as_mut().poll(context));
        self.0 = None;
        Poll::Ready(page)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retention_that_is_faster_than_reading_prevents_no_page() {
        let request = |after, newest_first| PageRequest {
            scopes: vec![(Stream::Logs, Scope::own())],
            after,
            until: 1_000,
            newest_first,
        };
        let floor = |floor_seq| ChainState {
            floor_seq,
            ..ChainState::default()
        };
        for (request, reads, raised_to, expected) in [
            (request(0, false), 1, 10, true),
            (request(0, false), 1, 11, false),
            (request(10, false), 1, 11, false),
            (request(11, false), 1, 11, true),
            (request(0, false), READS_MAX, 11, true),
            (request(0, true), 1, 11, true),
        ] {
            let (before, after) = ([floor(10)], [floor(raised_to)]);
            assert_eq!(is_enough(&request, reads, &before, &after), expected);
        }
    }

    #[tokio::test]
    async fn a_page_of_a_channel_passes_over_all_others() {
        let folder = tempfile::tempdir().unwrap();
        let config = store::Config::of(store::Location::Sqlite(folder.path().to_owned()));
        let store = store::open(&config).await.unwrap();
        store.reserve(2_000).await.unwrap();
        let entry = |seq: u64| Entry {
            seq,
            prev: seq - 1,
            stream: Stream::Data,
            at_ms: 0,
            chain: store::ChainName {
                channel: (seq == 1).then(|| "r7".to_owned()),
                host: None,
            },
            body: "{}".to_owned(),
        };
        let entries: Vec<_> = (1..=2_000).map(entry).collect();
        store.commit(&entries).await.unwrap();
        for (channel, expected) in [("r7", 1), ("r9", 0)] {
            for newest_first in [false, true] {
                let request = PageRequest {
                    scopes: vec![(Stream::Data, Scope::Channel(channel.into()))],
                    after: 0,
                    until: 2_000,
                    newest_first,
                };
                let access = Access::everything();
                let read = page(&*store, &access, &request).await.unwrap();
                assert_eq!((read.messages.len(), read.is_last), (expected, true));
            }
        }
    }

    #[tokio::test]
    async fn a_page_is_bounded_in_either_direction() {
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
            chain: store::ChainName::default(),
            body: "x".repeat(BODY_BYTES),
        };
        let entries: Vec<_> = (1..=20).map(entry).collect();
        store.commit(&entries).await.unwrap();
        for (newest_first, expected) in [(false, [1, 2, 3, 4, 5]), (true, [20, 19, 18, 17, 16])] {
            let request = PageRequest {
                scopes: vec![(Stream::Logs, Scope::own())],
                after: 0,
                until: 20,
                newest_first,
            };
            let read = page(&*store, &Access::member([]), &request).await.unwrap();
            let seqs: Vec<_> = read.messages.iter().map(|it| it.position.seq).collect();
            assert_eq!((seqs.as_slice(), read.is_last), (&expected[..], false));
        }
    }
}
