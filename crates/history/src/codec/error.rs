/// The bytes are not a chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// They end within the head.
    #[error("the chunk is cut off")]
    Truncated,
    /// They were written by another version of the codec.
    #[error("the chunk's format {0} is not known here")]
    Version(u8),
    /// They are not those that were written.
    #[error("the chunk's checksum does not match")]
    Checksum,
    /// They claim more samples than a chunk may have, or none.
    #[error("a chunk of {0} samples is not possible")]
    Count(u64),
    /// They hold another kind of chunk.
    #[error("the chunk has {found} columns instead of {expected}")]
    Columns {
        /// How many were asked for.
        expected: usize,
        /// How many there are.
        found: u8,
    },
    /// They say what no encoder says.
    #[error("the chunk contradicts itself: {0}")]
    Invalid(&'static str),
}
