use super::directory::{ACCESS_TOKEN_CLIENT, ACCESS_TOKEN_MS};
use super::service::now_ms;
use super::{AccountError, Accounts};
use crate::network::network;
use accounts::{
    Claims, Delays, Origin, PasswordHash, Secret, TotpSecret, UserId, recovery_digest, user_key,
};
use protocol::Level;
use protocol::account::{AccessToken, SetUp, SignIn};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use store::{SessionRow, UserRow};

/// Keys whose failures are remembered.
const DELAYED_MAX: usize = 10_000;

/// Names and addresses of failed sign-ins that the next audit entries name.
const FAILURES_MAX: usize = 20;

/// The sessions of a user, of browsers and of programs. Beyond, the least recently used one ends.
const SESSIONS_MAX: usize = 50;

/// The longest description of a browser that is stored, in characters.
const USER_AGENT_CHARS_MAX: usize = 200;

/// What a session's secret begins with: in a cookie, and in a JSON Web Token. One is of no use in place of the other.
pub(crate) const COOKIE_PREFIX: &str = "ws_";
pub(crate) const JWT_PREFIX: &str = "wj_";

/// Who signs in.
#[derive(Debug, Clone)]
pub(crate) struct Visitor {
    pub(crate) address: IpAddr,
    pub(crate) user_agent: String,
}

/// The outcome of a sign-in.
pub(crate) enum SignedIn {
    /// The secret of the new session, and the user.
    Session(Secret, UserId),
    /// The password is right, and a code is missing.
    CodeRequired,
}

/// Failed sign-ins: delays, and what is reported to the audit log.
pub(super) struct Attempts {
    delays: Mutex<Delays>,
    failures: Mutex<Failures>,
    /// Since the start.
    failed: AtomicU64,
}

/// Failures since the last entries of the audit log, by the name of the user and the address. The name is empty if there
/// is no such user: what was typed may be a password.
#[derive(Default)]
struct Failures {
    by_key: HashMap<(String, Option<IpAddr>), u32>,
    /// Beyond the names and addresses that are remembered.
    others: u32,
}

impl Default for Attempts {
    fn default() -> Self {
        Self {
            delays: Mutex::new(Delays::new(DELAYED_MAX)),
            failures: Mutex::default(),
            failed: AtomicU64::new(0),
        }
    }
}

impl Attempts {
    /// Begins an attempt with these keys; fails while one of them has to wait. It counts as a failure until it has
    /// [succeeded](Self::succeeded), so that many at the same time wait for each other, too.
    pub(super) fn begin(&self, keys: &DelayKeys) -> Result<(), AccountError> {
        let mut delays = self.delays.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        match keys.all().map(|key| delays.wait(key, now)).max() {
            Some(wait) if !wait.is_zero() => return Err(AccountError::TooSoon(wait)),
            _ => {}
        }
        keys.all().for_each(|key| delays.failed(key, now));
        Ok(())
    }

    /// An attempt was one of the user itself, so that its failures are forgotten; those of others at the network are not.
    pub(super) fn succeeded(&self, keys: &DelayKeys) {
        let mut delays = self.delays.lock().unwrap_or_else(PoisonError::into_inner);
        keys.own.iter().for_each(|key| delays.succeeded(key));
        keys.shared.iter().for_each(|key| delays.withdraw(key));
    }

    /// An attempt was not looked at, so it does not count.
    pub(super) fn withdraw(&self, keys: &DelayKeys) {
        let mut delays = self.delays.lock().unwrap_or_else(PoisonError::into_inner);
        keys.all().for_each(|key| delays.withdraw(key));
    }

    /// Has the audit log say that an attempt has failed; without an address it was one of a user who is signed in,
    /// without a name one that is no user's.
    pub(super) fn failed(&self, name: &str, address: Option<IpAddr>) {
        self.failed.fetch_add(1, Ordering::Relaxed);
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (user_key(name).chars().take(40).collect(), address);
        match failures.by_key.len() < FAILURES_MAX || failures.by_key.contains_key(&key) {
            true => *failures.by_key.entry(key).or_default() += 1,
            false => failures.others += 1,
        }
    }

    /// How many have failed since the start.
    pub(super) fn failed_count(&self) -> u64 {
        self.failed.load(Ordering::Relaxed)
    }

