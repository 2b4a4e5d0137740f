//! Rooms, and who has read what of them. What a room is, is the server's.

use async_trait::async_trait;

use crate::StoreError;

/// The tables of rooms. What is said is in the journal; the server reads these once and keeps them in memory, so there
/// are only writes of single rows.
#[async_trait]
pub trait RoomStore: Send + Sync {
    /// Every room, by id.
    async fn rooms(&self) -> Result<Vec<RoomRow>, StoreError>;

    /// Inserts a room, or replaces the one of its id.
    async fn put_room(&self, room: &RoomRow) -> Result<(), StoreError>;

    /// Up to where everybody has read.
    async fn room_reads(&self) -> Result<Vec<RoomReadRow>, StoreError>;

    /// Records up to where somebody has read. An earlier position than the recorded one changes nothing.
    async fn put_room_read(&self, read: &RoomReadRow) -> Result<(), StoreError>;

    /// Forgets up to where somebody has read a room.
    async fn remove_room_read(&self, room: &str, reader: &str) -> Result<(), StoreError>;

    /// Who has muted which room.
    async fn room_mutes(&self) -> Result<Vec<RoomMuteRow>, StoreError>;

    /// Records that somebody has muted a room, or that it has not.
    async fn set_room_mute(&self, mute: &RoomMuteRow, is_muted: bool) -> Result<(), StoreError>;

    /// Removes a room, and what is recorded of its readers.
    async fn remove_room(&self, id: &str) -> Result<(), StoreError>;
}

/// A room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomRow {
    /// Unique.
    pub id: String,
    /// The number of the newest message that it has applied; 0 for none.
    pub seq: u64,
    /// JSON.
    pub body: String,
}

/// Up to where somebody has read a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomReadRow {
    /// The room's id.
    pub room: String,
    /// Who.
    pub reader: String,
    /// The number of the newest message that was read.
    pub seq: u64,
}

/// Somebody who is not notified of what is said in a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomMuteRow {
    /// The room's id.
    pub room: String,
    /// Who.
    pub reader: String,
}

pub(crate) const ROOMS: &str = "SELECT id, seq, body FROM room ORDER BY id";

pub(crate) const PUT_ROOM: &str = "INSERT INTO room (id, seq, body) VALUES ($1, $2, $3) \
     ON CONFLICT (id) DO UPDATE SET seq = excluded.seq, body = excluded.body";

pub(crate) const ROOM_READS: &str = "SELECT room, reader, seq FROM room_read ORDER BY room, reader";

pub(crate) const REMOVE_ROOM_READ: &str = "DELETE FROM room_read WHERE room = $1 AND reader = $2";

pub(crate) const ROOM_MUTES: &str = "SELECT room, reader FROM room_mute ORDER BY room, reader";

pub(crate) const PUT_ROOM_MUTE: &str =
    "INSERT INTO room_mute (room, reader) VALUES ($1, $2) ON CONFLICT (room, reader) DO NOTHING";

pub(crate) const REMOVE_ROOM_MUTE: &str = "DELETE FROM room_mute WHERE room = $1 AND reader = $2";

/// Of one room, in one transaction.
pub(crate) const REMOVE_ROOM: [&str; 3] = [
    "DELETE FROM room_read WHERE room = $1",
    "DELETE FROM room_mute WHERE room = $1",
    "DELETE FROM room WHERE id = $1",
];

pub(crate) const PUT_ROOM_READ: &str = "INSERT INTO room_read (room, reader, seq) \
     VALUES ($1, $2, $3) ON CONFLICT (room, reader) DO UPDATE SET seq = \
     CASE WHEN room_read.seq < excluded.seq THEN excluded.seq ELSE room_read.seq END";
