//! The requests and responses of `/api/v1/auth`, `/api/v1/account`, `/api/v1/users` and `/api/v1/tokens`.
//!
//! Times are milliseconds since the Unix epoch.
//!
//! Passwords, codes and tokens are plain texts here and only here: whoever reads one of these types puts its secrets
//! into a type of its own at once, which cannot be shown or logged.

use crate::named_enum::named_enum;
use serde::{Deserialize, Serialize};
#[cfg(feature = "openapi")]
use utoipa::ToSchema;

named_enum! {
    /// What a user may do; each role may do all that those before it may.
    #[cfg_attr(feature = "openapi", derive(ToSchema))]
    pub enum Role {
        /// Reads, and changes what is its own.
        Viewer = "viewer",
        /// Acknowledges, silences, annotates, and writes what all share.
        Operator = "operator",
        /// Manages users, tokens and targets, and reads the audit log.
        Admin = "admin",
    }
}

/// Signs in with a name and a password.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct SignIn {
    /// The user's name.
    pub name: String,
    /// The password.
    pub password: String,
    /// The six digits that an authenticator shows, or a recovery code, for users who have set that up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

/// Creates the first user, who is an admin, with the key of the setup link.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct SetUp {
    /// What follows `#` in the setup link.
    pub key: String,
    /// The name of the user.
    pub name: String,
    /// Its password.
    pub password: String,
}

/// The response to a sign-in. With `code_required`, the same is to be sent again with a `code`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum SignInResponse {
    /// The session is in the cookie of the response.
    SignedIn(AccountInfo),
    /// The password is right, and a code is missing.
    CodeRequired,
}

named_enum! {
    /// Where a user comes from.
    #[cfg_attr(feature = "openapi", derive(ToSchema))]
    pub enum Origin {
        /// It was created here, and has a password.
        Local = "local",
        /// A JSON Web Token of another program named it.
        Jwt = "jwt",
        /// A trusted proxy named it.
        Proxy = "proxy",
    }
}

/// A user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct UserInfo {
    /// Unique.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// Where it comes from.
    pub origin: Origin,
    /// Whether it signs in with a code, too.
    pub has_totp: bool,
    /// Whether it has to set that up at its next sign-in.
    pub must_set_up_totp: bool,
    /// When it was created.
    pub created_ms: i64,
    /// The last use of one of its sessions or tokens, at most a minute ago.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen_ms: Option<i64>,
}

/// All users.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct UserList {
    /// By name.
    pub users: Vec<UserInfo>,
}

/// Creates a user.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct NewUser {
    /// 1 to 40 characters: letters, digits, `.`, `_`, `-` and `@`.
    pub name: String,
    /// 10 to 200 characters.
    pub password: String,
    /// What it may do.
    pub role: Role,
}

/// Changes a user. What is absent stays.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct UserChange {
    /// The new role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// The new password; it ends all sessions of the user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// Whether the user has to sign in with a code. `false` also removes what it has set up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub totp: Option<bool>,
}

/// The sender of the request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct AccountInfo {
    /// Whether this server requires a login at all. Without one, there is no user, and everybody may do everything.
    pub login_required: bool,
    /// The user, if the request had a valid session or token of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<UserInfo>,
}

/// Replaces one's own password; it ends all other sessions.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct PasswordChange {
    /// The password so far.
    pub current: String,
    /// 10 to 200 characters.
    pub new: String,
}

/// A new secret for one's authenticator. It counts once a code of it was [confirmed](TotpConfirmation).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct TotpSecret {
    /// In base32, to be typed.
    pub secret: String,
    /// `otpauth://…`, as QR codes contain it.
    pub uri: String,
}

/// The first code of a new secret.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct TotpConfirmation {
    /// Six digits.
    pub code: String,
}

/// Each replaces a code once. They are shown this one time.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct RecoveryCodes {
    /// Ten of them.
    pub codes: Vec<String>,
}

/// One's own password, for what must not be done by whoever finds a browser open.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct PasswordConfirmation {
    /// The password.
    pub password: String,
}

