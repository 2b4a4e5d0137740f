use protocol::Stream;
use std::collections::HashMap;

/// More other hosts than this are not chained: their messages say 0, as the first of a chain does.
const CHAINS_MAX: usize = 4_096;

/// The newest number of each chain, by which viewers notice a loss. A stream's messages about the server's own
/// host, or about none, are one chain, and those about each other host are another: so who receives only
/// some hosts can check what it receives.
///
/// Chains are what viewers are told. What is lost is judged by the stream's own order, which is whole.
#[derive(Debug, Default)]
pub(crate) struct Chains {
    own: [u64; Stream::COUNT],
    others: [HashMap<Box<str>, u64>; Stream::COUNT],
    /// How many chains `others` holds.
    other_count: usize,
}

impl Chains {
    /// Chains that go on: the newest number of each stream about the own host.
    pub(crate) fn of_own(own: [u64; Stream::COUNT]) -> Self {
        Self {
            own,
            ..Self::default()
        }
    }

    /// Adds a message; says which was the one before it, 0 if there was none or it is not known.
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

    /// A message that was kept is another host's newest.
    pub(crate) fn know(&mut self, stream: Stream, other_host: Option<&str>, seq: u64) {
        if other_host.is_some() {
            self.add(stream, other_host, seq);
        }
    }
}
