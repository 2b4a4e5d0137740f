//! The requests and responses of `/api/v1/rooms` and `/api/v1/people`.
//!
//! Times are milliseconds since the Unix epoch. While login is off, the query parameter `name` says who the sender is.

use crate::{Person, RoomKind, RoomMessage};
use serde::{Deserialize, Serialize};
#[cfg(feature = "openapi")]
use utoipa::ToSchema;

/// The rooms that the sender may read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct RoomList {
    /// Who the sender is; absent for one that has no name yet while login is off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub me: Option<Person>,
    /// Whether the sender may create private rooms and direct conversations, which takes a user.
    pub has_private: bool,
    /// The one that something was said in last comes first.
    pub rooms: Vec<RoomInfo>,
}

/// A room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct RoomInfo {
    /// Identifies it, such as `r7`. Messages of a private room are of the channel of this name.
    pub id: String,
    /// Who reads it.
    pub kind: RoomKind,
    /// The name; empty for a direct conversation, which is called by its members.
    pub name: String,
    /// Whether it takes no more messages.
    pub is_archived: bool,
    /// Whether the sender may rename and archive it, remove members, and delete what others said.
    pub can_manage: bool,
    /// When it was created.
    pub created_ms: i64,
    /// Its members, by name; none for a public room.
    pub members: Vec<Person>,
    /// Of a direct conversation: those who were removed as users, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former: Vec<Person>,
    /// What was said last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<RoomLast>,
    /// The sender has read everything up to this `seq`; 0 if nothing.
    pub read_seq: u64,
    /// What others have said after it, of the 10,000 newest messages of all rooms, and what mentions the sender since an
    /// edit after it.
    pub unread: u64,
    /// How many of these mention the sender.
    pub mentions: u64,
    /// The newest edit that mentions the sender where the message did not before; absent once that was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mention_seq: Option<u64>,
    /// Whether the sender has muted it. What guests have muted, only their browsers know.
    pub is_muted: bool,
}

/// What was said last in a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct RoomLast {
    /// Its position.
    pub seq: u64,
    /// When.
    pub timestamp_ms: i64,
    /// Who said it.
    pub author: Person,
    /// The first 100 characters; empty if it was deleted.
    pub text: String,
}

/// Creates a room. A direct conversation of these people that exists already is the answer, too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewRoom {
    /// Who reads it.
    pub kind: RoomKind,
    /// Its name, which no other room has that the sender may read: 1 to 60 characters. None for a direct conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The names of the other members; none for a public room.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<String>,
}

/// The room that was created, or that exists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct CreatedRoom {
    /// Its id.
    pub id: String,
}

/// Changes a room. What is absent stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RoomChange {
    /// The name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Whether it takes no more messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_archived: Option<bool>,
}

/// A part of what happened in a room. Edits and deletions are not listed: they are in what they changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct RoomPage {
    /// Ascending.
    pub messages: Vec<RoomEntry>,
    /// What to send as `before` for earlier ones; absent if there are none. A page may be empty and have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_before: Option<u64>,
}

/// A message with its position.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct RoomEntry {
    /// Its position, which identifies it.
    pub seq: u64,
    /// The message.
    pub message: RoomMessage,
}

/// Says something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewMessage {
    /// The text: 1 to 4,000 characters.
    pub text: String,
    /// Chosen by the sender: sent again with the same one, it is not said again. 1 to 64 letters, digits, dots, hyphens
    /// and underscores.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

/// What was said is in the log, and others have been sent it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct Said {
    /// Its position, by which it can be edited and deleted.
    pub seq: u64,
}

/// Replaces the text of what the sender said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[serde(deny_unknown_fields)]
pub struct MessageChange {
    /// The text: 1 to 4,000 characters.
    pub text: String,
}

/// Adds a member to a private room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewMember {
    /// The name of the user.
    pub name: String,
    /// Whether it sees what was said before, too.
    #[serde(default)]
    pub with_history: bool,
}

/// The sender has read what was said up to here. An earlier position changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ReadUpTo {
    /// The `seq` of the newest message that was shown, or the `mention_seq` of the room if that is higher.
    pub seq: u64,
}

/// The sender is not notified of what is said in the room any more, or is again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RoomMute {
    /// Whether it is muted from now on.
    pub is_muted: bool,
}

/// The people that can be mentioned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct PeopleList {
    /// By name: the users, or while login is off those who are here.
    pub people: Vec<Person>,
}
