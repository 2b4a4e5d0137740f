//! What a store holds beyond the ring, as the log sees it: requests for pages, and pages.

use crate::Scope;
use protocol::{Position, Stream};

/// The state with which a stored log continues.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResumeState {
    /// The log's epoch.
    pub epoch: String,
    /// The newest assigned `seq`: after a clean stop that of the last message, otherwise the one right
    /// after the sequence jump, which no message has. A viewer that subscribes before the first new
    /// message starts there, and not within the jump.
    pub head: u64,
    /// Each stream's newest `seq`, whether or not the message is still stored; 0 for none.
    pub newest: [u64; Stream::COUNT],
    /// The newest `seq` of each stream's own chain.
    pub newest_own: [u64; Stream::COUNT],
    /// Messages of each stream up to here were published and never stored, whatever their chain; 0 for none.
    pub lost: [u64; Stream::COUNT],
    /// The ranges that were skipped, in order.
    pub jumps: Vec<SequenceJump>,
}

impl ResumeState {
    /// That of a log without messages.
    pub fn beginning(epoch: &str) -> Self {
        Self {
            epoch: epoch.into(),
            head: 0,
            newest: [0; Stream::COUNT],
            newest_own: [0; Stream::COUNT],
            lost: [0; Stream::COUNT],
            jumps: Vec::new(),
        }
    }
}

/// Sequence numbers skipped after an unclean stop. No stored message has them, but viewers may have
/// received some.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SequenceJump {
    /// Exclusive.
    pub after: u64,
    /// Inclusive.
    pub up_to: u64,
}

impl SequenceJump {
    /// Whether a viewer at this position may have received lost messages.
    pub(crate) fn contains(self, seq: u64) -> bool {
        self.after < seq && seq <= self.up_to
    }
}

/// A message as it was stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredMessage {
    /// Its position in the log, which never changes.
    pub position: Position,
    /// The channel, which decides who may see it; absent if it is everyone's.
    pub channel: Option<Box<str>>,
    /// The host, if the store knows that it is another one than the server's own.
    pub host: Option<Box<str>>,
    /// The message exactly as it is sent.
    pub json: String,
}

/// A request for a page of stored messages: those of some scopes after `after`, up to `until`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest {
    /// The scopes. Messages of other scopes of these streams may come with them.
    pub scopes: Vec<(Stream, Scope)>,
    /// Exclusive.
    pub after: u64,
    /// Inclusive.
    pub until: u64,
    /// Newest first, instead of oldest first.
    pub newest_first: bool,
}

/// The first messages of a requested range.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// In the requested order.
    pub messages: Vec<StoredMessage>,
    /// Of each requested scope, its retention floor when the messages were read: some up to here are not stored any
    /// more, or never were. All that are stored after it are in the range.
    pub floors: Vec<u64>,
    /// Of each requested scope: before the messages were read, everything of its stream up to here was stored, or lies
    /// up to its floor. Messages are stored in the order of the log.
    pub stored: Vec<u64>,
    /// The range has no further messages.
    pub is_last: bool,
}

impl Page {
    /// The retention floor of the scope at this place of the request.
    pub(crate) fn floor(&self, index: usize) -> u64 {
        self.floors.get(index).copied().unwrap_or(0)
    }

    /// Up to where the scope at this place of the request was stored.
    pub(crate) fn stored(&self, index: usize) -> u64 {
        self.stored.get(index).copied().unwrap_or(0)
    }
}
