use super::service::now_ms;
use super::sign_in::JWT_PREFIX;
use super::users::{USERS_MAX, new_row};
use super::{AccountError, Accounts};
use accounts::{Credential, InvalidJwt, Origin, Principal, Role, Secret, UserId};
use protocol::Level;
use store::UserRow;

/// The longest subject of a token, in characters.
const SUBJECT_CHARS_MAX: usize = 100;

impl Accounts {
    /// The principal of a JSON Web Token: of this server, or of another program that has the secret.
    pub(crate) async fn by_jwt(&self, token: &Secret) -> Result<Principal, AccountError> {
        let Some(key) = &self.0.jwt else {
            return Err(AccountError::InvalidCredential(
                "this is no API token, which begins with wr_, and JSON Web Tokens are off",
            ));
        };
        let now_ms = now_ms();
        let claims = key
            .verify(token.expose(), now_ms.unsigned_abs() / 1_000)
            .map_err(reason)?;
        let expires_ms = i64::try_from(claims.exp.saturating_mul(1_000)).ok();
        if let Some(secret) = &claims.sid {
            return self.of_session(secret, expires_ms);
        }
        if !is_subject(&claims.sub) {
            return Err(AccountError::InvalidCredential(
                "the claim `sub` has to be 1 to 100 characters without spaces",
            ));
        }
        let role = claims.role.unwrap_or(Role::Viewer).min(self.0.jwt_role_max);
        // A token grants a role up to the configured one; an admin may lower that for a user.
        let first = new_row(
            0,
            &format!("jwt:{}", claims.sub),
            self.0.jwt_role_max,
            Origin::Jwt,
        );
        self.external_user(first, Some(role), expires_ms, |user| Credential::Jwt {
            user,
        })
        .await
    }

    /// The principal of a user whom a trusted proxy has signed in.
    pub(crate) async fn by_proxy(&self, name: &str) -> Result<Principal, AccountError> {
        if !is_subject(name) {
            return Err(AccountError::InvalidCredential(
                "the user that the proxy names has to be 1 to 100 characters without spaces",
            ));
        }
        let first = new_row(
            0,
            &format!("proxy:{name}"),
            self.0.proxy_user_role,
            Origin::Proxy,
        );
        self.external_user(first, None, None, |user| Credential::Proxy { user })
            .await
    }

    /// The principal of a token that was issued here.
    fn of_session(&self, secret: &str, expires_ms: Option<i64>) -> Result<Principal, AccountError> {
        let digest = Secret::new(secret.to_owned()).digest();
        let is_issued_here = secret.starts_with(JWT_PREFIX);
        let principal = is_issued_here.then(|| self.by_session(&digest)).flatten();
        let principal = principal.ok_or(AccountError::InvalidCredential(
            "the session of this JSON Web Token has ended",
        ))?;
        Ok(Principal {
            expires_ms,
            ..principal
        })
    }

    /// The principal of a user that others vouch for, who gets a row at first sight: `first`, with an id. Without a role
    /// it has that of its row.
    async fn external_user(
        &self,
        first: UserRow,
        role: Option<Role>,
        expires_ms: Option<i64>,
        credential: impl Fn(UserId) -> Credential,
    ) -> Result<Principal, AccountError> {
        let known = self
            .directory()
            .named(&first.name)
            .map(|user| user.row.clone());
        let row = match known {
            Some(row) => row,
            None => {
                let accounts = self.clone();
                // To its end, even if the client disconnects.
                let seeing = tokio::spawn(async move { accounts.see_first(first).await });
                seeing.await.unwrap_or(Err(AccountError::Unavailable))?
            }
        };
        let role = role.unwrap_or(row.role);
        let credential = credential(row.id);
        let principal = self.directory().external(credential, role, expires_ms);
        principal.ok_or(AccountError::InvalidCredential("this user was removed"))
    }

    async fn see_first(&self, first: UserRow) -> Result<UserRow, AccountError> {
        let store = self.store()?;
        let _changing = self.0.changing.lock().await;
        if let Some(user) = self.directory().named(&first.name) {
            // By another request, meanwhile.
            return Ok(user.row.clone());
        }
        if is_full(self.directory().users().map(|user| &user.row), first.origin) {
            let whose = match first.origin {
                Origin::Proxy => "the proxy",
                Origin::Jwt | Origin::Local => "other programs",
            };
            return Err(AccountError::Conflict(format!(
                "there are {USERS_MAX} users of {whose}, and no more are possible; remove some"
            )));
        }
        let id = self.directory().next_id();
        let row = UserRow { id, ..first };
        let text = format!("{} was seen for the first time", row.name);
        self.audit(Level::Info, text).await?;
        store.put_user(&row).await?;
        self.directory().put_user(row.clone());
        Ok(row)
    }
}

/// Whether there are so many users of an origin that it gets no more. Those that were removed are limited by themselves,
/// so that removing some makes room.
fn is_full<'a>(users: impl Iterator<Item = &'a UserRow>, origin: Origin) -> bool {
    let alike = users.filter(|row| row.origin == origin && !row.is_denied);
    alike.count() >= USERS_MAX
}

fn is_subject(subject: &str) -> bool {
    let length = subject.chars().count();
    (1..=SUBJECT_CHARS_MAX).contains(&length)
        && !subject.contains(|it: char| {
            it.is_whitespace() || it.is_control() || protocol::is_disruptive(it)
        })
}

fn reason(error: InvalidJwt) -> AccountError {
    AccountError::InvalidCredential(match error {
        InvalidJwt::Expired => "the JSON Web Token has expired",
        InvalidJwt::Audience => "the JSON Web Token is not for the audience `watchroom`",
        _ => "the JSON Web Token is not valid",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_denied_users_nor_those_of_another_origin_take_room() {
        let row = |origin, is_denied| UserRow {
            is_denied,
            ..new_row(1, "jwt:a", Role::Viewer, origin)
        };
        let denied = vec![row(Origin::Jwt, true); USERS_MAX];
        let proxied = vec![row(Origin::Proxy, false); USERS_MAX];
        let mut users = [denied, proxied].concat();
        assert!(!is_full(users.iter(), Origin::Jwt));
        assert!(is_full(users.iter(), Origin::Proxy));
        users.extend(vec![row(Origin::Jwt, false); USERS_MAX]);
        assert!(is_full(users.iter(), Origin::Jwt));
    }
}
