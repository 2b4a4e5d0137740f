use access::{Access, Span};
use accounts::{Credential, Digest, Origin, Principal, Role, Scope, UserId, user_key};
use protocol::Stream;
use std::collections::HashMap;
use store::{SessionRow, TokenRow, UserRow};

/// The channel of `events` with the audit log, which only admins see.
pub(super) const AUDIT_CHANNEL: &str = "audit";

/// A session that is not used for this long ends, in milliseconds.
const SESSION_IDLE_MS_MAX: i64 = 7 * DAY_MS;

/// A session ends after this time in any case.
const SESSION_MS_MAX: i64 = 30 * DAY_MS;

/// How long a JSON Web Token of this server is valid, and with it its session.
pub(super) const ACCESS_TOKEN_MS: i64 = 15 * 60_000;

/// What is called the browser of a session that a JSON Web Token was issued to.
pub(super) const ACCESS_TOKEN_CLIENT: &str = "POST /api/v1/auth/token";

/// Uses within this time of the last recorded one are not recorded.
const USED_EVERY_MS: i64 = 60_000;

const DAY_MS: i64 = 24 * 3_600_000;

/// All users, sessions and tokens, in memory. Pure: the time is a parameter.
#[derive(Default)]
pub(super) struct Directory {
    users: HashMap<UserId, User>,
    names: HashMap<String, UserId>,
    sessions: HashMap<Digest, SessionRow>,
    tokens: HashMap<Digest, Token>,
    /// Which uses are to be stored.
    used_sessions: HashMap<i64, i64>,
    used_tokens: HashMap<i64, i64>,
    last_id: i64,
}

/// When something was used: ids and times.
type Uses = Vec<(i64, i64)>;

/// A user.
pub(super) struct User {
    pub(super) row: UserRow,
    /// Shared by all connections of the user, which follow its changes.
    pub(super) access: Access,
    pub(super) seen_ms: Option<i64>,
}

struct Token {
    row: TokenRow,
    scopes: Vec<Scope>,
}

/// Which channels a role lets a user see.
pub(super) fn spans(role: Role) -> Vec<Span> {
    let audit = Span {
        stream: Stream::Events,
        channel: AUDIT_CHANNEL.into(),
        after: 0,
        until: None,
    };
    (role == Role::Admin).then_some(audit).into_iter().collect()
}

impl Directory {
    pub(super) fn new(rows: store::Accounts) -> Self {
        let mut directory = Self::default();
        for row in rows.users {
            directory.put_user(row);
        }
        for row in rows.sessions {
            directory.put_session(row);
        }
        for row in rows.tokens {
            directory.put_token(row);
        }
        directory
    }

    /// An id that no row has or had since the start.
    pub(super) fn next_id(&mut self) -> i64 {
        self.last_id += 1;
        self.last_id
    }

    /// Whether there is any user, so that a login is required.
    pub(super) fn has_users(&self) -> bool {
        !self.users.is_empty()
    }

    /// The users that were created here.
    pub(super) fn local_users(&self) -> impl Iterator<Item = &User> {
        self.users().filter(|user| user.row.origin == Origin::Local)
    }

    pub(super) fn users(&self) -> impl Iterator<Item = &User> {
        self.users.values()
    }

    pub(super) fn user(&self, id: UserId) -> Option<&User> {
        self.users.get(&id)
    }

    pub(super) fn named(&self, name: &str) -> Option<&User> {
        self.users.get(self.names.get(&user_key(name))?)
    }

    /// Inserts or replaces a user. Its connections keep their access, which has to be changed together with the log.
    pub(super) fn put_user(&mut self, row: UserRow) {
        self.last_id = self.last_id.max(row.id);
        self.names.insert(user_key(&row.name), row.id);
        match self.users.get_mut(&row.id) {
            Some(user) => {
                if user.row.role != row.role {
                    // Its rooms stay.
                    user.access.replace_of(Stream::Events, spans(row.role));
                }
                user.row = row;
            }
            None => {
                let access = Access::member(spans(row.role));
                let (id, seen_ms) = (row.id, None);
                self.users.insert(
                    id,
                    User {
                        row,
                        access,
                        seen_ms,
                    },
                );
            }
        }
    }

