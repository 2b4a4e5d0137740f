//! The requests and responses of `/api/v1/boards`.
//!
//! Times are milliseconds since the Unix epoch. While login is off, the query parameter `name` says who the sender is.

use crate::{Board, BoardOperation, BoardVisibility, Person};
use serde::{Deserialize, Serialize};
#[cfg(feature = "openapi")]
use utoipa::ToSchema;

/// The boards that the sender may read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct BoardList {
    /// Whether the sender may create boards that everybody sees.
    pub may_share: bool,
    /// By title; those in the trash last.
    pub boards: Vec<BoardInfo>,
}

/// A board, without its content.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct BoardInfo {
    /// Identifies it, such as `b7`.
    pub id: String,
    /// The title.
    pub title: String,
    /// Who sees it.
    pub visibility: BoardVisibility,
    /// Who created it.
    pub owner: Person,
    /// Whether the sender may change it.
    pub may_edit: bool,
    /// Whether the sender may share it, put it into the trash, and delete it.
    pub may_manage: bool,
    /// The `seq` of its newest change.
    pub version: u64,
    /// When that was.
    pub changed_ms: i64,
    /// Who made it.
    pub changed_by: Person,
    /// How many widgets it has.
    pub widgets: u32,
    /// When it was put into the trash, if it is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trashed_ms: Option<i64>,
}

/// A board with its content.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct BoardDocument {
    /// What the list says of it.
    pub info: BoardInfo,
    /// Its content.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub board: Board,
}

/// Creates a board.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewBoard {
    /// 1 to 100 characters.
    pub title: String,
    /// Who sees it.
    pub visibility: BoardVisibility,
    /// Its content, such as an exported one: its title is replaced by `title`, and its id and version have no meaning.
    /// Without one the board is empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub content: Option<Board>,
    /// Chosen by the sender: sent again with the same one, no second board is created. 1 to 64 letters, digits, dots,
    /// hyphens and underscores.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

/// Changes a board.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[serde(deny_unknown_fields)]
pub struct BoardEdit {
    /// Chosen by the sender: sent again with the same one, it is not made again. 1 to 64 letters, digits, dots, hyphens
    /// and underscores.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// 1 to 20, applied in their order, all or none.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<Object>))]
    pub operations: Vec<BoardOperation>,
}

/// The change is in the log, and others have been sent it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct BoardEdited {
    /// Its `seq`, the board's version.
    pub version: u64,
}

/// Changes who sees a board.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[serde(deny_unknown_fields)]
pub struct BoardSharing {
    /// Who sees it from now on.
    pub visibility: BoardVisibility,
}

/// The earlier versions of a board that are stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct BoardVersions {
    /// The newest first.
    pub versions: Vec<BoardVersion>,
}

/// An earlier version of a board.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct BoardVersion {
    /// Its number.
    pub version: u64,
    /// When its last change was made.
    pub changed_ms: i64,
    /// Who made it.
    pub changed_by: Person,
    /// How many widgets it has.
    pub widgets: u32,
}