    /// An entry of the audit log for each name and address with failures since the last call.
    pub(super) fn take_failures(&self) -> Vec<String> {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let Failures { by_key, others } = std::mem::take(&mut *failures);
        drop(failures);
        let entries = by_key
            .into_iter()
            .map(|((name, address), count)| match address {
                Some(address) if name.is_empty() => format!(
                    "{count} failed sign-ins with names of no user from {address} within a minute"
                ),
                Some(address) => {
                    format!("{count} failed sign-ins as {name:?} from {address} within a minute")
                }
                None => format!(
                    "{count} wrong passwords of {name:?}, who is signed in, within a minute"
                ),
            });
        let others = (others > 0).then(|| {
            format!("{others} failed sign-ins with other names and addresses within a minute")
        });
        entries.chain(others).collect()
    }
}

impl Accounts {
    /// Checks a password, and a code if the user has set that up, and begins a session.
    pub(crate) async fn sign_in(
        &self,
        request: SignIn,
        visitor: &Visitor,
    ) -> Result<SignedIn, AccountError> {
        self.begin_session(request, visitor, COOKIE_PREFIX).await
    }

    /// The same for programs: the session's secret is in a JSON Web Token.
    pub(crate) async fn access_token(
        &self,
        request: SignIn,
        visitor: &Visitor,
    ) -> Result<AccessToken, AccountError> {
        let Some(key) = &self.0.jwt else {
            let why = "JSON Web Tokens are off; the setting `jwt_secret` turns them on";
            return Err(AccountError::Conflict(why.into()));
        };
        let visitor = Visitor {
            user_agent: ACCESS_TOKEN_CLIENT.into(),
            ..visitor.clone()
        };
        let SignedIn::Session(secret, user) =
            self.begin_session(request, &visitor, JWT_PREFIX).await?
        else {
            return Err(AccountError::Invalid(
                "`code` is missing: this user signs in with one".into(),
            ));
        };
        let now_s = now_ms().unsigned_abs() / 1_000;
        let expires_in_s = ACCESS_TOKEN_MS.unsigned_abs() / 1_000;
        let token = key.issue(&Claims {
            sub: user.to_string(),
            name: None,
            role: None,
            exp: now_s + expires_in_s,
            iat: Some(now_s),
            sid: Some(secret.expose().to_owned()),
        });
        Ok(AccessToken {
            token,
            token_type: "Bearer".into(),
            expires_in_s,
        })
    }

    async fn begin_session(
        &self,
        request: SignIn,
        visitor: &Visitor,
        prefix: &str,
    ) -> Result<SignedIn, AccountError> {
        self.store()?;
        let SignIn {
            name,
            password,
            code,
        } = request;
        let password = Arc::new(Secret::new(password));
        let (user, is_known) = self.candidate(&name, visitor.address);
        let keys = DelayKeys::of_sign_in(&name, visitor.address, is_known);
        self.0.attempts.begin(&keys)?;
        let known_name = audited_name(user.as_ref()).to_owned();
        let failed = |error: AccountError| {
            tracing::info!(address = %visitor.address, "A sign-in has failed.");
            self.0.attempts.failed(&known_name, Some(visitor.address));
            Err(error)
        };
        let hash = user.as_ref().and_then(|user| user.password.clone());
        let hash = hash.map(PasswordHash::from_stored);
        let verified = self.0.passwords.verify(hash, password).await;
        let is_right = verified.inspect_err(|_| self.0.attempts.withdraw(&keys))?;
        let Some(user) = user.filter(|_| is_right) else {
            return failed(AccountError::WrongPassword);
        };
        let _changing = self.0.changing.lock().await;
        // As it is now: the password may have been changed meanwhile.
        let current = self.directory().user(user.id).map(|it| it.row.clone());
        let Some(mut current) = current.filter(|it| it.password == user.password) else {
            return failed(AccountError::WrongPassword);
        };
        if current.totp.is_some() {
            let Some(code) = code.filter(|code| !code.trim().is_empty()) else {
                // The password is right, and the next attempt has the code.
                self.0.attempts.withdraw(&keys);
                return Ok(SignedIn::CodeRequired);
            };
            if !take_code(&mut current, &code) {
                return failed(AccountError::WrongCode);
            }
            self.store()?.put_user(&current).await?;
            self.directory().put_user(current.clone());
        }
        self.0.attempts.succeeded(&keys);
        let secret = self.new_session(&current, visitor, prefix).await?;
        Ok(SignedIn::Session(secret, current.id))
    }

