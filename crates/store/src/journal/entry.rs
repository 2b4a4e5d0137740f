use protocol::Stream;

use crate::integer::signed;

/// An entry of the log: a durable message as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its sequence number.
    pub seq: u64,
    /// The number of the message before it in its chain, 0 if there was none.
    pub prev: u64,
    /// Its stream.
    pub stream: Stream,
    /// Its time, in milliseconds since the Unix epoch. Need not rise with `seq`.
    pub at_ms: i64,
    /// The chain it belongs to.
    pub chain: ChainName,
    /// The JSON exactly as sent, `seq` and `prev` within.
    pub body: String,
}

/// Which of a stream's chains.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct ChainName {
    /// The channel, if it is one's.
    pub channel: Option<String>,
    /// The host, if it is another one's than the server's own.
    pub host: Option<String>,
}

/// Chains of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChainSet {
    /// Everyone's, whatever their host.
    Public,
    /// Everyone's about these hosts; absent for the server's own.
    Hosts(Vec<Option<String>>),
    /// That of a channel.
    Channel(String),
}

/// What is known of some chains together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ChainState {
    /// The newest number, stored or not; 0 if there never was one. Survives retention.
    pub newest_seq: u64,
    /// The newest number that was deleted or never stored; 0 if all are stored.
    pub floor_seq: u64,
    /// The newest number of the stream, whatever its chain, stored or not: messages are stored in order, so that
    /// everything up to here is, or lies up to the floor.
    pub stored_seq: u64,
}

/// Which page of a time range to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RangePage {
    /// The stream.
    pub stream: Stream,
    /// The start of the range.
    pub from_ms: i64,
    /// The end of the range, included.
    pub to_ms: i64,
    /// `at_ms` and `seq` of the last entry of the page before; absent for the first page.
    pub after: Option<(i64, u64)>,
    /// At most [`PAGE_MESSAGES_MAX`](crate::PAGE_MESSAGES_MAX) are returned.
    pub messages_max: usize,
}

impl RangePage {
    /// The page that follows one that ended with this entry.
    #[must_use]
    pub fn behind(&self, last: &Entry) -> Self {
        Self {
            after: Some((last.at_ms, last.seq)),
            ..self.clone()
        }
    }

    /// The position right before the first entry of the page, as time and number.
    pub(crate) fn position(&self) -> (i64, i64) {
        match self.after {
            Some((at_ms, seq)) => (at_ms, signed(seq)),
            None => (self.from_ms.saturating_sub(1), i64::MAX),
        }
    }
}
