use std::str::FromStr;
use std::time::{Duration, Instant};

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions, PgConnection, PgPool, query_scalar};

use super::WORK_PATIENCE;
use super::failure::judge;
use crate::store::StoreError;

/// The schema that all is in.
pub(super) const SCHEMA: &str = "watchroom";

/// `Wtrm` in ASCII. Whoever holds this advisory lock of the database writes to it.
const LOCK: i64 = 0x5774_726d;

/// A write that takes longer on the database's side is given up there, too: as long as it lasts,
/// its connection holds the lock.
const WRITE_PATIENCE: Duration = Duration::from_secs(2);

/// How long the lock is waited for, and how often it is tried.
const LOCK_PATIENCE: Duration = Duration::from_secs(3);
const LOCK_PAUSE: Duration = Duration::from_millis(20);

const READERS_MAX: u32 = 4;

/// A reader that nobody needed for so long is closed.
const READER_IDLE: Duration = Duration::from_secs(60);

/// What all sessions have in common.
const SESSION: [(&str, &str); 6] = [
    ("search_path", SCHEMA),
    // Whatever the database's default: what was committed must outlive its crash.
    ("synchronous_commit", "on"),
    ("idle_in_transaction_session_timeout", "5s"),
    // A cable that was pulled must not keep the lock for hours.
    ("tcp_keepalives_idle", "5"),
    ("tcp_keepalives_interval", "2"),
    ("tcp_keepalives_count", "3"),
];

/// How connections to the database are made.
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

    /// The database in words, without its password.
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
            .options([("statement_timeout", milliseconds(WRITE_PATIENCE))])
            .connect()
            .await
    }

    /// A writer for a database that was open before.
    pub(super) async fn writer_again(&self, epoch: &str) -> Result<PgConnection, StoreError> {
        let mut connection = self.writer().await.map_err(judge)?;
        // The session before may still be about to end.
        if !wait_for_lock(&mut connection).await.map_err(judge)? {
            let holder = "another session holds its lock".to_owned();
            return Err(StoreError::Unreachable(holder));
        }
        let found: String = query_scalar("SELECT epoch FROM about")
            .fetch_one(&mut connection)
            .await
            .map_err(judge)?;
        if found != epoch {
            return Err(StoreError::Faulty(format!(
                "the database is another one than at the start: its epoch is {found}, not {epoch}"
            )));
        }
        Ok(connection)
    }

    pub(super) fn readers(&self) -> PgPool {
        let options = self.0.clone().options([
            ("statement_timeout", milliseconds(WORK_PATIENCE)),
            ("default_transaction_read_only", "on".to_owned()),
        ]);
        PgPoolOptions::new()
            .max_connections(READERS_MAX)
            .acquire_timeout(WORK_PATIENCE)
            .idle_timeout(READER_IDLE)
            .connect_lazy_with(options)
    }
}

/// Takes the lock, and waits a little for a session that is about to end: a database may notice late
/// that its client was killed, or went away amid a statement.
pub(super) async fn wait_for_lock(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    let until = Instant::now() + LOCK_PATIENCE;
    while !lock(connection).await? {
        if Instant::now() > until {
            return Ok(false);
        }
        tokio::time::sleep(LOCK_PAUSE).await;
    }
    Ok(true)
}

/// Whether this session now is the one that writes. The database gives the lock back when the
/// session ends, however it ends.
async fn lock(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    query_scalar("SELECT pg_try_advisory_lock($1)")
        .bind(LOCK)
        .fetch_one(connection)
        .await
}

fn milliseconds(duration: Duration) -> String {
    duration.as_millis().to_string()
}
