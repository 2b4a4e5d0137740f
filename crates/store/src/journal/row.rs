//! Messages as rows. A stream's code never changes its meaning.

use futures_util::{Stream as Rows, TryStreamExt, pin_mut};
use protocol::Stream;

use super::{ChainName, Entry};
use crate::integer::unsigned;

/// The body of a message. Of the stream `rooms`, SQLite has it in a table of its own.
macro_rules! body {
    () => {
        "CASE stream WHEN 9 THEN coalesce((SELECT room_body.body FROM room_body \
         WHERE room_body.seq = journal.seq ORDER BY room_body.id DESC LIMIT 1), body) \
         ELSE body END"
    };
}
pub(super) use body;

/// What is stored of a message, in bytes: its body, and on SQLite also the blanks that former ones have left.
macro_rules! stored_bytes {
    () => {
        "CAST(octet_length(body) + CASE stream WHEN 9 THEN coalesce((SELECT sum(octet_length(room_body.body)) \
         FROM room_body WHERE room_body.seq = journal.seq), 0) ELSE 0 END AS bigint)"
    };
}
pub(super) use stored_bytes;

/// The columns of an [`EntryRow`], in order.
macro_rules! entry_columns {
    () => {
        concat!(
            "seq, prev, stream, at, ",
            $crate::journal::row::body!(),
            ", host, channel"
        )
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
        assert_eq!(stream_code(Stream::Rooms), 9, "as in `body!`");
    }
}
