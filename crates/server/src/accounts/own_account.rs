use super::service::now_ms;
use super::sign_in::DelayKeys;
use super::{AccountError, Accounts, Actor};
use accounts::{
    Action, PasswordHash, Principal, Secret, TotpSecret, UserId, recovery_codes, recovery_digest,
};
use protocol::Level;
use protocol::account::{PasswordChange, RecoveryCodes, SessionInfo, UserPreferences};
use std::sync::Arc;
use store::UserRow;

/// The longest preferences, as JSON.
const PREFERENCES_BYTES_MAX: usize = 16 << 10;

/// What authenticators show above the code.
const ISSUER: &str = "Watchroom";

/// The pages that can be shown first, beside those of hosts.
const START_PAGES: [&str; 4] = ["/", "/alerts", "/checks", "/rooms"];

/// What the page of a host starts with.
pub(crate) const HOST_PAGE: &str = "/?host=";

fn check_preferences(preferences: &UserPreferences) -> Result<(), AccountError> {
    let is_theme = |it: &str| matches!(it, "light" | "dark" | "system");
    // It becomes the address of a redirect.
    let is_host = |it: &str| !it.is_empty() && it.bytes().all(|byte| byte.is_ascii_graphic());
    let is_page =
        |it: &str| START_PAGES.contains(&it) || it.strip_prefix(HOST_PAGE).is_some_and(is_host);
    if !preferences.theme.as_deref().is_none_or(is_theme) {
        let why = "`theme`: it is `light`, `dark` or `system`";
        return Err(AccountError::Invalid(why.into()));
    }
    if !preferences.start_page.as_deref().is_none_or(is_page) {
        let why = "`start_page`: it is `/`, `/alerts`, `/checks`, `/rooms`, or `/?host=` and the name of a host";
        return Err(AccountError::Invalid(why.into()));
    }
    Ok(())
}

/// What users do with their own accounts.
impl Accounts {
    /// Replaces the password, and ends all other sessions.
    pub(crate) async fn change_password(
        &self,
        principal: &Principal,
        change: PasswordChange,
    ) -> Result<(), AccountError> {
        let user = self.own_row(principal)?;
        self.confirm(&user, Secret::new(change.current)).await?;
        let hash = self
            .checked_hash(&user.name, Secret::new(change.new))
            .await?;
        let _changing = self.0.changing.lock().await;
        self.still_may(Actor::Sender(principal), Action::ManageOwnAccount)?;
        let mut row = self.unchanged_row(principal, &user)?;
        // First: should storing the password fail, the user signs in again with the one so far.
        self.end_other_sessions_locked(principal, row.id).await?;
        row.password = Some(hash);
        self.put_own(&row, "changed the password").await
    }

    /// Ends the user's sessions, except that of the request.
    pub(crate) async fn end_other_sessions(
        &self,
        principal: &Principal,
    ) -> Result<(), AccountError> {
        let user = self.own_row(principal)?;
        let _changing = self.0.changing.lock().await;
        self.still_may(Actor::Sender(principal), Action::ManageOwnAccount)?;
        self.end_other_sessions_locked(principal, user.id).await
    }

    async fn end_other_sessions_locked(
        &self,
        principal: &Principal,
        user: UserId,
    ) -> Result<(), AccountError> {
        let current = principal.session();
        let others: Vec<_> = {
            let directory = self.directory();
            let ids = directory.sessions_of(user).map(|it| it.id);
            ids.filter(|id| Some(*id) != current).collect()
        };
        self.end_sessions(&others).await
    }

    /// Ends one of the user's sessions.
    pub(crate) async fn end_session(
        &self,
        principal: &Principal,
        id: i64,
    ) -> Result<(), AccountError> {
        let user = self.own_row(principal)?;
        let _changing = self.0.changing.lock().await;
        self.still_may(Actor::Sender(principal), Action::ManageOwnAccount)?;
        let is_own = self.directory().sessions_of(user.id).any(|it| it.id == id);
        if !is_own {
            return Err(AccountError::Unknown("session"));
        }
        self.end_sessions(&[id]).await
    }

    /// The user's sessions, the last used first.
    pub(crate) fn own_sessions(
        &self,
        principal: &Principal,
    ) -> Result<Vec<SessionInfo>, AccountError> {
        let user = self.own_row(principal)?;
        let directory = self.directory();
        let sessions = directory.sessions_of(user.id).map(|row| SessionInfo {
            id: row.id,
            is_current: principal.session() == Some(row.id),
            created_ms: row.created_ms,
            last_used_ms: row.used_ms,
            address: row.address.clone(),
            user_agent: row.user_agent.clone(),
        });
        let mut sessions: Vec<_> = sessions.collect();
        sessions.sort_by_key(|it| std::cmp::Reverse(it.last_used_ms));
        Ok(sessions)
    }

    /// A new secret for the user's authenticator, which counts once a code of it is confirmed.
    pub(crate) async fn new_totp(
        &self,
        principal: &Principal,
    ) -> Result<protocol::account::TotpSecret, AccountError> {
        let _changing = self.0.changing.lock().await;
        self.still_may(Actor::Sender(principal), Action::ManageOwnAccount)?;
        let mut row = self.own_row(principal)?;
        if row.totp.is_some() {
            let why = "one-time codes are set up already; remove them first";
            return Err(AccountError::Conflict(why.into()));
        }
        let secret = TotpSecret::random();
        row.totp_pending = Some(secret.as_bytes().to_vec());
        self.store()?.put_user(&row).await?;
        let uri = secret.uri(ISSUER, &row.name);
        self.directory().put_user(row);
        Ok(protocol::account::TotpSecret {
            secret: secret.base32(),
            uri,
        })
    }

