//! A frame header that may arrive byte by byte.

use crate::header::HEADER_BYTES_MAX;
use crate::{FrameHeader, Violation};

/// The bytes of a header that is not yet complete.
#[derive(Debug, Default)]
pub(super) struct HeaderBuffer {
    bytes: [u8; HEADER_BYTES_MAX],
    len: u8,
}

impl HeaderBuffer {
    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Moves bytes over from the input until they make a header. Asking after each one costs a few
    /// nanoseconds, and has a violation found on the very byte that makes it one.
    pub(super) fn fill(&mut self, input: &mut &[u8]) -> Result<Option<FrameHeader>, Violation> {
        while let Some((&byte, rest)) = input.split_first() {
            *input = rest;
            self.bytes[usize::from(self.len)] = byte;
            self.len += 1;
            let header = FrameHeader::parse(&self.bytes[..usize::from(self.len)])?;
            if header.is_some() {
                self.len = 0;
                return Ok(header);
            }
        }
        Ok(None)
    }
}
