//! Messages as rows. A stream's code never changes its meaning.

use futures_util::{Stream as Rows, TryStreamExt, pin_mut};
use protocol::Stream;

use super::{ChainName, Entry};
use crate::integer::unsigned;

/// The columns of an [`EntryRow`], in order.
macro_rules! entry_columns {
    () => {
        "seq, prev, stream, at, body, host, channel"
    };
}
pub(super) use entry_columns;

pub(crate) type EntryRow = (i64, i64, i16, i64, String, Option<String>, Option<String>);

pub(crate) const fn stream_code(stream: Stream) -> i16 {
    stream.definition().store_code
}

pub(crate) fn stream_of(code: i16) -> Option<Stream> {
    Stream::ALL
        .into_iter()
        .find(|&stream| stream_code(stream) == code)
}

fn entry_of((seq, prev, code, at_ms, body, host, channel): EntryRow) -> Result<Entry, sqlx::Error> {
    let stream = stream_of(code)
        .ok_or_else(|| sqlx::Error::Decode(format!("no stream has the code {code}").into()))?;
    Ok(Entry {
        seq: unsigned(seq),
        prev: unsigned(prev),
        stream,
        at_ms,
        chain: ChainName { channel, host },
        body,
    })
}

pub(crate) fn entries_of(rows: Vec<EntryRow>) -> Result<Vec<Entry>, sqlx::Error> {
    rows.into_iter().map(entry_of).collect()
}

/// Reads entries up to a limit of messages and one of bytes.
#[derive(Debug)]
pub(crate) struct Budget {
    messages: usize,
    bytes: usize,
    pub(crate) entries: Vec<Entry>,
}

impl Budget {
    pub(crate) fn new(messages: usize, bytes: usize) -> Self {
        Self {
            messages,
            bytes,
            entries: Vec::new(),
        }
    }

    /// How many messages may still be read. The first may be of any length.
    pub(crate) fn messages(&self) -> usize {
        let is_spent = self.bytes == 0 && !self.entries.is_empty();
        if is_spent { 0 } else { self.messages }
    }

    /// Reads rows until they end or the budget is spent; returns how many it read.
    pub(crate) async fn read(
        &mut self,
        rows: impl Rows<Item = Result<EntryRow, sqlx::Error>>,
    ) -> Result<usize, sqlx::Error> {
        let before = self.entries.len();
        pin_mut!(rows);
        while self.messages() > 0 {
            let Some(row) = rows.try_next().await? else {
                break;
            };
            let entry = entry_of(row)?;
            self.messages -= 1;
            self.bytes = self.bytes.saturating_sub(entry.body.len());
            self.entries.push(entry);
        }
        Ok(self.entries.len() - before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_means_one_stream() {
        for stream in Stream::ALL {
            assert_eq!(stream_of(stream_code(stream)), Some(stream));
        }
        assert_eq!(stream_of(0), None);
    }
}
