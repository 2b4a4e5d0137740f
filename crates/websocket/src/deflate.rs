//! Compression of outgoing messages (RFC 7692 section 7.2.1), each from a fresh state.

use flate2::{Compress, Compression, FlushCompress};

/// The end of a synchronised DEFLATE stream, which the receiver appends itself.
pub(crate) const TAIL: [u8; 4] = [0x00, 0x00, 0xFF, 0xFF];

/// An empty block, for a message without content (RFC 7692 section 7.2.3.6).
const EMPTY_MESSAGE: [u8; 1] = [0x00];

/// Output space reused for the next message; a larger buffer is freed.
const OUTPUT_BYTES_KEPT_MAX: usize = 64 << 10;

/// A compressor for any number of messages and connections: some 300 KiB, so keep one per journal,
/// not one per viewer.
pub struct Deflater {
    compress: Compress,
    output: Vec<u8>,
}

impl Deflater {
    /// With zlib's usual balance of speed and size.
    pub fn new() -> Self {
        let zlib_header = false;
        Self {
            compress: Compress::new(Compression::default(), zlib_header),
            output: Vec::new(),
        }
    }

    /// The payload of a frame with RSV1 set. It refers to no message before it.
    pub fn deflate(&mut self, message: &[u8]) -> &[u8] {
        self.output.clear();
        self.output.shrink_to(OUTPUT_BYTES_KEPT_MAX);
        if message.is_empty() {
            return &EMPTY_MESSAGE;
        }
        self.compress.reset();
        self.run(message);
        self.output.strip_suffix(&TAIL).unwrap_or(&self.output)
    }

    /// The flush is complete only when a call leaves output space unused.
    fn run(&mut self, message: &[u8]) {
        loop {
            let consumed = self.compress.total_in() as usize;
            let space_needed = (message.len() - consumed) / 2 + 64;
            self.output.reserve(space_needed);
            self.compress
                .compress_vec(&message[consumed..], &mut self.output, FlushCompress::Sync)
                .expect("a compressor that was just reset takes any input");
            if self.output.len() < self.output.capacity() {
                return;
            }
        }
    }
}

impl Default for Deflater {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inflate::inflate;

    #[test]
    fn inflates_to_the_same() {
        let mut deflater = Deflater::new();
        let mut check = |message: &[u8]| {
            let deflated = deflater.deflate(message).to_vec();
            assert!(!deflated.ends_with(&TAIL));
            let inflated = inflate(deflated, message.len());
            assert_eq!(inflated.as_deref(), Ok(message));
        };

        check(b"");
        check(b"Hello");
        check(b"Hello");
        check(&b"cpu ".repeat(50_000));
        // Incompressible, and of every length around the first guesses of the output's size.
        let mut state = 1u32;
        let noise: Vec<u8> = std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        })
        .take(200_000)
        .collect();
        for len in (0..400).chain([65_535, 65_536, 200_000]) {
            check(&noise[..len]);
        }
    }

    #[test]
    fn no_message_refers_to_the_one_before() {
        let mut deflater = Deflater::new();
        let first = deflater.deflate(b"the same words").to_vec();
        assert_eq!(deflater.deflate(b"the same words"), first);
    }

    #[test]
    fn a_large_message_leaves_no_large_buffer() {
        let mut deflater = Deflater::new();
        deflater.output.reserve(1 << 20);
        deflater.deflate(b"small");
        assert!(deflater.output.capacity() <= OUTPUT_BYTES_KEPT_MAX);
    }

    #[test]
    fn the_examples_of_the_rfc() {
        // RFC 7692 sections 7.2.3.1 and 7.2.3.6.
        let mut deflater = Deflater::new();
        let hello = [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00];
        assert_eq!(deflater.deflate(b"Hello"), hello);
        assert_eq!(deflater.deflate(b""), [0x00]);
    }
}
