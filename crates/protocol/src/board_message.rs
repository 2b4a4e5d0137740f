use crate::named_enum::named_enum;
use crate::properties::{Filterable, Properties};
use crate::{BoardOperation, Person, Timestamp};
use serde::{Deserialize, Serialize};
#[cfg(feature = "openapi")]
use utoipa::ToSchema;

named_enum! {
    /// What happened to a board.
    #[cfg_attr(feature = "openapi", derive(ToSchema))]
    pub enum BoardAction {
        /// It was created with what its `operations` make of an empty board.
        Created = "created",
        /// It was changed by `operations`.
        Edited = "edited",
        /// It has another `visibility`. Everyone receives this, whoever may read the board.
        Shared = "shared",
        /// It is in the trash.
        Trashed = "trashed",
        /// It is no longer in the trash.
        Restored = "restored",
        /// It is gone for good.
        Deleted = "deleted",
    }
}

named_enum! {
    /// Who sees a board.
    #[cfg_attr(feature = "openapi", derive(ToSchema))]
    pub enum BoardVisibility {
        /// Its owner. Its messages are of the channel with the board's id.
        Private = "private",
        /// Everybody who may read; operators, admins and the owner change it.
        Team = "team",
    }
}

/// A change to a board.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct BoardMessage {
    /// When.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub timestamp: Timestamp,
    /// The id of the board.
    pub board: String,
    /// What happened.
    pub action: BoardAction,
    /// Who did it.
    pub author: Person,
    /// What its sender calls the change, if it has a name for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Of `created` and `edited`: applied in their order, all or none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<Object>))]
    pub operations: Vec<BoardOperation>,
    /// Of `created` and `shared`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visibility: Option<BoardVisibility>,
}

impl Filterable for BoardMessage {
    fn properties(&self) -> Properties<'_> {
        Properties {
            source: Some(&self.author.name),
            ..Properties::default()
        }
    }
}
