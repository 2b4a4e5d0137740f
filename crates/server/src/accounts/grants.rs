use accounts::{Credential, Principal, UserId};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// Lists shorter than this are not searched for grants that are gone.
const PRUNE_LEN_MIN: usize = 64;

/// What an open connection holds: it ends when the credential that the connection came with no longer counts.
#[derive(Debug)]
pub(crate) struct Grant {
    credential: Credential,
    expires_ms: Option<i64>,
    ended: AtomicU8,
}

/// Why a connection has to be closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Ended {
    /// The credential does not count any more: close code 4001.
    SignedOut = 1,
    /// The user may no longer do this: close code 4003.
    Forbidden,
}

impl Grant {
    fn of(credential: &Credential, expires_ms: Option<i64>) -> Self {
        Self {
            credential: credential.clone(),
            expires_ms,
            ended: AtomicU8::new(0),
        }
    }

    pub(crate) fn credential(&self) -> &Credential {
        &self.credential
    }

    /// Why the connection has to be closed, if it has to be.
    pub(crate) fn ended(&self, now_ms: impl FnOnce() -> i64) -> Option<Ended> {
        match self.ended.load(Ordering::Relaxed) {
            0 => self
                .expires_ms
                .is_some_and(|at_ms| at_ms <= now_ms())
                .then_some(Ended::SignedOut),
            1 => Some(Ended::SignedOut),
            _ => Some(Ended::Forbidden),
        }
    }

    fn end(&self, ended: Ended) {
        self.ended.store(ended as u8, Ordering::Relaxed);
    }
}

/// The grants of all open connections.
pub(super) struct Grants {
    list: Mutex<List>,
    /// One for all connections without a login.
    login_off: Arc<Grant>,
    /// One for all connections of the public, which ends with the server.
    public: Arc<Grant>,
}

impl Default for Grants {
    fn default() -> Self {
        Self {
            list: Mutex::default(),
            login_off: Arc::new(Grant::of(&Credential::LoginOff, None)),
            public: Arc::new(Grant::of(&Credential::Public, None)),
        }
    }
}

#[derive(Default)]
struct List {
    grants: Vec<Weak<Grant>>,
    prune_len: usize,
}

impl Grants {
    /// A grant for a connection of this principal.
    pub(super) fn add(&self, principal: &Principal) -> Arc<Grant> {
        match principal.credential {
            Credential::LoginOff => return Arc::clone(&self.login_off),
            Credential::Public => return Arc::clone(&self.public),
            _ => {}
        }
        let grant = Arc::new(Grant::of(&principal.credential, principal.expires_ms));
        let mut list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        if list.grants.len() >= list.prune_len.max(PRUNE_LEN_MIN) {
            list.grants.retain(|grant| grant.strong_count() > 0);
            list.prune_len = list.grants.len() * 2;
        }
        list.grants.push(Arc::downgrade(&grant));
        grant
    }

    /// Ends the grants of connections without a login: from now on there is one.
    pub(super) fn end_login_off(&self) {
        self.login_off.end(Ended::SignedOut);
    }

    /// Ends the grants of these sessions.
    pub(super) fn end_sessions(&self, ids: &[i64]) {
        self.end(Ended::SignedOut, |it| {
            matches!(&it.credential, Credential::Session { session, .. } if ids.contains(session))
        });
    }

    /// Ends the grants of a token.
    pub(super) fn end_token(&self, id: i64) {
        self.end(
            Ended::SignedOut,
            |it| matches!(it.credential, Credential::Token { token, .. } if token == id),
        );
    }

    /// Ends all grants of a user.
    pub(super) fn end_user(&self, id: UserId) {
        self.end(Ended::SignedOut, |it| user(&it.credential) == Some(id));
    }

    /// Has all connections of a user be authorized anew: what it may do has changed.
    pub(super) fn forbid_user(&self, id: UserId) {
        self.end(Ended::Forbidden, |it| user(&it.credential) == Some(id));
    }

    /// The sessions of open connections.
    pub(super) fn sessions(&self) -> Vec<i64> {
        let list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        let live = list.grants.iter().filter_map(Weak::upgrade);
        let sessions = live.filter_map(|grant| match grant.credential {
            Credential::Session { session, .. } => Some(session),
            _ => None,
        });
        sessions.collect()
    }

    /// Has connections of a user that others vouch for be authorized anew: the role of its row has changed.
    pub(super) fn forbid_external(&self, id: UserId) {
        self.end(Ended::Forbidden, |it| {
            matches!(it.credential, Credential::Jwt { user } | Credential::Proxy { user } if user == id)
        });
    }

    fn end(&self, ended: Ended, which: impl Fn(&Grant) -> bool) {
        let list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        let live = list.grants.iter().filter_map(Weak::upgrade);
        live.filter(|grant| which(grant))
            .for_each(|grant| grant.end(ended));
    }
}

fn user(credential: &Credential) -> Option<UserId> {
    match credential {
        Credential::LoginOff | Credential::Anonymous | Credential::Public => None,
        Credential::Session { user, .. }
        | Credential::Jwt { user }
        | Credential::Proxy { user } => Some(*user),
        Credential::Token { user, .. } => *user,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(user: UserId, session: i64) -> Principal {
        Principal {
            credential: Credential::Session { user, session },
            ..Principal::anonymous()
        }
    }

    #[test]
    fn a_grant_ends_with_its_credential() {
        let grants = Grants::default();
        let [a, b] = [session(1, 10), session(1, 11)].map(|it| grants.add(&it));
        let other = grants.add(&session(2, 20));
        let ended = |grant: &Grant| grant.ended(|| 0);
        grants.end_sessions(&[10]);
        assert_eq!(
            [&a, &b, &other].map(|it| ended(it)),
            [Some(Ended::SignedOut), None, None]
        );
        grants.forbid_user(1);
        assert_eq!(ended(&b), Some(Ended::Forbidden));
        assert_eq!(ended(&other), None);
        grants.end_user(2);
        assert_eq!(ended(&other), Some(Ended::SignedOut));
    }

    #[test]
    fn a_grant_ends_at_its_time() {
        let principal = Principal {
            expires_ms: Some(1_000),
            ..session(1, 1)
        };
        let grant = Grants::default().add(&principal);
        assert_eq!(grant.ended(|| 999), None);
        assert_eq!(grant.ended(|| 1_000), Some(Ended::SignedOut));
    }

    #[test]
    fn connections_without_a_login_share_one() {
        let grants = Grants::default();
        let principal = Principal::login_off(access::Access::everything());
        let [a, b] = [(); 2].map(|()| grants.add(&principal));
        assert!(Arc::ptr_eq(&a, &b));
        grants.end_login_off();
        assert_eq!(a.ended(|| 0), Some(Ended::SignedOut));
    }

    #[test]
    fn grants_that_are_gone_are_forgotten() {
        let grants = Grants::default();
        for id in 0..10_000 {
            drop(grants.add(&session(1, id)));
        }
        let list = grants.list.lock().expect("no panic");
        assert!(list.grants.len() <= PRUNE_LEN_MIN);
    }
}