    /// Removes a user with its sessions and tokens.
    pub(super) fn remove_user(&mut self, id: UserId) {
        if let Some(user) = self.users.remove(&id) {
            self.names.remove(&user_key(&user.row.name));
            user.access.replace([]);
        }
        self.sessions.retain(|_, row| row.user != id);
        self.tokens.retain(|_, token| token.row.user != Some(id));
    }

    pub(super) fn put_session(&mut self, row: SessionRow) {
        self.last_id = self.last_id.max(row.id);
        if let Some(user) = self.users.get_mut(&row.user) {
            user.seen_ms = user.seen_ms.max(Some(row.used_ms));
        }
        self.sessions.insert(row.digest.into(), row);
    }

    pub(super) fn remove_sessions(&mut self, ids: &[i64]) {
        self.sessions.retain(|_, row| !ids.contains(&row.id));
    }

    pub(super) fn sessions_of(&self, user: UserId) -> impl Iterator<Item = &SessionRow> {
        self.sessions.values().filter(move |row| row.user == user)
    }

    /// Sessions whose time is over.
    pub(super) fn expired_sessions(&self, now_ms: i64) -> Vec<i64> {
        let expired = self.sessions.values();
        expired
            .filter(|row| session_end_ms(row) <= now_ms)
            .map(|row| row.id)
            .collect()
    }

    /// Adds a token. Scopes that this version does not know allow nothing.
    pub(super) fn put_token(&mut self, row: TokenRow) {
        self.last_id = self.last_id.max(row.id);
        let scopes = row.scopes.split(' ').filter_map(|it| it.parse().ok());
        let scopes = scopes.collect();
        self.tokens.insert(row.digest.into(), Token { row, scopes });
    }

    pub(super) fn remove_token(&mut self, id: i64) {
        self.tokens.retain(|_, token| token.row.id != id);
    }

    pub(super) fn tokens(&self) -> impl Iterator<Item = &TokenRow> {
        self.tokens.values().map(|token| &token.row)
    }

    /// The principal of a session.
    pub(super) fn by_session(&mut self, digest: &Digest, now_ms: i64) -> Option<Principal> {
        let row = self.sessions.get_mut(digest)?;
        let end_ms = session_end_ms(row);
        if end_ms <= now_ms {
            return None;
        }
        let user = self.users.get_mut(&row.user)?;
        if now_ms - row.used_ms >= USED_EVERY_MS {
            row.used_ms = now_ms;
            user.seen_ms = Some(now_ms);
            self.used_sessions.insert(row.id, now_ms);
        }
        let credential = Credential::Session {
            user: row.user,
            session: row.id,
        };
        // Open connections count as use, see `use_sessions`.
        Some(user.principal(credential, Some(row.created_ms + SESSION_MS_MAX)))
    }

    /// The principal of an API token.
    pub(super) fn by_token(&mut self, digest: &Digest, now_ms: i64) -> Option<Principal> {
        let principal = self.of_token(self.tokens.get(digest)?, now_ms)?;
        let token = self.tokens.get_mut(digest)?;
        if token
            .row
            .used_ms
            .is_none_or(|at| now_ms - at >= USED_EVERY_MS)
        {
            token.row.used_ms = Some(now_ms);
            self.used_tokens.insert(token.row.id, now_ms);
        }
        Some(principal)
    }

    fn of_token(&self, token: &Token, now_ms: i64) -> Option<Principal> {
        let expires_ms = token.row.expires_ms;
        if expires_ms.is_some_and(|at_ms| at_ms <= now_ms) {
            return None;
        }
        let credential = Credential::Token {
            user: token.row.user,
            token: token.row.id,
            scopes: token.scopes.clone(),
        };
        let principal = match token.row.user {
            Some(user) => self.users.get(&user)?.principal(credential, expires_ms),
            None => Principal {
                credential,
                role: Some(Role::Admin),
                access: Access::member(spans(Role::Admin)),
                expires_ms,
                must_set_up_totp: false,
            },
        };
        Some(narrowed(principal, &token.scopes))
    }

