use crate::accounts::AccountError;
use crate::intake::Unavailable;
use accounts::Denied;
use boards::OperationError;
use std::time::Duration;
use store::StoreError;

/// Why something about boards was not done. The texts are for those who asked. One who may not read a board gets the same
/// as if there were none.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BoardError {
    /// The server has no store: 404.
    #[error("this server stores nothing, so it has no boards")]
    NoBoards,
    /// 404.
    #[error("there is no such board")]
    NoBoard,
    /// 404.
    #[error("no such version of this board is stored")]
    NoVersion,
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
    #[error("too many changes at once; the next one can be sent in {} s", .0.as_secs() + 1)]
    TooFast(Duration),
    /// 503.
    #[error("the store takes nothing at the moment; try again later")]
    Unavailable,
}

impl From<OperationError> for BoardError {
    fn from(error: OperationError) -> Self {
        let text = error.to_string();
        match error {
            OperationError::Invalid(_) => Self::Invalid(text),
            OperationError::Missing { .. } | OperationError::Full { .. } => Self::Conflict(text),
        }
    }
}

impl From<Unavailable> for BoardError {
    fn from(_: Unavailable) -> Self {
        Self::Unavailable
    }
}

impl From<StoreError> for BoardError {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "What belongs to a board could not be read or stored.");
        Self::Unavailable
    }
}

impl From<AccountError> for BoardError {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::Denied(denied) => Self::Denied(denied),
            _ => Self::Unavailable,
        }
    }
}
