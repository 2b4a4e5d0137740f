use crate::named_enum::named_enum;
use crate::properties::{Filterable, Properties};
use crate::{Person, Timestamp};
use serde::{Deserialize, Serialize};
#[cfg(feature = "openapi")]
use utoipa::ToSchema;

named_enum! {
    /// What happened in a room.
    #[cfg_attr(feature = "openapi", derive(ToSchema))]
    pub enum RoomAction {
        /// The room was created: `kind`, `name`, and in `people` its members.
        Created = "created",
        /// It has another `name`.
        Renamed = "renamed",
        /// It takes no more messages.
        Archived = "archived",
        /// It takes messages again.
        Reopened = "reopened",
        /// The author said `text`.
        Said = "said",
        /// What was said in `message_seq` is now `text`, which may mention `people` anew.
        Edited = "edited",
        /// What was said in `message_seq` is gone.
        Deleted = "deleted",
        /// The author added `people`, who are members from here on.
        Joined = "joined",
        /// The author is no member any more.
        Left = "left",
        /// The author removed `people`, who are no members any more.
        Removed = "removed",
    }
}

named_enum! {
    /// Who reads a room.
    #[cfg_attr(feature = "openapi", derive(ToSchema))]
    pub enum RoomKind {
        /// Everybody who may read.
        Public = "public",
        /// Its members.
        Private = "private",
        /// Two people or more, always the same ones.
        Direct = "direct",
    }
}

/// Something that happened in a room. Which of the optional members there are depends on the action. In a private room
/// or a direct conversation, the message is of the channel with the room's id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct RoomMessage {
    /// When.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub timestamp: Timestamp,
    /// The id of the room.
    pub room: String,
    /// What happened.
    pub action: RoomAction,
    /// Who did it.
    pub author: Person,
    /// Of `said`: what its sender calls it, if it has a name for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Of `said`: the text as it is now, absent once it is deleted. Of `edited`: the text, absent once it was edited again
    /// or deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Of `said` and `edited`: the ids of the people whom the text mentions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<String>,
    /// Of `said`: the newest `edited` about it, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_seq: Option<u64>,
    /// Of `said`: the `deleted` about it, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_seq: Option<u64>,
    /// Of `edited` and `deleted`: the `seq` of what was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_seq: Option<u64>,
    /// Of `created` and `renamed`: the name of the room; a direct conversation has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Of `created`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<RoomKind>,
    /// Of `created`, `joined` and `removed`: the members concerned. Of `edited`: whom the text mentions and did not before,
    /// except the author; absent once it was edited again or deleted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub people: Vec<Person>,
    /// Of `joined`: whether they see what was said before, too; absent if not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub with_history: Option<bool>,
}

impl RoomMessage {
    /// A message without any of the optional members.
    pub fn new(
        timestamp: Timestamp,
        room: impl Into<String>,
        action: RoomAction,
        author: Person,
    ) -> Self {
        Self {
            timestamp,
            room: room.into(),
            action,
            author,
            id: None,
            text: None,
            mentions: Vec::new(),
            edited_seq: None,
            deleted_seq: None,
            message_seq: None,
            name: None,
            kind: None,
            people: Vec::new(),
            with_history: None,
        }
    }
}

impl Filterable for RoomMessage {
    fn properties(&self) -> Properties<'_> {
        Properties {
            source: Some(&self.author.name),
            ..Properties::default()
        }
    }
}
