//! The WebSocket codec: RFC 6455 frames and RFC 7692 permessage-deflate, as pure functions of
//! bytes.
//!
//! Here live the opening handshake's rules, the negotiation of compression, the encoding of frames,
//! and the decoding of a peer's byte stream into messages. Sockets, tasks, time-outs, HTTP types
//! and the meaning of a message never do: bytes come in as slices, of any split, and go out as
//! [`Bytes`].
//!
//! Two decisions shape everything:
//!
//! - **No context takeover, in either direction.** Each message is compressed from a fresh state,
//!   so that one compressed frame serves every viewer, and no viewer owns a compressor or an
//!   inflater.
//! - **An idle [`Decoder`] owns no heap.** Buffers come with a message's first byte, grow with the
//!   bytes that really arrived (not with those announced), and leave with the message.
//!
//! Start reading at `frame.rs` for what is sent, at `decoder.rs` for what is received. The modules
//! are in the order in which a connection meets them.
//!
//! [`Bytes`]: bytes::Bytes

mod handshake;
mod negotiate;

mod header;

mod deflate;
mod frame;

mod decoder;
mod inflate;
mod mask;

pub mod close;
mod message;
mod violation;

pub use close::CloseReason;
pub use decoder::{Decoder, MESSAGE_BYTES_MAX_DEFAULT, Role};
pub use deflate::Deflater;
pub use frame::{
    Frame, binary_frame, close_frame, deflated_text_frame, ping_frame, pong_frame, text_frame,
};
pub use handshake::{UpgradeError, UpgradeRequest, VERSION, accept_key};
pub use header::{CONTROL_PAYLOAD_BYTES_MAX, FrameHeader, HEADER_BYTES_MAX, Opcode};
pub use message::Message;
pub use negotiate::accept_deflate;
pub use violation::Violation;
