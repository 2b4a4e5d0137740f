//! The statements on accounts, in the order of the columns in the rows.

pub(crate) const USERS: &str = "SELECT id, name, role, origin, password, totp, totp_pending, totp_step, \
     totp_required, recovery, preferences, created, is_denied FROM account ORDER BY id";

pub(crate) const SESSIONS: &str = "SELECT id, account, digest, created, used, address, user_agent \
     FROM session ORDER BY id";

pub(crate) const TOKENS: &str = "SELECT id, account, digest, name, scopes, created, expires, used \
     FROM token ORDER BY id";

pub(crate) const LOGIN_REQUIRED: &str = "SELECT login_required FROM about";

/// The last parameter is the key.
pub(crate) const PUT_USER: &str = "INSERT INTO account (id, name, role, origin, password, totp, \
     totp_pending, totp_step, totp_required, recovery, preferences, created, is_denied, key) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) \
     ON CONFLICT (id) DO UPDATE SET name = excluded.name, role = excluded.role, \
     origin = excluded.origin, password = excluded.password, totp = excluded.totp, \
     totp_pending = excluded.totp_pending, totp_step = excluded.totp_step, \
     totp_required = excluded.totp_required, recovery = excluded.recovery, \
     preferences = excluded.preferences, created = excluded.created, \
     is_denied = excluded.is_denied, key = excluded.key";

/// In this order: sessions and tokens refer to their user.
pub(crate) const REMOVE_USER: [&str; 3] = [
    "DELETE FROM session WHERE account = $1",
    "DELETE FROM token WHERE account = $1",
    "DELETE FROM account WHERE id = $1",
];

pub(crate) const PUT_SESSION: &str = "INSERT INTO session \
     (id, account, digest, created, used, address, user_agent) VALUES ($1, $2, $3, $4, $5, $6, $7) \
     ON CONFLICT (id) DO UPDATE SET account = excluded.account, digest = excluded.digest, \
     created = excluded.created, used = excluded.used, address = excluded.address, \
     user_agent = excluded.user_agent";

pub(crate) const REMOVE_SESSION: &str = "DELETE FROM session WHERE id = $1";

pub(crate) const PUT_TOKEN: &str = "INSERT INTO token \
     (id, account, digest, name, scopes, created, expires, used) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
     ON CONFLICT (id) DO UPDATE SET account = excluded.account, digest = excluded.digest, \
     name = excluded.name, scopes = excluded.scopes, created = excluded.created, \
     expires = excluded.expires, used = excluded.used";

pub(crate) const REMOVE_TOKEN: &str = "DELETE FROM token WHERE id = $1";

pub(crate) const TOUCH_SESSION: &str = "UPDATE session SET used = $2 WHERE id = $1";

pub(crate) const TOUCH_TOKEN: &str = "UPDATE token SET used = $2 WHERE id = $1";

pub(crate) const REQUIRE_LOGIN: &str = "UPDATE about SET login_required = true";
