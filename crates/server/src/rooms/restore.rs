use super::recent::RECENT_MAX;
use super::room::{Room, number_of};
use super::state::State;
use access::Access;
use protocol::{RoomMessage, Stream};
use store::{Entry, PAGE_MESSAGES_MAX, RoomRow, Store, StoreError};

/// The state of all rooms, from their documents and from the newest messages of the log. A document is written right
/// after the message that changed its room, so what a kill has left out is among these.
pub(super) async fn restore(store: &dyn Store) -> Result<State, StoreError> {
    let mut state = State::default();
    for row in store.rooms().await? {
        let number = number_of(&row.id).unwrap_or(0);
        state.last_number = state.last_number.max(number);
        match room_of(&row) {
            Some(room) => _ = state.rooms.insert(room.number, room),
            None => tracing::error!(room = row.id, "The document of a room cannot be read."),
        }
    }
    for read in store.room_reads().await? {
        if let Some(number) = number_of(&read.room) {
            let readers = state.reads.entry(number).or_default();
            readers.insert(read.reader, read.seq);
        }
    }
    for mute in store.room_mutes().await? {
        if let Some(number) = number_of(&mute.room) {
            state.mutes.entry(number).or_default().insert(mute.reader);
        }
    }
    for entry in newest(store).await?.iter().rev() {
        if let Some(message) = message_of(entry) {
            state.apply(entry.seq, &message);
        }
    }
    Ok(state)
}

fn room_of(row: &RoomRow) -> Option<Room> {
    let room: Room = serde_json::from_str(&row.body).ok()?;
    Some(Room {
        number: number_of(&row.id)?,
        seq: row.seq,
        ..room
    })
}

pub(super) fn row_of(room: &Room) -> RoomRow {
    RoomRow {
        id: room.id(),
        seq: room.seq,
        // A room always serialises.
        body: serde_json::to_string(room).unwrap_or_default(),
    }
}

/// The message of an entry, if this version can read it.
pub(super) fn message_of(entry: &Entry) -> Option<RoomMessage> {
    serde_json::from_str(&entry.body).ok()
}

/// The newest messages of the stream, newest first.
async fn newest(store: &dyn Store) -> Result<Vec<Entry>, StoreError> {
    let (mut entries, mut before) = (Vec::new(), u64::MAX);
    while entries.len() < RECENT_MAX {
        let access = Access::server();
        let page = store
            .page(&access, Stream::Rooms, before, PAGE_MESSAGES_MAX)
            .await?;
        let is_last = page.len() < PAGE_MESSAGES_MAX;
        before = page.last().map_or(0, |entry| entry.seq);
        entries.extend(page);
        if is_last {
            break;
        }
    }
    Ok(entries)
}
