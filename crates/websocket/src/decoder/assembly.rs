//! An incomplete message: assembled from fragments, limited in size, checked as early as possible.

use crate::inflate::inflate;
use crate::{Message, Violation, mask};
use bytes::Bytes;

/// What has arrived of a text or binary message.
#[derive(Debug)]
pub(super) struct Assembly {
    is_text: bool,
    deflated: bool,
    payload: Vec<u8>,
    /// How much of a plain text is known to be whole, valid characters.
    utf8_len: usize,
}

impl Assembly {
    pub(super) fn new(is_text: bool, deflated: bool) -> Self {
        Self {
            is_text,
            deflated,
            payload: Vec::new(),
            utf8_len: 0,
        }
    }

    pub(super) fn bytes_held(&self) -> usize {
        self.payload.capacity()
    }

    /// How many more bytes may come.
    pub(super) fn room(&self, message_bytes_max: usize) -> usize {
        let payload_bytes_max = if self.deflated {
            deflated_bytes_max(message_bytes_max)
        } else {
            message_bytes_max
        };
        payload_bytes_max - self.payload.len()
    }

    pub(super) fn gather(&mut self, chunk: &[u8], mask: Option<[u8; 4]>, bytes_expected: usize) {
        gather(&mut self.payload, chunk, mask, bytes_expected);
    }

    /// Refuses text on the first byte that cannot belong to a character, without waiting for the
    /// rest of the message. (Compressed text is checked at its end: an inflater held until then would
    /// cost more than the check could save.)
    pub(super) fn check_so_far(&mut self) -> Result<(), Violation> {
        if !self.is_text || self.deflated {
            return Ok(());
        }
        match str::from_utf8(&self.payload[self.utf8_len..]) {
            Ok(text) => self.utf8_len += text.len(),
            Err(error) if error.error_len().is_some() => return Err(Violation::InvalidUtf8),
            // Cut within a character: the rest of it may still come.
            Err(error) => self.utf8_len += error.valid_up_to(),
        }
        Ok(())
    }

    pub(super) fn finish(self, message_bytes_max: usize) -> Result<Message, Violation> {
        let payload = if self.deflated {
            inflate(self.payload, message_bytes_max)?
        } else {
            self.payload
        };
        if !self.is_text {
            return Ok(Message::Binary(Bytes::from(payload)));
        }
        let text = String::from_utf8(payload).map_err(|_| Violation::InvalidUtf8)?;
        Ok(Message::Text(text))
    }
}

/// Appends a chunk, unmasked. The buffer doubles when it is full, but never beyond the bytes that
/// can still come, the chunk's included: a header that announces much gets nothing in advance.
pub(super) fn gather(
    buffer: &mut Vec<u8>,
    chunk: &[u8],
    mask: Option<[u8; 4]>,
    bytes_expected: usize,
) {
    if buffer.capacity() - buffer.len() < chunk.len() {
        let more = buffer.capacity().clamp(chunk.len(), bytes_expected);
        buffer.reserve_exact(more);
    }
    let start = buffer.len();
    buffer.extend_from_slice(chunk);
    if let Some(key) = mask {
        mask::apply(&mut buffer[start..], key);
    }
}

/// Data that does not compress grows, by no more than this with any compressor in use (zlib's
/// `compressBound` is an eighth and some bytes). What is longer cannot inflate to less than the
/// limit, or is padding sent to waste our time.
fn deflated_bytes_max(message_bytes_max: usize) -> usize {
    message_bytes_max
        .saturating_add(message_bytes_max / 4)
        .saturating_add(64)
}
