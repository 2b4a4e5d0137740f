//! Rows as the databases have them. One that cannot be read is an error that names it, and never left out: a user
//! who is missing may be a denied one.

use protocol::account::{Origin, Role};
use std::borrow::Cow;

use super::{SessionRow, TokenRow, UserRow};

const DIGEST_BYTES: usize = 32;

/// What makes a user unique: a local one its name in any case, others their exact name, since two that differ in
/// case may be two users to the program that gives them. `=` is in no local name; former versions had no such keys.
pub(crate) fn user_key(name: &str, origin: Origin) -> String {
    match origin {
        Origin::Local => plain(name).to_ascii_lowercase(),
        Origin::Jwt | Origin::Proxy => format!("={}", plain(name)),
    }
}

/// PostgreSQL's text cannot contain NUL, so no text of these tables does on either database.
pub(crate) fn plain(text: &str) -> Cow<'_, str> {
    match text.contains('\0') {
        true => text.replace('\0', "\u{fffd}").into(),
        false => text.into(),
    }
}

/// One after the other.
pub(crate) fn recovery_column(digests: &[[u8; DIGEST_BYTES]]) -> Vec<u8> {
    digests.concat()
}

/// Id, name, role, origin, password, TOTP secret, pending one, last step, whether it is required, recovery codes,
/// preferences, creation, whether it is denied.
pub(crate) type UserColumns = (
    i64,
    String,
    String,
    String,
    Option<String>,
    Option<Vec<u8>>,
    Option<Vec<u8>>,
    Option<i64>,
    bool,
    Vec<u8>,
    String,
    i64,
    bool,
);

/// Id, user, digest, creation, last use, address, browser.
pub(crate) type SessionColumns = (i64, i64, Vec<u8>, i64, i64, String, String);

/// Id, user, digest, name, scopes, creation, expiry, last use.
pub(crate) type TokenColumns = (
    i64,
    Option<i64>,
    Vec<u8>,
    String,
    String,
    i64,
    Option<i64>,
    Option<i64>,
);

pub(crate) fn user_of(row: UserColumns) -> Result<UserRow, sqlx::Error> {
    let (id, name, role, origin, password, totp, totp_pending, totp_step, totp_required, ..) = row;
    let (.., recovery, preferences, created_ms, is_denied) = row;
    let known_role = Role::ALL.into_iter().find(|it| it.name() == role);
    let known_origin = Origin::ALL.into_iter().find(|it| it.name() == origin);
    Ok(UserRow {
        role: known_role
            .ok_or_else(|| unreadable("user", id, format!("there is no role `{role}`")))?,
        origin: known_origin
            .ok_or_else(|| unreadable("user", id, format!("there is no origin `{origin}`")))?,
        recovery: recovery_of(id, &recovery)?,
        id,
        name,
        password,
        totp,
        totp_pending,
        totp_step,
        totp_required,
        preferences,
        created_ms,
        is_denied,
    })
}

pub(crate) fn session_of(row: SessionColumns) -> Result<SessionRow, sqlx::Error> {
    let (id, user, digest, created_ms, used_ms, address, user_agent) = row;
    Ok(SessionRow {
        id,
        user,
        digest: digest_of("session", id, &digest)?,
        created_ms,
        used_ms,
        address,
        user_agent,
    })
}

pub(crate) fn token_of(row: TokenColumns) -> Result<TokenRow, sqlx::Error> {
    let (id, user, digest, name, scopes, created_ms, expires_ms, used_ms) = row;
    Ok(TokenRow {
        id,
        user,
        digest: digest_of("token", id, &digest)?,
        name,
        scopes,
        created_ms,
        expires_ms,
        used_ms,
    })
}

fn recovery_of(user: i64, bytes: &[u8]) -> Result<Vec<[u8; DIGEST_BYTES]>, sqlx::Error> {
    let (digests, rest) = bytes.as_chunks();
    if rest.is_empty() {
        return Ok(digests.to_vec());
    }
    let problem = format!("its recovery codes have {} bytes", bytes.len());
    Err(unreadable("user", user, problem))
}

fn digest_of(kind: &str, id: i64, bytes: &[u8]) -> Result<[u8; DIGEST_BYTES], sqlx::Error> {
    let problem = || format!("its digest has {} bytes", bytes.len());
    bytes
        .try_into()
        .map_err(|_| unreadable(kind, id, problem()))
}

fn unreadable(kind: &str, id: i64, problem: String) -> sqlx::Error {
    sqlx::Error::Decode(format!("the {kind} with the id {id}: {problem}").into())
}
