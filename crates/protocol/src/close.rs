/// Why the server closes a WebSocket (RFC 6455 section 7.4; 4000 and up are our own).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u16)]
pub enum CloseCode {
    /// The server restarts: come back soon, not all at once.
    GoingAway = 1001,
    /// The peer broke the WebSocket protocol.
    Protocol = 1002,
    /// A text message was not UTF-8.
    InvalidData = 1007,
    /// The page's origin is not allowed.
    Policy = 1008,
    /// A message was larger than [`crate::CLIENT_MESSAGE_BYTES_MAX`].
    TooBig = 1009,
    /// Nobody is signed in.
    NotSignedIn = 4001,
    /// Whoever is signed in may not see this.
    Forbidden = 4003,
    /// The viewer read more slowly than messages came, three times in a minute.
    TooSlow = 4008,
    /// The viewer sent more messages than it may.
    TooManyMessages = 4029,
}

impl CloseCode {
    /// Whether coming back is pointless until somebody does something.
    pub fn is_final(code: u16) -> bool {
        code == Self::NotSignedIn as u16 || code == Self::Forbidden as u16
    }
}

impl From<CloseCode> for u16 {
    fn from(code: CloseCode) -> Self {
        code as Self
    }
}
