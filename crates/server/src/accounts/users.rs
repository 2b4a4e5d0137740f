use super::service::now_ms;
use super::{AccountError, Accounts, Actor};
use accounts::{
    Action, Credential, Origin, Role, Secret, UserId, check_password, check_user_name, user_key,
};
use protocol::Level;
use protocol::account::{NewUser, UserChange, UserInfo};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use store::UserRow;

/// The most users of one origin. Beyond, none is created.
pub(super) const USERS_MAX: usize = 1_000;

/// The most users of other programs and proxies that were removed and stay denied. Beyond, none is removed.
const DENIED_MAX: usize = 10_000;

/// Whoever reaches the server may be somebody else than its owner, who is not to be locked out.
const FIRST_USER: &str = "the first user is created on the command line: by `watchroom user add NAME --role admin`, or \
     with the link that `watchroom user setup-link` prints";

/// A user without a password.
pub(super) fn new_row(id: UserId, name: &str, role: Role, origin: Origin) -> UserRow {
    UserRow {
        id,
        name: name.into(),
        role,
        origin,
        password: None,
        totp: None,
        totp_pending: None,
        totp_step: None,
        totp_required: false,
        recovery: Vec::new(),
        preferences: "{}".into(),
        created_ms: now_ms(),
        is_denied: false,
    }
}

impl Accounts {
    /// All users, by name; those that were removed and stay denied are left out.
    pub(crate) fn users(&self) -> Vec<UserInfo> {
        let directory = self.directory();
        let live = directory.users().filter(|user| !user.row.is_denied);
        let mut users: Vec<_> = live.map(|user| info(&user.row, user.seen_ms)).collect();
        users.sort_by_key(|user| user_key(&user.name));
        users
    }

    /// The user of a principal.
    pub(crate) fn user_info(&self, id: UserId) -> Option<UserInfo> {
        let directory = self.directory();
        directory.user(id).map(|user| info(&user.row, user.seen_ms))
    }

    /// Creates a user. The first one turns login on, and has to be an admin; it takes the command line or the setup link.
    pub(crate) async fn create_user(
        &self,
        actor: Actor<'_>,
        new: NewUser,
    ) -> Result<UserInfo, AccountError> {
        let NewUser {
            name,
            password,
            role,
        } = new;
        let row = self
            .create(actor, &name, Secret::new(password), role)
            .await?;
        Ok(info(&row, None))
    }

    /// Creates the first user, who is an admin.
    pub(super) async fn first_user(
        &self,
        name: &str,
        password: Secret,
    ) -> Result<UserRow, AccountError> {
        self.create(Actor::SetupLink, name, password, Role::Admin)
            .await
    }

    async fn create(
        &self,
        actor: Actor<'_>,
        name: &str,
        password: Secret,
        role: Role,
    ) -> Result<UserRow, AccountError> {
        let store = self.store()?;
        if matches!(actor, Actor::Sender(sender) if sender.credential == Credential::LoginOff) {
            return Err(AccountError::NotAllowed(FIRST_USER.into()));
        }
        check_user_name(name).map_err(|why| AccountError::Invalid(why.to_string()))?;
        let hash = self.checked_hash(name, password).await?;
        let _changing = self.0.changing.lock().await;
        let by = self.still_may(actor, Action::ManageUsers)?;
        let id = {
            let mut directory = self.directory();
            let count = directory.local_users().count();
            if matches!(actor, Actor::SetupLink) && count > 0 {
                return Err(AccountError::WrongSetupKey);
            }
            if count == 0 && role != Role::Admin {
                let why =
                    "the first user has to be an admin, since only an admin can create others";
                return Err(AccountError::Invalid(why.into()));
            }
            if directory.named(name).is_some() {
                let why = format!("there is a user of the name {name:?}");
                return Err(AccountError::Conflict(why));
            }
            if count >= USERS_MAX {
                let why = format!("there are {USERS_MAX} users, and no more are possible");
                return Err(AccountError::Conflict(why));
            }
            directory.next_id()
        };
        let row = UserRow {
            password: Some(hash),
            ..new_row(id, name, role, Origin::Local)
        };
        let text = format!("{by} created the user {name} with the role {}", role.name());
        self.audit(Level::Info, text).await?;
        store.put_user(&row).await?;
        self.directory().put_user(row.clone());
        self.0.setup_link.clear();
        if self.0.policy.require() {
            self.login_begins();
        }
        Ok(row)
    }