    /// The principal of a user that another program or a proxy vouches for, with at most this role.
    pub(super) fn external(
        &self,
        credential: Credential,
        role: Role,
        expires_ms: Option<i64>,
    ) -> Option<Principal> {
        let (Credential::Jwt { user } | Credential::Proxy { user }) = credential else {
            return None;
        };
        let user = self.users.get(&user).filter(|user| !user.row.is_denied)?;
        let principal = user.principal(credential, expires_ms);
        if role >= user.row.role {
            return Some(principal);
        }
        // What the user may see by its row's role is not for this one.
        Some(Principal {
            role: Some(role),
            access: Access::member(spans(role)),
            ..principal
        })
    }

    /// The principal as it is now, if its credential still counts.
    pub(super) fn renewed(&self, principal: &Principal, now_ms: i64) -> Option<Principal> {
        let expires_ms = principal.expires_ms;
        if expires_ms.is_some_and(|at_ms| at_ms <= now_ms) {
            return None;
        }
        let credential = principal.credential.clone();
        let now = match &principal.credential {
            Credential::LoginOff | Credential::Anonymous | Credential::Public => {
                return Some(principal.clone());
            }
            Credential::Session { user, session } => {
                let mut sessions = self.sessions.values();
                sessions.find(|row| row.id == *session && session_end_ms(row) > now_ms)?;
                self.users.get(user)?.principal(credential, expires_ms)
            }
            Credential::Token { token, .. } => {
                let mut tokens = self.tokens.values();
                self.of_token(tokens.find(|it| it.row.id == *token)?, now_ms)?
            }
            Credential::Jwt { .. } | Credential::Proxy { .. } => {
                self.external(credential, principal.role?, expires_ms)?
            }
        };
        now.role.is_some().then_some(now)
    }

    /// Counts sessions of open connections as used.
    pub(super) fn use_sessions(&mut self, ids: &[i64], now_ms: i64) {
        for row in self.sessions.values_mut() {
            if ids.contains(&row.id) && now_ms - row.used_ms >= USED_EVERY_MS {
                row.used_ms = now_ms;
                self.used_sessions.insert(row.id, now_ms);
            }
        }
    }

    /// Tokens whose time is over.
    pub(super) fn expired_tokens(&self, now_ms: i64) -> Vec<i64> {
        let rows = self.tokens();
        let expired = rows.filter(|row| row.expires_ms.is_some_and(|at_ms| at_ms <= now_ms));
        expired.map(|row| row.id).collect()
    }

    /// The uses to be stored: of sessions and of tokens.
    pub(super) fn take_used(&mut self) -> (Uses, Uses) {
        (
            self.used_sessions.drain().collect(),
            self.used_tokens.drain().collect(),
        )
    }
}

impl User {
    fn principal(&self, credential: Credential, expires_ms: Option<i64>) -> Principal {
        Principal {
            credential,
            role: (!self.row.is_denied).then_some(self.row.role),
            access: self.access.clone(),
            expires_ms,
            must_set_up_totp: self.row.totp_required && self.row.totp.is_none(),
        }
    }
}

/// A token sees the channels of its user only if it may do everything that its user may, and one that shows a board sees
/// the dashboard.
fn narrowed(principal: Principal, scopes: &[Scope]) -> Principal {
    let access = if scopes.contains(&Scope::Admin) {
        return principal;
    } else if principal.credential.sees_only_dashboard() {
        Access::dashboard()
    } else {
        Access::member([])
    };
    Principal {
        access,
        ..principal
    }
}

fn session_end_ms(row: &SessionRow) -> i64 {
    if row.user_agent == ACCESS_TOKEN_CLIENT {
        return row.created_ms + ACCESS_TOKEN_MS;
    }
    (row.created_ms + SESSION_MS_MAX).min(row.used_ms + SESSION_IDLE_MS_MAX)
}

#[cfg(test)]
mod tests;
