//! Who may do what: principals, their roles and scopes, and the one table of actions; and the credentials by which a
//! principal is recognised. Nothing here names a socket, a database or an HTTP header, and nothing reads a clock.
//!
//! Start with [`authorize`]. Secrets are [`Secret`]s from where they arrive: they are never shown, and what is stored
//! of them is a [`Digest`] or a [`PasswordHash`].

mod action;
mod principal;
mod scope;

mod secret;

mod password;

mod totp;

mod recovery;

mod jwt;

mod delays;

pub use action::{Action, Denied, Lack, Requirement, authorize, may_beat, may_read_board};
pub use delays::Delays;
pub use jwt::{Claims, InvalidJwt, InvalidJwtKey, JwtKey};
pub use password::{
    InvalidUserName, PasswordHash, WeakPassword, check_password, check_user_name, user_key,
};
pub use principal::{Credential, Principal, UserId};
pub use protocol::account::{Origin, Role};
pub use recovery::{recovery_codes, recovery_digest};
pub use scope::{InvalidScope, SCOPES_MAX, Scope};
pub use secret::{Digest, InvalidDigest, Secret};
pub use totp::TotpSecret;
