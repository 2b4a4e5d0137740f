use async_trait::async_trait;
use sqlx::{Connection as _, query, query_as, query_scalar};

use super::{BEGIN, BEGIN_READ, Connection, Database, SqlStore, WORK_TIMEOUT};
use crate::accounts::{
    LOGIN_REQUIRED, PUT_SESSION, PUT_TOKEN, PUT_USER, REMOVE_SESSION, REMOVE_TOKEN, REMOVE_USER,
    REQUIRE_LOGIN, SESSIONS, SessionColumns, TOKENS, TOUCH_SESSION, TOUCH_TOKEN, TokenColumns,
    USERS, UserColumns, plain, recovery_column, session_of, token_of, user_key, user_of,
};
use crate::{AccountStore, Accounts, SessionRow, StoreError, TokenRow, UserRow};

#[async_trait]
impl AccountStore for SqlStore {
    async fn accounts(&self) -> Result<Accounts, StoreError> {
        self.read(async { read(&mut *self.readers.acquire().await?).await })
            .await
    }

    async fn put_user(&self, user: &UserRow) -> Result<(), StoreError> {
        self.write_synced(async |connection| {
            query(PUT_USER)
                .bind(user.id)
                .bind(plain(&user.name))
                .bind(user.role.name())
                .bind(user.origin.name())
                .bind(user.password.as_deref())
                .bind(user.totp.as_deref())
                .bind(user.totp_pending.as_deref())
                .bind(user.totp_step)
                .bind(user.totp_required)
                .bind(recovery_column(&user.recovery))
                .bind(plain(&user.preferences))
                .bind(user.created_ms)
                .bind(user.is_denied)
                .bind(user_key(&user.name, user.origin))
                .execute(connection)
                .await
                .map(drop)
        })
        .await
    }

    async fn remove_user(&self, id: i64) -> Result<(), StoreError> {
        self.write_synced(async |connection| {
            let mut transaction = connection.begin_with(BEGIN).await?;
            for sql in REMOVE_USER {
                query(sql).bind(id).execute(&mut *transaction).await?;
            }
            transaction.commit().await
        })
        .await
    }

    async fn put_session(&self, session: &SessionRow) -> Result<(), StoreError> {
        self.write_synced(async |connection| {
            query(PUT_SESSION)
                .bind(session.id)
                .bind(session.user)
                .bind(session.digest.as_slice())
                .bind(session.created_ms)
                .bind(session.used_ms)
                .bind(plain(&session.address))
                .bind(plain(&session.user_agent))
                .execute(connection)
                .await
                .map(drop)
        })
        .await
    }

    async fn remove_sessions(&self, ids: &[i64]) -> Result<(), StoreError> {
        self.write_synced(async |connection| {
            let mut transaction = connection.begin_with(BEGIN).await?;
            for &id in ids {
                query(REMOVE_SESSION)
                    .bind(id)
                    .execute(&mut *transaction)
                    .await?;
            }
            transaction.commit().await
        })
        .await
    }

    async fn put_token(&self, token: &TokenRow) -> Result<(), StoreError> {
        self.write_synced(async |connection| {
            query(PUT_TOKEN)
                .bind(token.id)
                .bind(token.user)
                .bind(token.digest.as_slice())
                .bind(plain(&token.name))
                .bind(plain(&token.scopes))
                .bind(token.created_ms)
                .bind(token.expires_ms)
                .bind(token.used_ms)
                .execute(connection)
                .await
                .map(drop)
        })
        .await
    }

    async fn remove_token(&self, id: i64) -> Result<(), StoreError> {
        self.write_synced(async |connection| {
            query(REMOVE_TOKEN)
                .bind(id)
                .execute(connection)
                .await
                .map(drop)
        })
        .await
    }

    async fn touch(
        &self,
        sessions: &[(i64, i64)],
        tokens: &[(i64, i64)],
    ) -> Result<(), StoreError> {
        self.write(WORK_TIMEOUT, async |connection| {
            let mut transaction = connection.begin_with(BEGIN).await?;
            for (sql, used) in [(TOUCH_SESSION, sessions), (TOUCH_TOKEN, tokens)] {
                for &(id, used_ms) in used {
                    query(sql)
                        .bind(id)
                        .bind(used_ms)
                        .execute(&mut *transaction)
                        .await?;
                }
            }
            transaction.commit().await
        })
        .await
    }

    async fn put_login_required(&self) -> Result<(), StoreError> {
        self.write_synced(async |connection| {
            query(REQUIRE_LOGIN).execute(connection).await.map(drop)
        })
        .await
    }
}

impl SqlStore {
    /// A write that no power loss undoes once this has returned. If it is dropped half-way, the connection is
    /// dropped and the setting with it.
    pub(super) async fn write_synced(
        &self,
        work: impl AsyncFnOnce(&mut Connection) -> Result<(), sqlx::Error>,
    ) -> Result<(), StoreError> {
        self.write(WORK_TIMEOUT, async |connection| {
            Database::sync_commits(connection, true).await?;
            work(&mut *connection).await?;
            Database::sync_commits(connection, false).await
        })
        .await
    }
}

async fn read(connection: &mut Connection) -> Result<Accounts, sqlx::Error> {
    let mut transaction = connection.begin_with(BEGIN_READ).await?;
    let users: Vec<UserColumns> = query_as(USERS).fetch_all(&mut *transaction).await?;
    let sessions: Vec<SessionColumns> = query_as(SESSIONS).fetch_all(&mut *transaction).await?;
    let tokens: Vec<TokenColumns> = query_as(TOKENS).fetch_all(&mut *transaction).await?;
    let login_required = query_scalar(LOGIN_REQUIRED)
        .fetch_one(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(Accounts {
        users: users.into_iter().map(user_of).collect::<Result<_, _>>()?,
        sessions: sessions
            .into_iter()
            .map(session_of)
            .collect::<Result<_, _>>()?,
        tokens: tokens.into_iter().map(token_of).collect::<Result<_, _>>()?,
        login_required,
    })
}
