//! What lies behind the ring. The log asks for it in pages; whoever keeps a store brings them.

use crate::StreamSet;
use protocol::{Position, Stream};

/// Where a kept log goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resumed {
    /// The log's epoch.
    pub epoch: String,
    /// The newest number that counts as given: after a clean stop a message's, otherwise the one
    /// behind the jump, which is then no message's. Whoever comes before the first new message
    /// stands there, and not within the jump.
    pub head: u64,
    /// Each stream's newest number, whether or not the message is still kept; 0 for none.
    pub newest: [u64; Stream::COUNT],
    /// Each stream's newest number about the own host, or about none.
    pub newest_own: [u64; Stream::COUNT],
    /// Numbers that were passed over, in order.
    pub jumps: Vec<Jump>,
}

/// Numbers that no kept message has, because the server ended unexpectedly: some of them may have
/// been seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Jump {
    /// The last number before it; exclusive.
    pub after: u64,
    /// The last number of it; inclusive.
    pub up_to: u64,
}

impl Jump {
    /// Whether someone who is here may have seen what is lost.
    pub(crate) fn holds(self, seq: u64) -> bool {
        self.after < seq && seq <= self.up_to
    }
}

/// A message as it was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Its place in the log, for ever.
    pub position: Position,
    /// The message exactly as it is sent.
    pub json: String,
}

/// Which part of the past is wanted: of these streams everything beyond `after` and up to `until`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ask {
    /// Messages of other streams are left out.
    pub streams: StreamSet,
    /// Exclusive.
    pub after: u64,
    /// Inclusive.
    pub until: u64,
    /// From the newest to the oldest, instead of in order.
    pub newest_first: bool,
}

/// A part of what was asked for, from its beginning.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// In the order asked for.
    pub messages: Vec<Kept>,
    /// Nothing of what was asked for is left.
    pub is_last: bool,
}
