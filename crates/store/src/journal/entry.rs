use protocol::Stream;

use crate::integer::signed;

/// An entry of the log: a durable message as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its sequence number.
    pub seq: u64,
    /// The number of the message before it in its stream, 0 if there was none.
    pub prev: u64,
    /// Its stream.
    pub stream: Stream,
    /// Its time, in milliseconds since the Unix epoch. Need not rise with `seq`.
    pub at_ms: i64,
    /// The JSON exactly as sent, `seq` and `prev` within.
    pub body: String,
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
