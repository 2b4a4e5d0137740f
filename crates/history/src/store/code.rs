//! How the wire's types are kept in columns. A code never changes its meaning.

use futures_util::{Stream as Rows, TryStreamExt, pin_mut};
use protocol::Stream;

use super::Entry;

/// The columns of an [`EntryRow`], in order.
macro_rules! entry_columns {
    () => {
        "seq, prev, stream, at, body"
    };
}
pub(super) use entry_columns;

/// A message as both databases tell it.
pub(super) type EntryRow = (i64, i64, i16, i64, String);

pub(super) const fn code(stream: Stream) -> i16 {
    match stream {
        Stream::Metrics => 1,
        Stream::Processes => 2,
        Stream::Events => 3,
        Stream::Data => 4,
        Stream::Alerts => 5,
        Stream::Logs => 6,
    }
}

pub(super) fn stream(code_found: i16) -> Option<Stream> {
    Stream::ALL
        .into_iter()
        .find(|&stream| code(stream) == code_found)
}

/// Numbers beyond 2⁶³ are never given: at a million a second that takes 290,000 years.
pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(super) fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

pub(super) fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(super) fn entry((seq, prev, code, at_ms, body): EntryRow) -> Result<Entry, sqlx::Error> {
    let stream =
        stream(code).ok_or_else(|| sqlx::Error::Decode(format!("no stream {code}").into()))?;
    Ok(Entry {
        seq: unsigned(seq),
        prev: unsigned(prev),
        stream,
        at_ms,
        body,
    })
}

pub(super) fn entries(rows: Vec<EntryRow>) -> Result<Vec<Entry>, sqlx::Error> {
    rows.into_iter().map(entry).collect()
}

/// What is left to be read, and what was.
#[derive(Debug)]
pub(super) struct Budget {
    messages: usize,
    bytes: usize,
    pub(super) read: Vec<Entry>,
}

impl Budget {
    pub(super) fn new(messages: usize, bytes: usize) -> Self {
        Self {
            messages,
            bytes,
            read: Vec::new(),
        }
    }

    /// How many messages may still be read. The first may be of any length.
    pub(super) fn messages(&self) -> usize {
        let is_used_up = self.bytes == 0 && !self.read.is_empty();
        if is_used_up { 0 } else { self.messages }
    }

    /// Takes rows until they end or the budget does; says how many it took.
    pub(super) async fn take(
        &mut self,
        rows: impl Rows<Item = Result<EntryRow, sqlx::Error>>,
    ) -> Result<usize, sqlx::Error> {
        let before = self.read.len();
        pin_mut!(rows);
        while self.messages() > 0 {
            let Some(row) = rows.try_next().await? else {
                break;
            };
            let entry = entry(row)?;
            self.messages -= 1;
            self.bytes = self.bytes.saturating_sub(entry.body.len());
            self.read.push(entry);
        }
        Ok(self.read.len() - before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_means_one_stream() {
        for known in Stream::ALL {
            assert_eq!(stream(code(known)), Some(known));
        }
        assert_eq!(stream(0), None);
    }
}
