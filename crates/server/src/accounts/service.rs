use super::directory::Directory;
use super::grants::{Grant, Grants};
use super::login_policy::{LoginPolicy, exposed_by};
use super::passwords::Passwords;
use super::setup_link::SetupLink;
use super::sign_in::Attempts;
use super::tickets::Tickets;
use super::{AccountError, audit};
use crate::config::{Config, Public};
use crate::intake::WeakAppender;
use access::Access;
use accounts::{Action, Credential, Denied, Digest, JwtKey, Principal, Role, Secret, authorize};
use axum::http::HeaderName;
use protocol::{Event, Level, Timestamp};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Instant;
use store::Store;
use tokio::sync::Notify;

/// How often uses of sessions and tokens are stored, and what has expired is removed.
const TIDY_EVERY: std::time::Duration = std::time::Duration::from_secs(60);

/// Who changes the accounts.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Actor<'a> {
    /// The user of the operating system that may open the socket in the data directory.
    CommandLine,
    /// The bearer of the setup link's key.
    SetupLink,
    /// The sender of a request.
    Sender(&'a Principal),
}

/// Accounts of this server. A cheap, shared handle.
#[derive(Clone)]
pub(crate) struct Accounts(pub(super) Arc<Shared>);

pub(super) struct Shared {
    pub(super) store: Option<Arc<dyn Store>>,
    pub(super) intake: WeakAppender,
    pub(super) policy: LoginPolicy,
    /// Whether a restart would not know yet that a login is required.
    is_latch_unstored: AtomicBool,
    /// Wakes [`Accounts::tidy`] before its time.
    tidy_now: Notify,
    pub(super) directory: Mutex<Directory>,
    /// Held while the accounts are changed: read, written to the store, and then changed here.
    pub(super) changing: tokio::sync::Mutex<()>,
    pub(super) grants: Grants,
    /// How many users were removed since the start.
    pub(super) removals: AtomicU64,
    pub(super) passwords: Passwords,
    pub(super) attempts: Attempts,
    pub(super) tickets: Tickets,
    pub(super) setup_link: SetupLink,
    pub(super) jwt: Option<JwtKey>,
    pub(super) jwt_role_max: Role,
    pub(super) proxy_user_role: Role,
    proxy_user_header: Option<HeaderName>,
    /// What everybody may see while login is off.
    everything: Access,
    /// What everybody may see once a login is required; absent if nothing.
    public: Option<Access>,
    /// Distinguishes this server's cookie from those of others on the same host.
    cookie_name: String,
    /// The address of the page.
    url: OnceLock<String>,
    /// The port that the server listens on.
    port: OnceLock<u16>,
    /// Wakes those that close connections whose grant has ended.
    ended: OnceLock<Box<dyn Fn() + Send + Sync>>,
}

impl Accounts {
    /// Reads the accounts from the store; without one there are none.
    pub(crate) async fn open(
        config: &Config,
        store: Option<Arc<dyn Store>>,
        intake: WeakAppender,
        epoch: &str,
    ) -> Result<Self, store::StoreError> {
        let rows = match &store {
            Some(store) => store.accounts().await?,
            None => store::Accounts::default(),
        };
        let latched = rows.login_required;
        let directory = Directory::new(rows);
        let is_exposed = exposed_by(config).is_some();
        let is_required = latched || directory.has_users() || is_exposed;
        if let Some(store) = store.as_ref().filter(|_| is_exposed && !latched) {
            // Also once the setting is gone: who knows the address may still try.
            store.put_login_required().await?;
        }
        let secret = Secret::new(config.jwt_secret.expose().to_owned());
        Ok(Self(Arc::new(Shared {
            policy: LoginPolicy::new(is_required, store.is_some()),
            is_latch_unstored: AtomicBool::new(false),
            tidy_now: Notify::new(),
            store,
            intake,
            directory: Mutex::new(directory),
            changing: tokio::sync::Mutex::default(),
            grants: Grants::default(),
            removals: AtomicU64::new(0),
            passwords: Passwords::default(),
            attempts: Attempts::default(),
            tickets: Tickets::default(),
            setup_link: SetupLink::default(),
            // The configuration has checked its length; empty is for none.
            jwt: JwtKey::new(&secret).ok(),
            jwt_role_max: config.jwt_role_max,
            proxy_user_role: config.proxy_user_role,
            // Empty is no name of a header.
            proxy_user_header: config.proxy_user_header.parse().ok(),
            everything: Access::everything(),
            public: (config.public == Public::Dashboard).then(Access::dashboard),
            cookie_name: format!("watchroom-{}", epoch.get(..8).unwrap_or(epoch)),
            url: OnceLock::new(),
            port: OnceLock::new(),
            ended: OnceLock::new(),
        })))
    }

