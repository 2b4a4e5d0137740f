//! Server-Sent Events as Watchroom sends them: chunks (RFC 9112 section 7.1) that contain events, each
//! ended by an empty line.

/// The state of a chunked body's parser.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Body {
    /// Not chunked: all bytes are text.
    #[default]
    Plain,
    /// In a line with the next chunk's size.
    Size(usize),
    /// In the rest of that line.
    SizeRest(usize),
    /// In a chunk, with so many bytes left.
    Chunk(usize),
    /// In the line end after a chunk.
    ChunkEnd,
    /// After the last chunk.
    Ended,
}

/// See [`Body::unwrap_chunks`].
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a broken chunk")]
pub struct BrokenChunk;

/// The largest accepted chunk.
const CHUNK_BYTES_MAX: usize = 64 << 20;

impl Body {
    /// Before the first chunk.
    pub fn chunked() -> Self {
        Self::Size(0)
    }

    /// Removes the framing from `buffer[from..to]`, in place; returns where the text now ends.
    ///
    /// # Errors
    ///
    /// If a chunk's size is not a number or too large, or no line end follows its content.
    pub fn unwrap_chunks(
        &mut self,
        buffer: &mut [u8],
        from: usize,
        to: usize,
    ) -> Result<usize, BrokenChunk> {
        if *self == Self::Plain {
            return Ok(to);
        }
        let (mut read, mut written) = (from, from);
        while read < to {
            if let Self::Chunk(left) = *self {
                let taken = left.min(to - read);
                buffer.copy_within(read..read + taken, written);
                read += taken;
                written += taken;
                *self = match left - taken {
                    0 => Self::ChunkEnd,
                    left => Self::Chunk(left),
                };
                continue;
            }
            let byte = buffer[read];
            read += 1;
            *self = match (*self, byte) {
                (Self::Size(size), b'\n') => Self::start(size),
                (Self::Size(size), b'\r' | b';') => Self::SizeRest(size),
                (Self::Size(size), digit) => {
                    let digit = char::from(digit).to_digit(16).ok_or(BrokenChunk)?;
                    let size = size * 16 + digit as usize;
                    if size > CHUNK_BYTES_MAX {
                        return Err(BrokenChunk);
                    }
                    Self::Size(size)
                }
                (Self::SizeRest(size), b'\n') => Self::start(size),
                (Self::ChunkEnd, b'\n') => Self::Size(0),
                (Self::ChunkEnd, b'\r') => Self::ChunkEnd,
                (Self::ChunkEnd, _) => return Err(BrokenChunk),
                (state, _) => state,
            };
        }
        Ok(written)
    }

    fn start(size: usize) -> Self {
        if size == 0 {
            Self::Ended
        } else {
            Self::Chunk(size)
        }
    }
}

/// The first event of `text` with its empty line, or `None` while it is incomplete.
pub fn next(text: &[u8]) -> Option<&[u8]> {
    text.windows(2)
        .position(|two| two == b"\n\n")
        .map(|end| &text[..end + 2])
}

/// An event's fields (HTML Living Standard, section 9.2.6).
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Event<'a> {
    /// Its type: `event`.
    pub name: Option<&'a str>,
    /// Where a viewer resumes after it.
    pub id: Option<&'a str>,
    /// The message.
    pub data: Option<&'a str>,
    /// The delay before reconnecting, in milliseconds.
    pub retry: Option<&'a str>,
    /// A line without a name.
    pub comment: Option<&'a str>,
}

impl<'a> Event<'a> {
    /// Parses the known fields. The server writes JSON on one line, so the last `data` is all.
    pub fn parse(text: &'a str) -> Self {
        let mut event = Self::default();
        for line in text.lines() {
            let Some((field, value)) = line.split_once(':') else {
                continue;
            };
            let value = Some(value.strip_prefix(' ').unwrap_or(value));
            match field {
                "event" => event.name = value,
                "id" => event.id = value,
                "data" => event.data = value,
                "retry" => event.retry = value,
                "" => event.comment = value,
                _ => {}
            }
        }
        event
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn unwrap_in_pieces(wire: &[u8], piece: usize) -> Result<Vec<u8>, BrokenChunk> {
        let mut body = Body::chunked();
        let mut text = Vec::new();
        for piece in wire.chunks(piece) {
            let mut buffer = piece.to_vec();
            let end = body.unwrap_chunks(&mut buffer, 0, piece.len())?;
            text.extend_from_slice(&buffer[..end]);
        }
        Ok(text)
    }

    #[test]
    fn chunks_are_removed_wherever_reads_split_them() {
        let wire = b"5\r\nhello\r\n10;x=y\r\n0123456789abcdef\r\n0\r\n\r\n";
        for piece in 1..wire.len() {
            assert_eq!(
                unwrap_in_pieces(wire, piece).unwrap(),
                b"hello0123456789abcdef"
            );
        }
        assert_eq!(unwrap_in_pieces(b"zz\r\n", 9), Err(BrokenChunk));
        assert_eq!(unwrap_in_pieces(b"ffffffffffff\r\n", 9), Err(BrokenChunk));
        assert_eq!(unwrap_in_pieces(b"1\r\nabc", 9), Err(BrokenChunk));
    }

    #[test]
    fn events_end_with_an_empty_line() {
        assert_eq!(next(b"id: 1\ndata: x\n"), None);
        assert_eq!(next(b": beat\n\nid"), Some(&b": beat\n\n"[..]));
        let event = Event::parse("event: data\nid: k3:7\ndata:{\"a\": 1}\n: beat\nretry: 5\n\n");
        let expected = Event {
            name: Some("data"),
            id: Some("k3:7"),
            data: Some("{\"a\": 1}"),
            retry: Some("5"),
            comment: Some("beat"),
        };
        assert_eq!(event, expected);
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..60), piece in 1usize..9) {
            let _ = unwrap_in_pieces(&bytes, piece);
        }
    }
}
