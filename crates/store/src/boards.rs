//! Boards, and what they were before. What a board is, is the server's.

use async_trait::async_trait;

use crate::StoreError;

/// The tables of boards. Changes are in the journal; the server reads these once and keeps the boards in memory.
#[async_trait]
pub trait BoardStore: Send + Sync {
    /// Every board, by id.
    async fn boards(&self) -> Result<Vec<BoardRow>, StoreError>;

    /// Stores what has changed, in one transaction: whatever the journal has up to the highest number of a row is then in
    /// the rows.
    async fn save_boards(&self, changes: &BoardChanges) -> Result<(), StoreError>;

    /// The versions of a board without their content, newest first.
    async fn board_versions(&self, board: &str) -> Result<Vec<BoardVersionRow>, StoreError>;

    /// A version of a board.
    async fn board_version(
        &self,
        board: &str,
        version: u64,
    ) -> Result<Option<BoardVersionRow>, StoreError>;
}

/// A board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoardRow {
    /// Unique.
    pub id: String,
    /// The number of the newest message that it has applied.
    pub seq: u64,
    /// JSON.
    pub body: String,
}

/// What a board was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoardVersionRow {
    /// The board's id.
    pub board: String,
    /// The number of its newest message.
    pub version: u64,
    /// JSON: all of it but the content.
    pub info: String,
    /// The content, JSON; empty in a list.
    pub body: String,
}

/// What has changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BoardChanges {
    /// Boards that are inserted, or replace the ones of their ids.
    pub boards: Vec<BoardRow>,
    /// Versions that are added.
    pub versions: Vec<BoardVersionRow>,
    /// How many versions of a board stay; older ones are removed.
    pub versions_max: u32,
    /// The ids of boards whose versions are removed.
    pub emptied: Vec<String>,
    /// The ids of boards that are removed.
    pub removed: Vec<String>,
}

pub(crate) const BOARDS: &str = "SELECT id, seq, body FROM board ORDER BY id";

pub(crate) const PUT_BOARD: &str = "INSERT INTO board (id, seq, body) VALUES ($1, $2, $3) \
     ON CONFLICT (id) DO UPDATE SET seq = excluded.seq, body = excluded.body";

pub(crate) const REMOVE_BOARD: &str = "DELETE FROM board WHERE id = $1";

pub(crate) const BOARD_VERSIONS: &str = "SELECT board, version, info, '' FROM board_version \
     WHERE board = $1 ORDER BY version DESC";

pub(crate) const BOARD_VERSION: &str = "SELECT board, version, info, body FROM board_version \
     WHERE board = $1 AND version = $2";

pub(crate) const ADD_BOARD_VERSION: &str = "INSERT INTO board_version (board, version, info, body) \
     VALUES ($1, $2, $3, $4) ON CONFLICT (board, version) DO NOTHING";

/// All but the newest ones.
pub(crate) const LIMIT_BOARD_VERSIONS: &str = "DELETE FROM board_version WHERE board = $1 AND version <= \
     (SELECT version FROM board_version WHERE board = $1 ORDER BY version DESC LIMIT 1 OFFSET $2)";

pub(crate) const REMOVE_BOARD_VERSIONS: &str = "DELETE FROM board_version WHERE board = $1";