    /// Has the new secret count, with recovery codes beside it.
    pub(crate) async fn confirm_totp(
        &self,
        principal: &Principal,
        code: &str,
    ) -> Result<RecoveryCodes, AccountError> {
        let _changing = self.0.changing.lock().await;
        self.still_may(Actor::Sender(principal), Action::ManageOwnAccount)?;
        let mut row = self.own_row(principal)?;
        let pending = row.totp_pending.as_deref().and_then(TotpSecret::from_bytes);
        let Some(secret) = pending else {
            let why = "there is no new secret to confirm; ask for one first";
            return Err(AccountError::Conflict(why.into()));
        };
        let now_s = now_ms().unsigned_abs() / 1_000;
        let step = secret.verify(code.trim(), now_s, None);
        let step = step.ok_or(AccountError::WrongCode)?;
        let codes = recovery_codes();
        row.totp = row.totp_pending.take();
        row.totp_step = i64::try_from(step).ok();
        let digests = codes
            .iter()
            .map(|it| *recovery_digest(it.expose()).as_bytes());
        row.recovery = digests.collect();
        self.put_own(&row, "set up one-time codes").await?;
        let codes = codes.iter().map(|it| it.expose().to_owned());
        Ok(RecoveryCodes {
            codes: codes.collect(),
        })
    }

    /// Removes the authenticator; not if an admin requires one.
    pub(crate) async fn remove_totp(
        &self,
        principal: &Principal,
        password: String,
    ) -> Result<(), AccountError> {
        let user = self.own_row(principal)?;
        self.confirm(&user, Secret::new(password)).await?;
        let _changing = self.0.changing.lock().await;
        self.still_may(Actor::Sender(principal), Action::ManageOwnAccount)?;
        let mut row = self.unchanged_row(principal, &user)?;
        if row.totp_required {
            let why = "an admin requires one-time codes of you";
            return Err(AccountError::NotAllowed(why.into()));
        }
        (row.totp, row.totp_pending, row.totp_step) = (None, None, None);
        row.recovery.clear();
        self.put_own(&row, "removed one-time codes").await
    }

    /// What the user has set up in its browsers.
    pub(crate) fn preferences(
        &self,
        principal: &Principal,
    ) -> Result<UserPreferences, AccountError> {
        let row = self.own_row(principal)?;
        Ok(serde_json::from_str(&row.preferences).unwrap_or_default())
    }

    /// Replaces that.
    pub(crate) async fn set_preferences(
        &self,
        principal: &Principal,
        preferences: &UserPreferences,
    ) -> Result<(), AccountError> {
        check_preferences(preferences)?;
        // Texts and numbers always serialise.
        let json = serde_json::to_string(preferences).unwrap_or_default();
        if json.len() > PREFERENCES_BYTES_MAX {
            return Err(AccountError::Invalid(
                "the preferences are larger than 16 KiB".into(),
            ));
        }
        let _changing = self.0.changing.lock().await;
        self.still_may(Actor::Sender(principal), Action::ManageOwnPreferences)?;
        let mut row = self.own_row(principal)?;
        row.preferences = json;
        self.store()?.put_user(&row).await?;
        self.directory().put_user(row);
        Ok(())
    }

    pub(super) fn own_row(&self, principal: &Principal) -> Result<UserRow, AccountError> {
        let directory = self.directory();
        let user = principal.user().and_then(|id| directory.user(id));
        user.map(|user| user.row.clone())
            .ok_or(AccountError::Unknown("user"))
    }

    /// The user's row, if its password is still the one that was confirmed.
    fn unchanged_row(
        &self,
        principal: &Principal,
        confirmed: &UserRow,
    ) -> Result<UserRow, AccountError> {
        let row = self.own_row(principal)?;
        match row.password == confirmed.password {
            true => Ok(row),
            false => Err(AccountError::NotAllowed(
                "the current password is wrong".into(),
            )),
        }
    }

    async fn put_own(&self, row: &UserRow, done: &str) -> Result<(), AccountError> {
        self.audit(Level::Info, format!("{} {done}", row.name))
            .await?;
        self.store()?.put_user(row).await?;
        self.directory().put_user(row.clone());
        Ok(())
    }

    /// Fails unless it is the user's password. Failures delay the next attempt, as those of sign-ins do.
    async fn confirm(&self, user: &UserRow, password: Secret) -> Result<(), AccountError> {
        let keys = DelayKeys::of_user(user.id);
        self.0.attempts.begin(&keys)?;
        let hash = user.password.clone().map(PasswordHash::from_stored);
        let verified = self.0.passwords.verify(hash, Arc::new(password)).await;
        if verified.inspect_err(|_| self.0.attempts.withdraw(&keys))? {
            self.0.attempts.succeeded(&keys);
            return Ok(());
        }
        self.0.attempts.failed(&user.name, None);
        Err(AccountError::NotAllowed(
            "the current password is wrong".into(),
        ))
    }
}
