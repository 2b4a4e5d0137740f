use crate::properties::{Filterable, Properties};
use crate::{Stream, Timestamp};
use serde::{Deserialize, Serialize};

/// A user joined or left a channel of a stream. Internal: what follows it in the log is visible to the user, or
/// no longer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    /// When.
    pub timestamp: Timestamp,
    /// The user.
    pub user: String,
    /// The stream that the channel belongs to. Not called `stream`, which is that of the position.
    pub of: Stream,
    /// The channel.
    pub channel_name: String,
    /// What changed.
    pub change: MembershipChange,
}

/// See [`Membership::change`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MembershipChange {
    /// Sees what follows.
    Joined,
    /// Sees what follows, and everything before.
    JoinedWithHistory,
    /// Sees nothing of what follows.
    Left,
}

impl Filterable for Membership {
    fn properties(&self) -> Properties<'_> {
        Properties::default()
    }
}