    /// Creates the first user, an admin, with the key of the setup link, and begins a session.
    pub(crate) async fn set_up(
        &self,
        request: SetUp,
        visitor: &Visitor,
    ) -> Result<SignedIn, AccountError> {
        let key = Secret::new(request.key);
        if !self.0.setup_link.accepts(&key, Instant::now()) {
            return Err(AccountError::WrongSetupKey);
        }
        let password = Secret::new(request.password);
        let created = self.first_user(&request.name, password).await?;
        let _changing = self.0.changing.lock().await;
        let secret = self.new_session(&created, visitor, COOKIE_PREFIX).await?;
        Ok(SignedIn::Session(secret, created.id))
    }

    /// The user of this name if it may sign in with a password, and whether it is signed in from this address.
    fn candidate(&self, name: &str, address: IpAddr) -> (Option<UserRow>, bool) {
        let directory = self.directory();
        let user = directory.named(name);
        let user = user.filter(|it| it.row.origin == Origin::Local && !it.row.is_denied);
        let own = network(address);
        let is_known = user.is_some_and(|user| {
            let mut sessions = directory.sessions_of(user.row.id);
            sessions.any(|session| {
                let address = session.address.parse().ok();
                address.is_some_and(|address| network(address) == own)
            })
        });
        (user.map(|user| user.row.clone()), is_known)
    }

    /// The caller holds `changing`.
    async fn new_session(
        &self,
        user: &UserRow,
        visitor: &Visitor,
        prefix: &str,
    ) -> Result<Secret, AccountError> {
        let (secret, now_ms) = (Secret::random(prefix), now_ms());
        let (id, excess) = {
            let mut directory = self.directory();
            let is_for_programs = |client: &str| client == ACCESS_TOKEN_CLIENT;
            let is_alike =
                |client: &str| is_for_programs(client) == is_for_programs(&visitor.user_agent);
            let sessions = directory.sessions_of(user.id);
            let mut sessions: Vec<_> = sessions.filter(|it| is_alike(&it.user_agent)).collect();
            sessions.sort_by_key(|session| session.used_ms);
            let excess = (sessions.len() + 1).saturating_sub(SESSIONS_MAX);
            let excess: Vec<_> = sessions[..excess].iter().map(|it| it.id).collect();
            (directory.next_id(), excess)
        };
        let row = SessionRow {
            id,
            user: user.id,
            digest: *secret.digest().as_bytes(),
            created_ms: now_ms,
            used_ms: now_ms,
            address: visitor.address.to_string(),
            user_agent: visitor
                .user_agent
                .chars()
                .take(USER_AGENT_CHARS_MAX)
                .collect(),
        };
        let how = match prefix {
            JWT_PREFIX => " for a JSON Web Token",
            _ => "",
        };
        let text = format!("{} signed in from {}{how}", user.name, visitor.address);
        self.audit(Level::Info, text).await?;
        self.store()?.put_session(&row).await?;
        self.directory().put_session(row);
        if !excess.is_empty() {
            self.end_sessions(&excess).await?;
        }
        Ok(secret)
    }
}

/// What failures delay.
pub(super) struct DelayKeys {
    /// What only the user's own attempts can end.
    own: Vec<String>,
    /// What others fail with, too.
    shared: Option<String>,
}

impl DelayKeys {
    /// This name at this network and, except where its user is signed in, others at this network, and this name anywhere.
    /// So failures from elsewhere do not keep users out where they are signed in.
    fn of_sign_in(name: &str, address: IpAddr, is_known: bool) -> Self {
        let (name, network) = (user_key(name), network(address));
        let mut own = vec![format!("both {network} {name}")];
        if !is_known {
            own.push(format!("name {name}"));
        }
        let shared = (!is_known).then(|| format!("network {network}"));
        Self { own, shared }
    }

    /// A user who is signed in, and confirms something with its password.
    pub(super) fn of_user(user: UserId) -> Self {
        Self {
            own: vec![format!("own {user}")],
            shared: None,
        }
    }

