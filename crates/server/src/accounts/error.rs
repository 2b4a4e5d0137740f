use crate::intake::Unavailable;
use accounts::Denied;
use std::time::Duration;
use store::StoreError;

/// Why something about accounts was not done. The texts are for those who asked, and contain no secret.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AccountError {
    /// The server has no store: 404.
    #[error("this server stores nothing, so it has no accounts")]
    NoAccounts,
    /// The server has no store: 404.
    #[error("this server stores nothing, so it has no rules and no alerts")]
    NoAlerts,
    /// The same for every name and password that is not right: 401.
    #[error("the name or the password is wrong")]
    WrongPassword,
    /// 401.
    #[error("the code is wrong, or was used before")]
    WrongCode,
    /// 401.
    #[error("the setup link has expired or was used; `watchroom user setup-link` prints a new one")]
    WrongSetupKey,
    /// The credential of the request does not count: 401.
    #[error("{0}")]
    InvalidCredential(&'static str),
    /// 401 or 403.
    #[error("{0}")]
    Denied(#[from] Denied),
    /// 403.
    #[error("{0}")]
    NotAllowed(String),
    /// 404.
    #[error("there is no {0} of that name or number")]
    Unknown(&'static str),
    /// 409.
    #[error("{0}")]
    Conflict(String),
    /// 422.
    #[error("{0}")]
    Invalid(String),
    /// After several failures: 429.
    #[error("too many sign-ins have failed; try again in {} s", .0.as_secs().max(1))]
    TooSoon(Duration),
    /// Too many sign-ins at the same time: 503.
    #[error("too many others sign in at the same time; try again in a moment")]
    Busy,
    /// 503.
    #[error("the store takes nothing at the moment; try again later")]
    Unavailable,
}

impl From<Unavailable> for AccountError {
    fn from(_: Unavailable) -> Self {
        Self::Unavailable
    }
}

impl From<StoreError> for AccountError {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "A change of the accounts could not be stored.");
        Self::Unavailable
    }
}