    /// What is known only once the server listens: its address, and how to close connections. Before any request.
    pub(crate) fn start(
        &self,
        url: String,
        port: u16,
        close_ended: impl Fn() + Send + Sync + 'static,
    ) {
        // Set once; there is one server.
        let _ = self.0.url.set(url);
        let _ = self.0.port.set(port);
        let _ = self.0.ended.set(Box::new(close_ended));
    }

    pub(crate) fn policy(&self) -> &LoginPolicy {
        &self.0.policy
    }

    /// The port that the server listens on.
    pub(crate) fn port(&self) -> Option<u16> {
        self.0.port.get().copied()
    }

    /// The name of the session's cookie.
    pub(crate) fn cookie_name(&self) -> &str {
        &self.0.cookie_name
    }

    /// The header in which a trusted proxy names a user, if one may.
    pub(crate) fn proxy_user_header(&self) -> Option<&HeaderName> {
        self.0.proxy_user_header.as_ref()
    }

    /// The principal of everybody while login is off.
    pub(crate) fn login_off(&self) -> Principal {
        Principal::login_off(self.0.everything.clone())
    }

    /// The principal of a request without a credential, once a login is required.
    pub(crate) fn signed_out(&self) -> Principal {
        let public = self.0.public.clone();
        public.map_or_else(Principal::anonymous, Principal::public)
    }

    /// How many passwords were hashed, and how many at the same time at most.
    pub(crate) fn password_hashes(&self) -> (u64, u64) {
        self.0.passwords.counts()
    }

    /// The principal of a session's secret.
    pub(crate) fn by_session(&self, secret: &Digest) -> Option<Principal> {
        self.directory().by_session(secret, now_ms())
    }

    /// The principal of an API token.
    pub(crate) fn by_token(&self, token: &Digest) -> Option<Principal> {
        self.directory().by_token(token, now_ms())
    }

    /// The principal that a ticket was issued to; the ticket is void then.
    pub(crate) fn by_ticket(&self, ticket: &Digest) -> Option<Principal> {
        let principal = self.0.tickets.redeem(ticket, Instant::now())?;
        self.renewed(&principal)
    }

    /// The principal as it is now, if its credential still counts.
    fn renewed(&self, principal: &Principal) -> Option<Principal> {
        if principal.credential == Credential::LoginOff && self.policy().is_required() {
            return None;
        }
        self.directory().renewed(principal, now_ms())
    }

    /// Whether the actor may still do this, now that the accounts do not change: its right may have been taken since its
    /// request arrived, whose body may be slow. Returns how it is called in the audit log.
    pub(crate) fn still_may(
        &self,
        actor: Actor<'_>,
        action: Action,
    ) -> Result<String, AccountError> {
        match actor {
            Actor::CommandLine => Ok("the command line".into()),
            Actor::SetupLink => Ok("the bearer of the setup link".into()),
            Actor::Sender(principal) => {
                let now = self.still_authorized(principal, action)?;
                Ok(self.name_of(&now))
            }
        }
    }

    /// The principal as it is now, if it may still do this.
    pub(crate) fn still_authorized(
        &self,
        principal: &Principal,
        action: Action,
    ) -> Result<Principal, Denied> {
        let now = self.renewed(principal).ok_or(Denied::NotSignedIn)?;
        authorize(&now, action)?;
        Ok(now)
    }

    /// A ticket for one WebSocket.
    pub(crate) fn ticket(&self, principal: Principal) -> Secret {
        self.0.tickets.issue(principal, Instant::now())
    }

    /// For a connection that stays open. Absent if the credential has ceased to count since the request arrived.
    pub(crate) fn grant(&self, principal: &Principal, action: Action) -> Option<Arc<Grant>> {
        // Registered first: whatever ends the credential after that ends the grant, and what did before is seen here.
        let grant = self.0.grants.add(principal);
        let renewed = self.renewed(principal)?;
        authorize(&renewed, action).ok().map(|()| grant)
    }

    /// From now on a login is required, also after a restart, since somebody else than this machine seems to reach the
    /// server.
    pub(crate) async fn latch(&self, why: &str) {
        if !self.0.policy.require() {
            return;
        }
        self.login_begins();
        tracing::warn!(why, "From now on a login is required.");
        self.0.is_latch_unstored.store(true, Ordering::Release);
        self.store_latch().await;
        let event = Event {
            timestamp: Timestamp::now(),
            level: Level::Warning,
            source: "server".into(),
            message: format!(
                "From now on a login is required: {why}. `watchroom user setup-link` prints the link for the first user."
            ),
        };
        self.0.intake.publish(vec![event.into()]).await;
        self.print_setup_link();
    }

