//! Users, their sessions, and API tokens. What the tables have of secrets are hashes, except the secrets of
//! authenticators, which the server needs itself.

mod row;
mod statements;

use std::fmt;

use async_trait::async_trait;
use protocol::account::{Origin, Role};

use crate::StoreError;

pub(crate) use row::{
    SessionColumns, TokenColumns, UserColumns, plain, recovery_column, session_of, token_of,
    user_key, user_of,
};
pub(crate) use statements::*;

/// The tables of accounts. The server reads them once and keeps what they have in memory, so there are only
/// writes of single rows. Each but [`AccountStore::touch`] is synced to disk when it returns: neither a revoked
/// session nor a former password comes back after a power loss.
#[async_trait]
pub trait AccountStore: Send + Sync {
    /// Everything, as it was at one moment.
    async fn accounts(&self) -> Result<Accounts, StoreError>;

    /// Inserts a user, or replaces the one with its id. The name must be no other user's, in whatever case.
    async fn put_user(&self, user: &UserRow) -> Result<(), StoreError>;

    /// Deletes a user with its sessions and tokens.
    async fn remove_user(&self, id: i64) -> Result<(), StoreError>;

    /// Inserts a session, or replaces the one with its id. Its user must exist.
    async fn put_session(&self, session: &SessionRow) -> Result<(), StoreError>;

    /// Deletes sessions.
    async fn remove_sessions(&self, ids: &[i64]) -> Result<(), StoreError>;

    /// Inserts a token, or replaces the one with its id. Its user, if it has one, must exist.
    async fn put_token(&self, token: &TokenRow) -> Result<(), StoreError>;

    /// Deletes a token.
    async fn remove_token(&self, id: i64) -> Result<(), StoreError>;

    /// Sets when these sessions and tokens were last used: id and time. Those that do not exist are left out.
    async fn touch(&self, sessions: &[(i64, i64)], tokens: &[(i64, i64)])
    -> Result<(), StoreError>;

    /// From now on a login is required, for good.
    async fn put_login_required(&self) -> Result<(), StoreError>;
}

/// What the tables of accounts have, each by id.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Accounts {
    /// The users.
    pub users: Vec<UserRow>,
    /// Their sessions.
    pub sessions: Vec<SessionRow>,
    /// API tokens.
    pub tokens: Vec<TokenRow>,
    /// Whether a login was ever required.
    pub login_required: bool,
}

/// A user.
#[derive(Clone, PartialEq, Eq)]
pub struct UserRow {
    /// Unique.
    pub id: i64,
    /// Unique in lower case.
    pub name: String,
    /// What the user may do.
    pub role: Role,
    /// Where the user comes from.
    pub origin: Origin,
    /// The hash of the password.
    pub password: Option<String>,
    /// The secret of the authenticator.
    pub totp: Option<Vec<u8>>,
    /// The secret of a new authenticator, until a code of it was confirmed.
    pub totp_pending: Option<Vec<u8>>,
    /// The step of the last code, which does not count again.
    pub totp_step: Option<i64>,
    /// Whether the user has to sign in with a code.
    pub totp_required: bool,
    /// The digests of the recovery codes that are left.
    pub recovery: Vec<[u8; 32]>,
    /// What the user has set up, as JSON.
    pub preferences: String,
    /// When it was created.
    pub created_ms: i64,
    /// Whether it was deleted and stays denied, since tokens of another program or a proxy still name it.
    pub is_denied: bool,
}

/// A signed-in browser.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionRow {
    /// Unique.
    pub id: i64,
    /// The user.
    pub user: i64,
    /// The digest of the cookie's value; unique.
    pub digest: [u8; 32],
    /// When it began.
    pub created_ms: i64,
    /// Its last use.
    pub used_ms: i64,
    /// The address that it was created from.
    pub address: String,
    /// The browser, as it describes itself.
    pub user_agent: String,
}

/// An API token.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenRow {
    /// Unique.
    pub id: i64,
    /// The user; absent for a token of the server's.
    pub user: Option<i64>,
    /// The digest of the token; unique.
    pub digest: [u8; 32],
    /// What it is for.
    pub name: String,
    /// What it may be used for, separated by spaces.
    pub scopes: String,
    /// When it was created.
    pub created_ms: i64,
    /// When it expires; absent if never.
    pub expires_ms: Option<i64>,
    /// Its last use.
    pub used_ms: Option<i64>,
}

/// Without hashes, secrets and digests.
impl fmt::Debug for UserRow {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("UserRow")
            .field("id", &self.id)
            .field("name", &self.name)
            .field("role", &self.role)
            .field("origin", &self.origin)
            .field("has_password", &self.password.is_some())
            .field("has_totp", &self.totp.is_some())
            .field("totp_required", &self.totp_required)
            .field("recovery_codes", &self.recovery.len())
            .field("created_ms", &self.created_ms)
            .field("is_denied", &self.is_denied)
            .finish_non_exhaustive()
    }
}

/// Without the digest.
impl fmt::Debug for SessionRow {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("SessionRow")
            .field("id", &self.id)
            .field("user", &self.user)
            .field("created_ms", &self.created_ms)
            .field("used_ms", &self.used_ms)
            .field("address", &self.address)
            .field("user_agent", &self.user_agent)
            .finish_non_exhaustive()
    }
}

/// Without the digest.
impl fmt::Debug for TokenRow {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("TokenRow")
            .field("id", &self.id)
            .field("user", &self.user)
            .field("name", &self.name)
            .field("scopes", &self.scopes)
            .field("created_ms", &self.created_ms)
            .field("expires_ms", &self.expires_ms)
            .field("used_ms", &self.used_ms)
            .finish_non_exhaustive()
    }
}
