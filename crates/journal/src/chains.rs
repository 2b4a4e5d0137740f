use protocol::Stream;
use std::collections::HashMap;

/// Beyond this many chains, messages of further hosts have `prev` 0, like the first of a chain.
const CHAINS_MAX: usize = 4_096;

/// The newest `seq` of each chain, by which viewers detect a loss. A stream's messages about the server's own
/// host, or about none, form one chain, and those about each other host another, so that a viewer of some
/// hosts can verify what it receives.
///
/// Chains exist for viewers. The log itself detects losses by the order of the whole stream.
#[derive(Debug, Default)]
pub(crate) struct Chains {
    own: [u64; Stream::COUNT],
    others: [HashMap<Box<str>, u64>; Stream::COUNT],
    /// How many chains `others` holds.
    other_count: usize,
}

impl Chains {
    /// Chains that continue after the newest `seq` of each stream about the own host.
    pub(crate) fn of_own(own: [u64; Stream::COUNT]) -> Self {
        Self {
            own,
            ..Self::default()
        }
    }

    /// Adds a message; returns the one before it, 0 if there was none or it is unknown.
    pub(crate) fn add(&mut self, stream: Stream, other_host: Option<&str>, seq: u64) -> u64 {
        let Some(host) = other_host else {
            return std::mem::replace(&mut self.own[stream.index()], seq);
        };
        let others = &mut self.others[stream.index()];
        if let Some(newest) = others.get_mut(host) {
            return std::mem::replace(newest, seq);
        }
        if self.other_count < CHAINS_MAX {
            others.insert(host.into(), seq);
            self.other_count += 1;
        }
        0
    }

    /// Removes the newest message of its chain; `prev` is what [`Chains::add`] returned for it.
    pub(crate) fn remove(&mut self, stream: Stream, other_host: Option<&str>, prev: u64) {
        let Some(host) = other_host else {
            self.own[stream.index()] = prev;
            return;
        };
        if let Some(newest) = self.others[stream.index()].get_mut(host) {
            *newest = prev;
        }
    }

    /// Continues another host's chain after a stored message.
    pub(crate) fn restore(&mut self, stream: Stream, other_host: Option<&str>, seq: u64) {
        if other_host.is_some() {
            self.add(stream, other_host, seq);
        }
    }
}
