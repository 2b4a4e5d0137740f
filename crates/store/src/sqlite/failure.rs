use sqlx::Error;

use crate::StoreError;

/// SQLite's primary result codes; the extended ones have them in their low byte.
/// <https://www.sqlite.org/rescode.html>
mod code {
    pub(super) const PERM: u32 = 3;
    pub(super) const BUSY: u32 = 5;
    pub(super) const LOCKED: u32 = 6;
    pub(super) const READONLY: u32 = 8;
    pub(super) const IOERR: u32 = 10;
    pub(super) const CORRUPT: u32 = 11;
    pub(super) const FULL: u32 = 13;
    pub(super) const CANTOPEN: u32 = 14;
    pub(super) const PROTOCOL: u32 = 15;
    pub(super) const NOTADB: u32 = 26;
}

pub(super) fn classify(error: Error) -> StoreError {
    match (primary_code(&error), &error) {
        (Some(code::FULL), _) => StoreError::Full(error.to_string()),
        (
            Some(
                code::PERM
                | code::BUSY
                | code::LOCKED
                | code::READONLY
                | code::IOERR
                | code::CANTOPEN
                | code::PROTOCOL,
            ),
            _,
        )
        | (None, Error::Io(_) | Error::PoolTimedOut | Error::PoolClosed | Error::WorkerCrashed) => {
            StoreError::Unreachable(error.to_string())
        }
        _ => StoreError::Faulty(error.to_string()),
    }
}

pub(super) fn is_damage(error: &Error) -> bool {
    matches!(primary_code(error), Some(code::CORRUPT | code::NOTADB))
}

fn primary_code(error: &Error) -> Option<u32> {
    let code = error.as_database_error()?.code()?;
    code.parse::<u32>().ok().map(|code| code & 0xff)
}

#[cfg(test)]
mod tests {
    use super::*;
    use sqlx::{Connection, SqliteConnection, query};

    #[tokio::test]
    async fn full_unreachable_and_faulty_are_distinguished() {
        let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        for sql in [
            "CREATE TABLE filler (bytes BLOB)",
            "PRAGMA max_page_count = 10",
        ] {
            query(sql).execute(&mut connection).await.unwrap();
        }
        let fill = query("INSERT INTO filler VALUES (zeroblob(1000000))");
        let full = classify(fill.execute(&mut connection).await.unwrap_err());
        assert!(matches!(full, StoreError::Full(_)), "{full}");
        let fault = classify(
            query("nonsense")
                .execute(&mut connection)
                .await
                .unwrap_err(),
        );
        assert!(matches!(fault, StoreError::Faulty(_)), "{fault}");
        let nowhere = SqliteConnection::connect("sqlite:/no/such/file").await;
        let away = classify(nowhere.err().unwrap());
        assert!(matches!(away, StoreError::Unreachable(_)), "{away}");
    }
}
