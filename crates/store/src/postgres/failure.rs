use sqlx::Error;
use sqlx::error::DatabaseError;

use crate::StoreError;

/// By the classes of PostgreSQL's error codes.
/// <https://www.postgresql.org/docs/current/errcodes-appendix.html>
pub(super) fn classify(error: Error) -> StoreError {
    let code = error.as_database_error().and_then(DatabaseError::code);
    let Some(code) = code else {
        return match error {
            Error::Io(_)
            | Error::Tls(_)
            | Error::Protocol(_)
            | Error::Configuration(_)
            | Error::PoolTimedOut
            | Error::PoolClosed
            | Error::WorkerCrashed => StoreError::Unreachable(error.to_string()),
            _ => StoreError::Faulty(error.to_string()),
        };
    };
    match &*code {
        // disk_full
        "53100" => StoreError::Full(error.to_string()),
        // read_only_sql_transaction: a standby
        "25006" => StoreError::Unreachable(error.to_string()),
        code => match code.get(..2) {
            // Connection, authorization, no such database, resources, locks, shutdown, I/O.
            Some("08" | "28" | "3D" | "53" | "55" | "57" | "58") => {
                StoreError::Unreachable(error.to_string())
            }
            _ => StoreError::Faulty(error.to_string()),
        },
    }
}

/// insufficient_privilege: reported when the store is opened.
pub(super) fn is_refusal(error: &Error) -> bool {
    let code = error.as_database_error().and_then(DatabaseError::code);
    code.is_some_and(|code| code == "42501")
}
