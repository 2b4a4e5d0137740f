use crate::accounts::AccountError;
use crate::intake::Unavailable;
use accounts::Denied;
use std::time::Duration;
use store::StoreError;

/// Why something about rooms was not done. The texts are for those who asked. One who may not read a room gets the same
/// as if there were none.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RoomError {
    /// The server has no store: 404.
    #[error("this server stores nothing, so it has no rooms")]
    NoRooms,
    /// 404.
    #[error("there is no such room")]
    NoRoom,
    /// 404.
    #[error("there is no such message in this room")]
    NoMessage,
    /// 404.
    #[error("the room has no such member")]
    NoMember,
    /// 401 or 403.
    #[error("{0}")]
    Denied(#[from] Denied),
    /// 403.
    #[error("{0}")]
    NotAllowed(&'static str),
    /// 409.
    #[error("{0}")]
    Conflict(String),
    /// 422.
    #[error("{0}")]
    Invalid(String),
    /// 429.
    #[error("too many messages at once; the next one can be sent in {} s", .0.as_secs() + 1)]
    TooFast(Duration),
    /// 503.
    #[error("the store takes nothing at the moment; try again later")]
    Unavailable,
}

impl From<Unavailable> for RoomError {
    fn from(_: Unavailable) -> Self {
        Self::Unavailable
    }
}

impl From<StoreError> for RoomError {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "What belongs to a room could not be read or stored.");
        Self::Unavailable
    }
}

impl From<AccountError> for RoomError {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::Denied(denied) => Self::Denied(denied),
            _ => Self::Unavailable,
        }
    }
}
