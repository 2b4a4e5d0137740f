use crate::{Role, Scope};
use access::Access;

/// Identifies a user in the store, for as long as the user exists.
pub type UserId = i64;

/// The sender of a request, as its credential says. It is made once, where the request arrives, and passed to
/// the handler.
#[derive(Debug, Clone)]
pub struct Principal {
    /// How it was recognised.
    pub credential: Credential,
    /// What it may do at most; absent without a credential.
    pub role: Option<Role>,
    /// Which messages it may see.
    pub access: Access,
    /// When the credential ends by itself, in milliseconds since the Unix epoch.
    pub expires_ms: Option<i64>,
    /// Whether the user has to set up one-time codes before anything else.
    pub must_set_up_totp: bool,
}

/// How a principal was recognised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// Login is off, so every client may do everything.
    LoginOff,
    /// The server requires a login, and the request has no credential.
    Anonymous,
    /// The same, where the server shows its dashboard to everybody.
    Public,
    /// A signed-in browser, or a JSON Web Token that was issued to a session.
    Session {
        /// The user.
        user: UserId,
        /// Its session.
        session: i64,
    },
    /// An API token.
    Token {
        /// Its user; absent for one of the server's.
        user: Option<UserId>,
        /// The token.
        token: i64,
        /// What it may be used for.
        scopes: Vec<Scope>,
    },
    /// A JSON Web Token of another program that has the secret.
    Jwt {
        /// The user.
        user: UserId,
    },
    /// A trusted proxy names the user.
    Proxy {
        /// The user.
        user: UserId,
    },
}

impl Credential {
    /// Whether of the log it sees no more than the dashboard: the public, and a token that shows a board.
    pub fn sees_only_dashboard(&self) -> bool {
        match self {
            Self::Public => true,
            Self::Token { scopes, .. } => {
                let has = |wanted| scopes.contains(&wanted);
                let is_board = |scope: &Scope| matches!(scope, Scope::Board(_));
                scopes.iter().any(is_board) && !has(Scope::Read) && !has(Scope::Admin)
            }
            _ => false,
        }
    }
}

impl Principal {
    /// The sender of every request while login is off.
    pub fn login_off(access: Access) -> Self {
        Self {
            credential: Credential::LoginOff,
            role: Some(Role::Admin),
            access,
            expires_ms: None,
            must_set_up_totp: false,
        }
    }

    /// A request without a credential, while login is required: it may see nothing.
    pub fn anonymous() -> Self {
        Self {
            credential: Credential::Anonymous,
            role: None,
            access: Access::member([]),
            expires_ms: None,
            must_set_up_totp: false,
        }
    }

    /// A request without a credential, where the server shows its dashboard to everybody. It has no role: the table of
    /// actions says what is for the public.
    pub fn public(access: Access) -> Self {
        Self {
            credential: Credential::Public,
            access,
            ..Self::anonymous()
        }
    }

    /// The user; absent while login is off, without a credential, and for a token of the server's.
    pub fn user(&self) -> Option<UserId> {
        match &self.credential {
            Credential::LoginOff | Credential::Anonymous | Credential::Public => None,
            Credential::Session { user, .. }
            | Credential::Jwt { user }
            | Credential::Proxy { user } => Some(*user),
            Credential::Token { user, .. } => *user,
        }
    }

    /// The session, if it has one.
    pub fn session(&self) -> Option<i64> {
        match self.credential {
            Credential::Session { session, .. } => Some(session),
            _ => None,
        }
    }
}
