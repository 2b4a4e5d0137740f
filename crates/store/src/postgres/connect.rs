use std::str::FromStr;
use std::time::{Duration, Instant};

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions, PgConnection, PgPool, query_scalar};

use super::WORK_TIMEOUT;
use super::failure::classify;
use crate::StoreError;

/// The schema of all tables.
pub(super) const SCHEMA: &str = "watchroom";

/// `Wtrm` in ASCII. The session that holds this advisory lock of the database writes to it.
const LOCK: i64 = 0x5774_726d;

/// The database cancels a write that takes longer: as long as it lasts, its connection holds the lock.
const WRITE_TIMEOUT: Duration = Duration::from_secs(2);

/// How long to wait for the lock, and how often to try.
const LOCK_TIMEOUT: Duration = Duration::from_secs(3);
const LOCK_PAUSE: Duration = Duration::from_millis(20);

const READERS_MAX: u32 = 4;

/// An idle reader is closed after this time.
const READER_IDLE: Duration = Duration::from_secs(60);

/// Settings of all sessions.
const SESSION: [(&str, &str); 6] = [
    ("search_path", SCHEMA),
    // Whatever the database's default: what was committed must survive its crash.
    ("synchronous_commit", "on"),
    ("idle_in_transaction_session_timeout", "5s"),
    // A pulled cable must not hold the lock for hours.
    ("tcp_keepalives_idle", "5"),
    ("tcp_keepalives_interval", "2"),
    ("tcp_keepalives_count", "3"),
];

/// Makes connections to the database.
#[derive(Debug, Clone)]
pub(super) struct Connect(PgConnectOptions);

impl Connect {
    pub(super) fn parse(url: &str) -> Result<Self, sqlx::Error> {
        let options = PgConnectOptions::from_str(url)?
            .application_name("watchroom")
            .options(SESSION)
            .disable_statement_logging();
        Ok(Self(options))
    }

    /// A URL without the password.
    pub(super) fn place(&self) -> String {
        let (host, port) = (self.0.get_host(), self.0.get_port());
        let database = self.0.get_database().unwrap_or(self.0.get_username());
        match self.0.get_socket() {
            Some(socket) => format!("postgres:{}/{database}", socket.display()),
            None => format!("postgres://{host}:{port}/{database}"),
        }
    }

    pub(super) async fn writer(&self) -> Result<PgConnection, sqlx::Error> {
        self.0
            .clone()
            .options([("statement_timeout", milliseconds(WRITE_TIMEOUT))])
            .connect()
            .await
    }

    /// A writer for a database that was open before, which must be the same one.
    pub(super) async fn writer_again(&self, epoch: &str) -> Result<PgConnection, StoreError> {
        let mut connection = self.writer().await.map_err(classify)?;
        // The session before may not have ended yet.
        if !wait_for_lock(&mut connection).await.map_err(classify)? {
            let holder = "another session holds its lock".to_owned();
            return Err(StoreError::Unreachable(holder));
        }
        let found: String = query_scalar("SELECT epoch FROM about")
            .fetch_one(&mut connection)
            .await
            .map_err(classify)?;
        if found != epoch {
            return Err(StoreError::Faulty(format!(
                "the database is another one than at the start: its epoch is {found}, not {epoch}"
            )));
        }
        Ok(connection)
    }

    pub(super) fn readers(&self) -> PgPool {
        let options = self.0.clone().options([
            ("statement_timeout", milliseconds(WORK_TIMEOUT)),
            ("default_transaction_read_only", "on".to_owned()),
        ]);
        PgPoolOptions::new()
            .max_connections(READERS_MAX)
            .acquire_timeout(WORK_TIMEOUT)
            .idle_timeout(READER_IDLE)
            .connect_lazy_with(options)
    }
}

/// Takes the lock, and waits a little for a session that is about to end: a database may detect late
/// that its client was killed or disconnected during a statement.
pub(super) async fn wait_for_lock(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    let until = Instant::now() + LOCK_TIMEOUT;
    while !lock(connection).await? {
        if Instant::now() > until {
            return Ok(false);
        }
        tokio::time::sleep(LOCK_PAUSE).await;
    }
    Ok(true)
}

/// Whether this session got the lock. The database releases it when the session ends, however it ends.
async fn lock(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    query_scalar("SELECT pg_try_advisory_lock($1)")
        .bind(LOCK)
        .fetch_one(connection)
        .await
}

fn milliseconds(duration: Duration) -> String {
    duration.as_millis().to_string()
}
