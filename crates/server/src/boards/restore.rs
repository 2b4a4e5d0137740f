use super::board::{BoardRecord, number_of};
use super::recent::RECENT_MAX;
use super::state::State;
use access::Access;
use protocol::{BoardMessage, Stream};
use store::{BoardRow, Entry, PAGE_MESSAGES_MAX, Store, StoreError};

/// What is read of the newest messages, to recognise changes that are sent again.
const RECENT_BYTES_MAX: usize = 16 << 20;

const PAGE_BYTES_MAX: usize = 8 << 20;

/// All boards, from their documents and from what the log has beyond. Documents are stored together, so each has applied
/// what the log has about its board up to the newest of them.
pub(super) async fn restore(store: &dyn Store) -> Result<State, StoreError> {
    let mut state = State::default();
    for row in store.boards().await? {
        read_row(&mut state, &row);
    }
    // The newest of those that are deleted stays, so that its number is not given again.
    let last = state.last_number;
    state.unsaved.retain(|number| *number != last);
    let access = Access::server();
    let newest = store
        .tail(&access, &[Stream::Boards], RECENT_MAX, RECENT_BYTES_MAX)
        .await?;
    let mut seq = state.applied_seq;
    for entry in newest.iter().filter(|entry| entry.seq <= seq) {
        if let Some(message) = message_of(entry) {
            state.remember(entry.seq, &message);
        }
    }
    drop(newest);
    loop {
        let page = store
            .after(
                &access,
                seq,
                &[Stream::Boards],
                PAGE_MESSAGES_MAX,
                PAGE_BYTES_MAX,
            )
            .await?;
        let Some(last) = page.last() else {
            return Ok(state);
        };
        seq = last.seq;
        for entry in &page {
            if let Some(message) = message_of(entry) {
                state.apply(entry.seq, &message);
            }
        }
    }
}

fn read_row(state: &mut State, row: &BoardRow) {
    let Some(number) = number_of(&row.id) else {
        return;
    };
    state.last_number = state.last_number.max(number);
    state.applied_seq = state.applied_seq.max(row.seq);
    match serde_json::from_str::<Option<BoardRecord>>(&row.body) {
        Ok(Some(record)) => {
            state
                .boards
                .insert(number, BoardRecord { number, ..record });
        }
        Ok(None) => _ = state.unsaved.insert(number),
        // It stays as it is.
        Err(error) => {
            tracing::error!(board = row.id, %error, "The document of a board cannot be read.");
        }
    }
}

/// The message of an entry, if this version can read it.
fn message_of(entry: &Entry) -> Option<BoardMessage> {
    serde_json::from_str(&entry.body).ok()
}
