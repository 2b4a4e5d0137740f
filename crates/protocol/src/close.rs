/// Why the server closes a WebSocket (RFC 6455 section 7.4; 4000 and up are our own).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u16)]
pub enum CloseCode {
    /// The server restarts: reconnect soon, after a random delay.
    GoingAway = 1001,
    /// The client violated the WebSocket protocol.
    Protocol = 1002,
    /// A text message was not UTF-8.
    InvalidData = 1007,
    /// The page's origin is not allowed.
    Policy = 1008,
    /// A message was larger than [`crate::CLIENT_MESSAGE_BYTES_MAX`].
    TooBig = 1009,
    /// The connection is not authenticated.
    NotSignedIn = 4001,
    /// The user is not authorized.
    Forbidden = 4003,
    /// The viewer read more slowly than messages arrived, three times in a minute.
    TooSlow = 4008,
    /// The viewer sent more messages than it may.
    TooManyMessages = 4029,
}

impl CloseCode {
    /// Whether reconnecting cannot succeed without a user's action.
    pub fn is_final(code: u16) -> bool {
        code == Self::NotSignedIn as u16 || code == Self::Forbidden as u16
    }
}

impl From<CloseCode> for u16 {
    fn from(code: CloseCode) -> Self {
        code as Self
    }
}
