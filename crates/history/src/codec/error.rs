/// Why bytes are not a chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// They end within the header.
    #[error("the chunk is cut off")]
    Truncated,
    /// They were written by another version of the codec.
    #[error("the chunk's format {0} is not known here")]
    Version(u8),
    /// The checksum is wrong.
    #[error("the chunk's checksum does not match")]
    Checksum,
    /// They claim more samples than a chunk may have, or none.
    #[error("a chunk of {0} samples is not possible")]
    Count(u64),
    /// They hold another kind of chunk.
    #[error("the chunk has {found} columns instead of {expected}")]
    Columns {
        /// How many were expected.
        expected: usize,
        /// How many there are.
        found: u8,
    },
    /// No encoder writes them.
    #[error("the chunk contradicts itself: {0}")]
    Invalid(&'static str),
}
