use super::service::now_ms;
use super::{AccountError, Accounts, Actor};
use accounts::{Action, Credential, Denied, Principal, Role, SCOPES_MAX, Scope, Secret};
use protocol::Level;
use protocol::account::{CreatedToken, NewToken, TokenInfo};
use std::cmp::Reverse;
use store::TokenRow;

/// What every API token begins with.
pub(crate) const PREFIX: &str = "wr_";

/// The most tokens. Beyond, none is created.
const TOKENS_MAX: usize = 1_000;

/// The most tokens of one user.
const TOKENS_OF_USER_MAX: usize = 50;

const NAME_CHARS_MAX: usize = 60;

/// After how many days a token expires, unless it is said.
const DAYS_DEFAULT: u32 = 90;

const DAYS_MAX: u32 = 3_650;

const DAY_MS: i64 = 24 * 3_600_000;

impl Accounts {
    /// A principal for what the command line does in the name of a user, or of the server.
    pub(crate) fn on_behalf_of(&self, user: Option<&str>) -> Result<Principal, AccountError> {
        let directory = self.directory();
        let (user, role) = match user {
            None => (None, Role::Admin),
            Some(name) => {
                let user = directory.named(name).filter(|user| !user.row.is_denied);
                let user = user.ok_or(AccountError::Unknown("user"))?;
                (Some(user.row.id), user.row.role)
            }
        };
        Ok(Principal {
            credential: Credential::Token {
                user,
                token: 0,
                scopes: vec![Scope::Admin],
            },
            role: Some(role),
            ..Principal::anonymous()
        })
    }

    /// The tokens of the user, or for admins all; the newest first.
    pub(crate) fn tokens(&self, principal: &Principal) -> Vec<TokenInfo> {
        let directory = self.directory();
        let sees = |row: &&TokenRow| is_admin(principal) || row.user == principal.user();
        let mut rows: Vec<_> = directory.tokens().filter(sees).collect();
        rows.sort_by_key(|row| Reverse((row.created_ms, row.id)));
        let name = |id| directory.user(id).map(|user| user.row.name.clone());
        rows.into_iter()
            .map(|row| info(row, row.user.and_then(name)))
            .collect()
    }

    /// Creates a token of the user, or of the server for who has none.
    pub(crate) async fn create_token(
        &self,
        principal: &Principal,
        new: NewToken,
    ) -> Result<CreatedToken, AccountError> {
        let store = self.store()?;
        checked_scopes(&new.scopes, principal.role)?;
        let name = new.name.trim();
        if name.is_empty()
            || name.chars().count() > NAME_CHARS_MAX
            || name.contains(protocol::is_disruptive)
        {
            let why =
                format!("`name` has to be 1 to {NAME_CHARS_MAX} characters that can be shown");
            return Err(AccountError::Invalid(why));
        }
        let _changing = self.0.changing.lock().await;
        let principal = &self.still_creates(principal)?;
        let scopes = checked_scopes(&new.scopes, principal.role)?;
        let (id, by) = {
            let mut directory = self.directory();
            if directory.tokens().count() >= TOKENS_MAX {
                let why = format!("there are {TOKENS_MAX} tokens; revoke some first");
                return Err(AccountError::Conflict(why));
            }
            let is_own = |row: &&TokenRow| row.user == principal.user();
            let own_count = directory.tokens().filter(is_own).count();
            if principal.user().is_some() && own_count >= TOKENS_OF_USER_MAX {
                let why = format!("you have {TOKENS_OF_USER_MAX} tokens; revoke some first");
                return Err(AccountError::Conflict(why));
            }
            let user = principal.user().and_then(|id| directory.user(id));
            let by = user.map(|user| user.row.name.clone());
            (directory.next_id(), by)
        };
        let (token, now_ms) = (Secret::random(PREFIX), now_ms());
        let row = TokenRow {
            id,
            user: principal.user(),
            digest: *token.digest().as_bytes(),
            name: name.into(),
            scopes: new.scopes.join(" "),
            created_ms: now_ms,
            expires_ms: no_later(
                expires_ms(new.expires_days, &scopes, now_ms)?,
                token_end_ms(principal),
            ),
            used_ms: None,
        };
        let text = format!(
            "{} created the API token {name:?} with the scopes {}",
            by.as_deref().unwrap_or("an administrator"),
            row.scopes
        );
        self.audit(Level::Info, text).await?;
        store.put_token(&row).await?;
        let info = info(&row, by);
        self.directory().put_token(row);
        Ok(CreatedToken {
            token: token.expose().to_owned(),
            info,
        })
    }

    /// The principal as it is now, if it may still manage tokens.
    fn still_creates(&self, principal: &Principal) -> Result<Principal, AccountError> {
        if is_command_line(principal) {
            return Ok(principal.clone());
        }
        self.still_may(Actor::Sender(principal), Action::ManageOwnTokens)?;
        let now = self.directory().renewed(principal, now_ms());
        Ok(now.ok_or(Denied::NotSignedIn)?)
    }