    /// From now on a login is required if others than this machine may reach the server by a setting that has changed;
    /// also after a restart without the setting, as soon as [`Self::tidy`] has stored it.
    pub(crate) fn require_login_if_exposed(&self, config: &Config) {
        let Some(setting) = exposed_by(config) else {
            return;
        };
        if self.0.policy.require() {
            self.login_begins();
            self.0.is_latch_unstored.store(true, Ordering::Release);
            self.0.tidy_now.notify_one();
            tracing::warn!(
                setting,
                "From now on a login is required, since other machines may reach this server."
            );
            self.print_setup_link();
        }
    }

    /// Stores that a login is required, if that is to be stored. A failure is tried again by [`Self::tidy`].
    async fn store_latch(&self) {
        let Some(store) = &self.0.store else { return };
        if !self.0.is_latch_unstored.load(Ordering::Acquire) {
            return;
        }
        match store.put_login_required().await {
            Ok(()) => self.0.is_latch_unstored.store(false, Ordering::Release),
            Err(error) => {
                tracing::error!(%error, "That a login is required could not be stored; it is tried again.");
            }
        }
    }

    /// Closes what is open without a login.
    pub(super) fn login_begins(&self) {
        self.0.grants.end_login_off();
        self.close_ended();
    }

    /// Closes the connections whose grants have ended.
    pub(super) fn close_ended(&self) {
        if let Some(close) = self.0.ended.get() {
            close();
        }
    }

    /// A link to create the first user; none once there is one.
    pub(crate) fn setup_link(&self) -> Option<String> {
        let has_user = self.directory().local_users().next().is_some();
        if has_user || !self.0.policy.can_be_required() {
            return None;
        }
        let key = self.0.setup_link.renew(Instant::now());
        let url = self.0.url.get()?;
        Some(format!("{url}/setup#{}", key.expose()))
    }

    /// Prints the setup link on standard output. It is not logged: logs are collected, and read by many.
    fn print_setup_link(&self) {
        if let Some(link) = self.setup_link() {
            println!("Create the first user, within 30 minutes: {link}");
        }
    }

    pub(super) fn directory(&self) -> MutexGuard<'_, Directory> {
        self.0
            .directory
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn store(&self) -> Result<&Arc<dyn Store>, AccountError> {
        self.0.store.as_ref().ok_or(AccountError::NoAccounts)
    }

    /// How many sign-ins have failed since the start.
    pub(crate) fn failed_sign_ins(&self) -> u64 {
        self.0.attempts.failed_count()
    }

    /// How a principal is called in the audit log.
    pub(crate) fn name_of(&self, principal: &Principal) -> String {
        if principal.credential == Credential::LoginOff {
            return "somebody without a login".into();
        }
        let user = principal.user().and_then(|id| {
            let directory = self.directory();
            directory.user(id).map(|user| user.row.name.clone())
        });
        user.unwrap_or_else(|| "an API token of the server".into())
    }

    /// Appends an entry to the audit log; what it says is done only after that.
    pub(crate) async fn audit(&self, level: Level, text: String) -> Result<(), AccountError> {
        audit::append(&self.0.intake, level, text).await
    }

    /// Runs until the server stops: stores uses, removes sessions whose time is over, and reports failed sign-ins.
    pub(crate) async fn tidy(self, mut stop: tokio::sync::watch::Receiver<bool>) {
        let mut tick = tokio::time::interval(TIDY_EVERY);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let stopped = tokio::select! {
                _ = tick.tick() => false,
                () = self.0.tidy_now.notified() => false,
                _ = stop.changed() => true,
            };
            self.tidy_once().await;
            if stopped {
                return;
            }
        }
    }

    async fn tidy_once(&self) {
        let Ok(store) = self.store() else { return };
        self.store_latch().await;
        let open = self.0.grants.sessions();
        self.directory().use_sessions(&open, now_ms());
        let (sessions, tokens) = self.directory().take_used();
        if (!sessions.is_empty() || !tokens.is_empty())
            && let Err(error) = store.touch(&sessions, &tokens).await
        {
            tracing::debug!(%error, "The last use of sessions could not be stored.");
        }
        let expired = self.directory().expired_sessions(now_ms());
        if !expired.is_empty() {
            // What is left is removed the next time.
            let _ = self.end_sessions(&expired).await;
        }
        let expired = self.directory().expired_tokens(now_ms());
        for id in expired {
            if store.remove_token(id).await.is_ok() {
                self.directory().remove_token(id);
            }
        }
        for text in self.0.attempts.take_failures() {
            // Entries that the store does not take now are dropped: the failures are in the server's log, too.
            let _ = self.audit(Level::Warning, text).await;
        }
    }

    /// Removes sessions, and closes their connections.
    pub(super) async fn end_sessions(&self, ids: &[i64]) -> Result<(), AccountError> {
        self.store()?.remove_sessions(ids).await?;
        self.directory().remove_sessions(ids);
        self.0.grants.end_sessions(ids);
        self.close_ended();
        Ok(())
    }
}

pub(super) fn now_ms() -> i64 {
    Timestamp::now().unix_ms()
}