    /// Changes a user; the connections that this concerns follow within a second.
    pub(crate) async fn change_user(
        &self,
        actor: Actor<'_>,
        name: &str,
        change: UserChange,
    ) -> Result<UserInfo, AccountError> {
        let store = self.store()?;
        let hash = match change.password {
            None => None,
            Some(password) => Some(self.checked_hash(name, Secret::new(password)).await?),
        };
        let _changing = self.0.changing.lock().await;
        let by = self.still_may(actor, Action::ManageUsers)?;
        let before = match change.role {
            // A role admits a user again that was removed and is still named by others.
            Some(_) => self.existing_or_denied(name)?,
            None => self.existing(name)?,
        };
        let mut row = UserRow {
            is_denied: false,
            ..before.clone()
        };
        let mut done = Vec::new();
        if before.is_denied {
            done.push("admitted the user again".to_owned());
        }
        if let Some(hash) = hash {
            if row.origin != Origin::Local {
                let why = "only users that were created here have a password";
                return Err(AccountError::Invalid(why.into()));
            }
            row.password = Some(hash);
            done.push("set the password".to_owned());
        }
        if let Some(role) = change.role.filter(|role| *role != row.role) {
            self.keep_an_admin(&before, role)?;
            row.role = role;
            done.push(format!("set the role to {}", role.name()));
        }
        if let Some(required) = change.totp {
            row.totp_required = required;
            if !required {
                (row.totp, row.totp_pending, row.totp_step) = (None, None, None);
                row.recovery.clear();
            }
            done.push(match required {
                true => "required one-time codes".into(),
                false => "removed one-time codes".into(),
            });
        }
        if done.is_empty() {
            return Ok(info(&row, None));
        }
        let text = format!("{by} changed the user {}: {}", row.name, done.join(", "));
        self.audit(Level::Info, text).await?;
        if row.password != before.password {
            // First: should storing the password fail, the user signs in again with the one so far.
            let sessions: Vec<_> = {
                let directory = self.directory();
                directory.sessions_of(row.id).map(|it| it.id).collect()
            };
            self.end_sessions(&sessions).await?;
        }
        store.put_user(&row).await?;
        self.directory().put_user(row.clone());
        if row.role != before.role {
            self.0.grants.forbid_external(row.id);
            self.close_ended();
        }
        if row.totp_required && row.totp.is_none() && !before.totp_required {
            self.0.grants.forbid_user(row.id);
            self.close_ended();
        }
        Ok(info(&row, None))
    }

    /// Removes a user with its sessions and tokens. One that another program or a proxy names stays denied.
    pub(crate) async fn remove_user(
        &self,
        actor: Actor<'_>,
        name: &str,
    ) -> Result<(), AccountError> {
        let store = self.store()?;
        let _changing = self.0.changing.lock().await;
        let by = self.still_may(actor, Action::ManageUsers)?;
        let row = self.existing(name)?;
        self.keep_an_admin(&row, Role::Viewer)?;
        if row.origin != Origin::Local && self.denied_count() >= DENIED_MAX {
            let why = format!(
                "{DENIED_MAX} removed users of other programs stay denied, and no more are possible; lower this one's \
                 role instead"
            );
            return Err(AccountError::Conflict(why));
        }
        self.audit(Level::Info, format!("{by} removed the user {}", row.name))
            .await?;
        if row.origin == Origin::Local {
            store.remove_user(row.id).await?;
            self.directory().remove_user(row.id);
        } else {
            let tokens: Vec<_> = {
                let directory = self.directory();
                let of_user = directory.tokens().filter(|it| it.user == Some(row.id));
                of_user.map(|it| it.id).collect()
            };
            for token in tokens {
                store.remove_token(token).await?;
                self.directory().remove_token(token);
            }
            let denied = UserRow {
                is_denied: true,
                ..row.clone()
            };
            store.put_user(&denied).await?;
            self.directory().put_user(denied);
        }
        self.0.removals.fetch_add(1, Ordering::Release);
        self.0.grants.end_user(row.id);
        self.close_ended();
        Ok(())
    }

    fn denied_count(&self) -> usize {
        let directory = self.directory();
        directory.users().filter(|user| user.row.is_denied).count()
    }

    fn existing(&self, name: &str) -> Result<UserRow, AccountError> {
        let row = self.existing_or_denied(name)?;
        match row.is_denied {
            true => Err(AccountError::Unknown("user")),
            false => Ok(row),
        }
    }

    fn existing_or_denied(&self, name: &str) -> Result<UserRow, AccountError> {
        let directory = self.directory();
        let user = directory.named(name);
        user.map(|user| user.row.clone())
            .ok_or(AccountError::Unknown("user"))
    }

    /// Fails if there were no admin with a password left.
    fn keep_an_admin(&self, changed: &UserRow, role: Role) -> Result<(), AccountError> {
        let is_admin = |row: &UserRow| row.role == Role::Admin && row.origin == Origin::Local;
        let directory = self.directory();
        let mut others = directory.users().filter(|user| user.row.id != changed.id);
        if role == Role::Admin || !is_admin(changed) || others.any(|user| is_admin(&user.row)) {
            return Ok(());
        }
        let why = "this is the only admin; make another user an admin first";
        Err(AccountError::Conflict(why.into()))
    }

    /// The hash of a password that is good enough.
    pub(super) async fn checked_hash(
        &self,
        name: &str,
        password: Secret,
    ) -> Result<String, AccountError> {
        check_password(password.expose(), name)
            .map_err(|why| AccountError::Invalid(why.to_string()))?;
        let hash = self.0.passwords.hash(Arc::new(password)).await?;
        Ok(hash.as_str().to_owned())
    }
}

pub(super) fn info(row: &UserRow, seen_ms: Option<i64>) -> UserInfo {
    UserInfo {
        name: row.name.clone(),
        role: row.role,
        origin: row.origin,
        has_totp: row.totp.is_some(),
        must_set_up_totp: row.totp_required && row.totp.is_none(),
        created_ms: row.created_ms,
        last_seen_ms: seen_ms,
    }
}