    /// Revokes a token: one's own, or for admins any.
    pub(crate) async fn revoke_token(
        &self,
        principal: &Principal,
        id: i64,
    ) -> Result<(), AccountError> {
        let store = self.store()?;
        let _changing = self.0.changing.lock().await;
        let principal = &self.still_creates(principal)?;
        let name = {
            let directory = self.directory();
            let mut tokens = directory.tokens();
            let token = tokens
                .find(|row| row.id == id && (is_admin(principal) || row.user == principal.user()));
            token.map(|row| row.name.clone())
        };
        let name = name.ok_or(AccountError::Unknown("token"))?;
        let by = self.name_of(principal);
        self.audit(Level::Info, format!("{by} revoked the API token {name:?}"))
            .await?;
        store.remove_token(id).await?;
        self.directory().remove_token(id);
        self.0.grants.end_token(id);
        self.close_ended();
        Ok(())
    }
}

/// Whether it is one of [`Accounts::on_behalf_of`].
fn is_command_line(principal: &Principal) -> bool {
    matches!(principal.credential, Credential::Token { token: 0, .. })
}

/// Whether it manages the tokens of all.
fn is_admin(principal: &Principal) -> bool {
    let has_scope = match &principal.credential {
        Credential::Token { scopes, .. } => scopes.contains(&Scope::Admin),
        _ => true,
    };
    has_scope && principal.role == Some(Role::Admin)
}

/// The scopes, if somebody of this role may give them.
fn checked_scopes(scopes: &[String], role: Option<Role>) -> Result<Vec<Scope>, AccountError> {
    if !(1..=SCOPES_MAX).contains(&scopes.len()) {
        let why = format!("`scopes` has to have 1 to {SCOPES_MAX} entries");
        return Err(AccountError::Invalid(why));
    }
    let parsed: Result<Vec<Scope>, _> = scopes.iter().map(|it| it.parse()).collect();
    let parsed = parsed.map_err(|why| AccountError::Invalid(why.to_string()))?;
    let needed = |scope: &Scope| match scope {
        Scope::Read | Scope::Board(_) => Role::Viewer,
        Scope::Ingest | Scope::Annotate | Scope::Beat(_) => Role::Operator,
        Scope::Agent(_) | Scope::Admin => Role::Admin,
    };
    match parsed.iter().find(|scope| Some(needed(scope)) > role) {
        None => Ok(parsed),
        Some(scope) => Err(AccountError::NotAllowed(format!(
            "a token with the scope `{scope}` takes the role `{}`",
            needed(scope).name()
        ))),
    }
}

fn expires_ms(
    days: Option<u32>,
    scopes: &[Scope],
    now_ms: i64,
) -> Result<Option<i64>, AccountError> {
    let days = match days {
        None if scopes.iter().all(Scope::may_last_forever) => return Ok(None),
        None => DAYS_DEFAULT,
        Some(days) if (1..=DAYS_MAX).contains(&days) => days,
        Some(_) => {
            let why = format!("`expires_days` has to be 1 to {DAYS_MAX}");
            return Err(AccountError::Invalid(why));
        }
    };
    Ok(Some(now_ms + i64::from(days) * DAY_MS))
}

/// When the token ends that the principal has, if it does.
fn token_end_ms(principal: &Principal) -> Option<i64> {
    let is_token = matches!(principal.credential, Credential::Token { .. });
    principal.expires_ms.filter(|_| is_token)
}

/// A token that another one creates does not outlive it.
fn no_later(expires_ms: Option<i64>, end_ms: Option<i64>) -> Option<i64> {
    [expires_ms, end_ms].into_iter().flatten().min()
}

fn info(row: &TokenRow, user: Option<String>) -> TokenInfo {
    TokenInfo {
        id: row.id,
        name: row.name.clone(),
        user,
        scopes: row.scopes.split(' ').map(str::to_owned).collect(),
        created_ms: row.created_ms,
        expires_ms: row.expires_ms,
        last_used_ms: row.used_ms,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_ends_no_later_than_the_one_that_created_it() {
        assert_eq!(no_later(Some(5), Some(3)), Some(3));
        assert_eq!(no_later(Some(2), Some(3)), Some(2));
        assert_eq!(no_later(None, Some(3)), Some(3), "also one for a board");
        assert_eq!(no_later(Some(5), None), Some(5));
        let session = Principal {
            credential: Credential::Session {
                user: 1,
                session: 1,
            },
            expires_ms: Some(3),
            ..Principal::anonymous()
        };
        assert_eq!(token_end_ms(&session), None, "a user may sign in again");
    }
}