/// A browser that is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct SessionInfo {
    /// Names it in `DELETE /api/v1/account/sessions/{id}`.
    pub id: i64,
    /// Whether the request came with it.
    pub is_current: bool,
    /// When it began.
    pub created_ms: i64,
    /// Its last use, at most a minute ago.
    pub last_used_ms: i64,
    /// The address that it was created from.
    pub address: String,
    /// The browser, as it describes itself.
    pub user_agent: String,
}

/// One's own sessions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct SessionList {
    /// The last used first.
    pub sessions: Vec<SessionInfo>,
}

/// An API token, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct TokenInfo {
    /// Names it in `DELETE /api/v1/tokens/{id}`.
    pub id: i64,
    /// What it is for.
    pub name: String,
    /// The user whose token it is; absent for one of the server's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// What it may be used for, such as `read` or `ingest`.
    pub scopes: Vec<String>,
    /// When it was created.
    pub created_ms: i64,
    /// When it expires; absent if never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_ms: Option<i64>,
    /// Its last use, at most a minute ago.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used_ms: Option<i64>,
}

/// API tokens: one's own, and for admins all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct TokenList {
    /// The newest first.
    pub tokens: Vec<TokenInfo>,
}

/// Creates an API token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct NewToken {
    /// What it is for: 1 to 60 characters.
    pub name: String,
    /// At least one of `read`, `ingest`, `annotate`, `admin`, `agent:HOST`, `board:ID`, `beat:NAME`.
    pub scopes: Vec<String>,
    /// After how many days it expires, 1 to 3650. Absent: 90, except for tokens with only `board:` scopes, which then
    /// do not expire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_days: Option<u32>,
}

/// A new API token.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct CreatedToken {
    /// The secret, which is shown this one time.
    pub token: String,
    /// All else.
    pub info: TokenInfo,
}

/// A JSON Web Token for API requests and WebSockets.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct AccessToken {
    /// To be sent as `Authorization: Bearer …`.
    pub token: String,
    /// `Bearer`.
    pub token_type: String,
    /// In seconds.
    pub expires_in_s: u64,
}

/// Opens one WebSocket, as the subprotocol `watchroom.ticket.TICKET`, for clients that cannot set headers.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct Ticket {
    /// The ticket.
    pub ticket: String,
    /// In seconds.
    pub expires_in_s: u64,
}

/// What a user has set up in one browser and finds in another. What is absent was never changed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct UserPreferences {
    /// `light`, `dark` or `system`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub theme: Option<String>,
    /// How often values arrive, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval_ms: Option<u64>,
    /// Whether alerts have a sound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sound: Option<bool>,
    /// The page that is shown first: `/`, `/alerts`, `/checks`, `/rooms`, or `/?host=` and the name of a host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_page: Option<String>,
    /// What the list of activity shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<ActivityFilter>,
    /// Whether the user is not shown among those who are here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hidden: Option<bool>,
}

impl UserPreferences {
    /// Replaces what is in `changes`.
    pub fn apply(&mut self, changes: Self) {
        let Self {
            theme,
            interval_ms,
            sound,
            start_page,
            filter,
            hidden,
        } = changes;
        self.theme = theme.or_else(|| self.theme.take());
        self.interval_ms = interval_ms.or(self.interval_ms);
        self.sound = sound.or(self.sound);
        self.start_page = start_page.or_else(|| self.start_page.take());
        self.filter = filter.or_else(|| self.filter.take());
        self.hidden = hidden.or(self.hidden);
    }
}

/// Which entries of the list of activity are shown. What is absent limits nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct ActivityFilter {
    /// The least level.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<String>,
    /// The one source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// A part of the text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_leave_what_they_do_not_name() {
        let before = UserPreferences {
            theme: Some("dark".into()),
            sound: Some(true),
            ..UserPreferences::default()
        };
        let mut preferences = before.clone();
        preferences.apply(UserPreferences::default());
        assert_eq!(preferences, before);
        preferences.apply(UserPreferences {
            sound: Some(false),
            start_page: Some("/alerts".into()),
            ..UserPreferences::default()
        });
        let expected = UserPreferences {
            sound: Some(false),
            start_page: Some("/alerts".into()),
            ..before
        };
        assert_eq!(preferences, expected);
    }
}
