use super::{Pending, PendingState, Room};
use protocol::{Person, RoomAction, RoomMessage};

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

/// What a list of messages shows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shown<'a> {
    pub(crate) room: &'a Room,
    pub(crate) pending: &'a [Pending],
    pub(crate) me: Option<&'a Person>,
    /// What follows this position was unread when the room was opened; none if nothing was.
    pub(crate) unread_after: Option<u64>,
    /// Nothing that is later than this.
    pub(crate) until_ms: Option<i64>,
    /// How far the user's zone is east of Greenwich.
    pub(crate) offset_minutes: i64,
}

/// A row of the list. Its key is another one when anything in it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) key: u64,
    pub(crate) kind: RowKind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RowKind {
    /// The day that begins with the next row, by a time within it.
    Day { at_ms: i64 },
    /// What follows is unread.
    Unread,
    /// Something that was said; the first of a group has the author and the time.
    Said { seq: u64, is_first: bool },
    /// What happened to the room.
    Note { seq: u64 },
    /// What is not stored yet.
    Pending { id: String, is_first: bool },
}

/// The rows of a room: days, and messages grouped by author and minute.
pub(crate) fn rows(shown: &Shown<'_>) -> Vec<Row> {
    let mut list = List::new(shown.offset_minutes);
    let mut unread_after = shown.unread_after;
    for entry in &shown.room.messages {
        let message = &entry.message;
        let at_ms = message.timestamp.unix_ms();
        if shown.until_ms.is_some_and(|until_ms| at_ms > until_ms) {
            break;
        }
        if !is_shown(message) {
            continue;
        }
        list.day(at_ms);
        let is_mine = shown.me.is_some_and(|me| me.id == message.author.id);
        if !is_mine
            && message.action == RoomAction::Said
            && unread_after.take_if(|after| entry.seq > *after).is_some()
        {
            list.unread();
        }
        match message.action {
            RoomAction::Said => list.said(entry.seq, message, at_ms),
            _ => list.note(entry.seq),
        }
    }
    // At another moment nothing was on its way.
    if shown.until_ms.is_none() {
        for pending in shown.pending {
            list.pending(pending);
        }
    }
    list.rows
}

/// Edits and deletions are shown in what they change.
fn is_shown(message: &RoomMessage) -> bool {
    !matches!(message.action, RoomAction::Edited | RoomAction::Deleted)
}

struct List {
    rows: Vec<Row>,
    offset_minutes: i64,
    day: Option<i64>,
    /// The author and the minute of the messages before.
    group: Option<(String, i64)>,
}

impl List {
    fn new(offset_minutes: i64) -> Self {
        Self {
            rows: Vec::new(),
            offset_minutes,
            day: None,
            group: None,
        }
    }

    fn day(&mut self, at_ms: i64) {
        let day = (at_ms + self.offset_minutes * MINUTE_MS).div_euclid(DAY_MS);
        // A clock may have been set back, and each day has one row.
        if self.day.is_none_or(|before| day > before) {
            self.day = Some(day);
            self.group = None;
            self.push(Key::new(1).number(day as u64), RowKind::Day { at_ms });
        }
    }

    fn unread(&mut self) {
        self.group = None;
        self.push(Key::new(2), RowKind::Unread);
    }

    fn said(&mut self, seq: u64, message: &RoomMessage, at_ms: i64) {
        let is_first = self.begins_group(&message.author.id, at_ms);
        let key = Key::new(3)
            .number(seq)
            .number(message.edited_seq.unwrap_or_default())
            .number(message.deleted_seq.unwrap_or_default())
            .number(u64::from(is_first));
        self.push(key, RowKind::Said { seq, is_first });
    }

    fn note(&mut self, seq: u64) {
        self.group = None;
        self.push(Key::new(4).number(seq), RowKind::Note { seq });
    }

    fn pending(&mut self, pending: &Pending) {
        let is_first = self.begins_group(&pending.author.id, pending.at_ms);
        let (state, reason) = match &pending.state {
            PendingState::Waiting => (0, ""),
            PendingState::Sending => (1, ""),
            PendingState::Sent => (2, ""),
            PendingState::Refused(reason) => (3, reason.as_str()),
            PendingState::Failed(reason) => (4, reason.as_str()),
            PendingState::Delayed => (5, ""),
        };
        let key = Key::new(5)
            .text(&pending.id)
            .number(state)
            .text(reason)
            .number(u64::from(is_first));
        let id = pending.id.clone();
        self.push(key, RowKind::Pending { id, is_first });
    }

    /// Whether a message is not by the author and of the minute of those before it.
    fn begins_group(&mut self, author: &str, at_ms: i64) -> bool {
        let minute = at_ms.div_euclid(MINUTE_MS);
        let group = (author.to_owned(), minute);
        self.group.as_ref() != Some(&group) && {
            self.group = Some(group);
            true
        }
    }

    fn push(&mut self, Key(key): Key, kind: RowKind) {
        self.rows.push(Row { key, kind });
    }
}

/// The key of a room in a list of rooms: whatever changes in it, it stays the same row.
pub(crate) fn room_key(id: &str) -> u64 {
    Key::new(6).text(id).0
}

/// The 64-bit FNV-1a hash of what a row shows.
#[derive(Clone, Copy)]
struct Key(u64);

impl Key {
    const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0100_0000_01b3;

    fn new(kind: u64) -> Self {
        Self(Self::BASIS).number(kind)
    }

    fn number(self, number: u64) -> Self {
        self.bytes(&number.to_le_bytes())
    }

    fn text(self, text: &str) -> Self {
        self.number(text.len() as u64).bytes(text.as_bytes())
    }

    fn bytes(self, bytes: &[u8]) -> Self {
        let mut hash = self.0;
        for byte in bytes {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(Self::PRIME);
        }
        Self(hash)
    }
}
