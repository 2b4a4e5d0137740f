//! The violations of a peer, and their close codes.

use crate::close;

/// A breach of the protocol or of a limit. It is final: the connection must be failed (RFC 6455
/// section 7.1.7) with a close frame that carries [`Violation::close_code`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// RFC 6455 section 5.1: a client masks every frame.
    #[error("accept an unmasked frame from a client")]
    Unmasked,
    /// RFC 6455 section 5.1: a server masks none.
    #[error("accept a masked frame from a server")]
    Masked,
    /// A reserved bit that no negotiated extension gives a meaning here.
    #[error("accept a frame with reserved bits set")]
    ReservedBits,
    /// An opcode that RFC 6455 reserves.
    #[error("accept a frame with the reserved opcode {0:#x}")]
    ReservedOpcode(u8),
    /// RFC 6455 section 5.5.
    #[error("accept a fragmented control frame")]
    ControlFragmented,
    /// RFC 6455 section 5.5.
    #[error("accept a control frame of more than 125 bytes")]
    ControlTooLong,
    /// RFC 6455 section 5.2: the top bit of a 64-bit length is 0.
    #[error("accept a frame length with its top bit set")]
    LengthOverflow,
    /// RFC 6455 section 5.4.
    #[error("accept a continuation frame without a message begun before it")]
    NothingToContinue,
    /// RFC 6455 section 5.4.
    #[error("accept a new message before the fragmented one has ended")]
    Interrupted,
    /// RFC 6455 section 5.5.1: a close payload starts with two bytes of code.
    #[error("accept a close frame with half a code")]
    CloseTruncated,
    /// RFC 6455 section 7.4: unassigned, or not for the wire.
    #[error("accept the close code {0}")]
    CloseCode(u16),
    /// RFC 6455 section 8.1.
    #[error("read text that is not UTF-8")]
    InvalidUtf8,
    /// RFC 7692 section 7.2.2: not DEFLATE data, or cut off within a block.
    #[error("inflate a compressed message")]
    InvalidDeflate,
    /// The message is, or would become, larger than the decoder's limit, in bytes.
    #[error("accept a message of more than {0} bytes")]
    TooBig(usize),
}

impl Violation {
    /// The code to close with (RFC 6455 section 7.4.1).
    pub fn close_code(self) -> u16 {
        match self {
            Self::InvalidUtf8 | Self::InvalidDeflate => close::INVALID_DATA,
            Self::TooBig(_) => close::TOO_BIG,
            Self::Unmasked
            | Self::Masked
            | Self::ReservedBits
            | Self::ReservedOpcode(_)
            | Self::ControlFragmented
            | Self::ControlTooLong
            | Self::LengthOverflow
            | Self::NothingToContinue
            | Self::Interrupted
            | Self::CloseTruncated
            | Self::CloseCode(_) => close::PROTOCOL_ERROR,
        }
    }
}