    fn all(&self) -> impl Iterator<Item = &String> {
        self.own.iter().chain(&self.shared)
    }
}

/// How the audit log names who has failed to sign in: not by what was typed.
fn audited_name(user: Option<&UserRow>) -> &str {
    user.map_or("", |user| &user.name)
}

/// Whether the code counts, and then takes it from those that count.
fn take_code(user: &mut UserRow, code: &str) -> bool {
    let now_s = now_ms().unsigned_abs() / 1_000;
    let secret = user.totp.as_deref().and_then(TotpSecret::from_bytes);
    let last = user.totp_step.map(i64::unsigned_abs);
    if let Some(step) = secret.and_then(|secret| secret.verify(code.trim(), now_s, last)) {
        user.totp_step = i64::try_from(step).ok();
        return true;
    }
    let digest = recovery_digest(code);
    let before = user.recovery.len();
    user.recovery.retain(|it| it != digest.as_bytes());
    user.recovery.len() < before
}

#[cfg(test)]
mod tests {
    use super::super::users::new_row;
    use super::*;
    use accounts::Role;

    #[test]
    fn a_user_is_not_kept_out_where_it_is_signed_in() {
        let attempts = Attempts::default();
        let (foreign, own): (IpAddr, IpAddr) = ([192, 0, 2, 1].into(), [198, 51, 100, 7].into());
        let begin =
            |address, is_known| attempts.begin(&DelayKeys::of_sign_in("Alice", address, is_known));
        for _ in 0..10 {
            // Refused after the first three.
            let _ = begin(foreign, false);
        }
        assert!(begin(foreign, false).is_err());
        assert!(begin(own, false).is_err(), "not known there");
        assert!(begin(own, true).is_ok());
        for _ in 0..10 {
            attempts.failed("alice", Some(foreign));
        }
        let failures = attempts.take_failures();
        assert_eq!(failures.len(), 1);
        assert!(
            failures[0].contains("10 failed sign-ins as \"alice\""),
            "{failures:?}"
        );
    }

    #[test]
    fn a_success_clears_nothing_that_others_have_done() {
        let attempts = Attempts::default();
        let address: IpAddr = [192, 0, 2, 1].into();
        let keys = |name: &str| DelayKeys::of_sign_in(name, address, false);
        let try_once = |name: &str| attempts.begin(&keys(name));
        // Somebody who has an account guesses the passwords of others, and signs in between.
        let mut guesses = 0;
        for round in 0..10 {
            if try_once(&format!("victim-{round}")).is_ok() {
                guesses += 1;
            }
            if try_once("mallory").is_ok() {
                attempts.succeeded(&keys("mallory"));
            }
        }
        assert!(guesses < 10, "{guesses}");
    }

    #[test]
    fn an_attempt_that_was_not_looked_at_does_not_count() {
        let attempts = Attempts::default();
        let keys = DelayKeys::of_sign_in("alice", [192, 0, 2, 1].into(), false);
        for _ in 0..100 {
            assert!(attempts.begin(&keys).is_ok());
            attempts.withdraw(&keys);
        }
    }

    #[test]
    fn the_audit_log_names_only_users() {
        let attempts = Attempts::default();
        let address = Some([192, 0, 2, 1].into());
        attempts.failed(audited_name(None), address);
        attempts.failed(audited_name(None), address);
        assert_eq!(
            attempts.take_failures(),
            ["2 failed sign-ins with names of no user from 192.0.2.1 within a minute"]
        );
        let alice = new_row(1, "Alice", Role::Viewer, Origin::Local);
        attempts.failed(audited_name(Some(&alice)), address);
        assert!(attempts.take_failures()[0].contains("as \"alice\""));
    }

    #[test]
    fn addresses_of_one_ipv6_network_are_delayed_together() {
        let keys = |address: &str| {
            let address = address.parse().expect(address);
            DelayKeys::of_sign_in("alice", address, false).shared
        };
        assert_eq!(keys("2001:db8::1"), keys("2001:db8::ffff:1"));
        assert_ne!(keys("2001:db8::1"), keys("2001:db8:0:1::1"));
        assert_eq!(keys("::ffff:192.0.2.1"), keys("192.0.2.1"));
    }
}
