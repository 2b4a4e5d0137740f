//! The same samples as plain rows in SQLite: what it would be without chunks.

use std::path::Path;
use std::time::{Duration, Instant};

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{Connection, SqliteConnection};

use crate::replay::Replay;

/// Samples of one transaction, as many as the store is given at once.
const SAMPLES_PER_TRANSACTION: usize = 900;

pub(crate) struct Plain {
    connection: SqliteConnection,
    pub(crate) rows: u64,
    pub(crate) elapsed: Duration,
    pub(crate) bytes: u64,
}

impl Plain {
    /// The first `series` of each message, of so many days.
    pub(crate) async fn fill(replay: &Replay, days: usize, series: usize, file: &Path) -> Self {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal);
        let mut connection = SqliteConnection::connect_with(&options)
            .await
            .expect("a new file");
        let table = "CREATE TABLE sample (series INTEGER, at INTEGER, value REAL, \
                     PRIMARY KEY (series, at)) WITHOUT ROWID";
        sqlx::query(table)
            .execute(&mut connection)
            .await
            .expect("a table");
        let start = Instant::now();
        let mut rows = 0;
        let numbers: Vec<usize> = (0..days * 86_400).collect();
        for page in numbers.chunks(SAMPLES_PER_TRANSACTION) {
            let mut transaction = connection.begin().await.expect("a transaction");
            for message in page.iter().flat_map(|number| replay.nth(*number)) {
                let points = protocol::points(&message);
                let points = &points[..series.min(points.len())];
                let values = vec!["(?, ?, ?)"; points.len()].join(", ");
                let statement = format!("INSERT INTO sample VALUES {values}");
                let mut insert = sqlx::query(&statement);
                for (series, (point, _)) in points.iter().enumerate() {
                    let at_ms = message.timestamp().unix_ms();
                    insert = insert.bind(series as i64).bind(at_ms).bind(point.value);
                }
                insert.execute(&mut *transaction).await.expect("rows");
                rows += points.len() as u64;
            }
            transaction.commit().await.expect("committed");
        }
        let elapsed = start.elapsed();
        let checkpoint = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)");
        checkpoint
            .execute(&mut connection)
            .await
            .expect("a checkpoint");
        let bytes = std::fs::metadata(file).expect("the file").len();
        Self {
            connection,
            rows,
            elapsed,
            bytes,
        }
    }

    /// Minimum, maximum and mean of points of a length, of each of the first `series`.
    pub(crate) async fn query(
        &mut self,
        series: usize,
        from_ms: i64,
        to_ms: i64,
        step_ms: i64,
    ) -> usize {
        let mut points = 0;
        for series in 0..series {
            let statement = "SELECT at / ?4, min(value), max(value), avg(value) FROM sample \
                             WHERE series = ?1 AND at >= ?2 AND at < ?3 GROUP BY 1 ORDER BY 1";
            let rows: Vec<(i64, f64, f64, f64)> = sqlx::query_as(statement)
                .bind(series as i64)
                .bind(from_ms)
                .bind(to_ms)
                .bind(step_ms)
                .fetch_all(&mut self.connection)
                .await
                .expect("rows");
            points += rows.len();
        }
        points
    }
}
