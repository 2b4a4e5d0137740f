//! Bringing tables up to date. The steps are part of the program.

use std::borrow::Cow;

use sqlx::error::BoxDynError;
use sqlx::migrate::{Migrate, MigrateError, Migration, MigrationSource, MigrationType, Migrator};

use super::OpenError;

/// The steps that make one database's tables, oldest first: name and SQL. Step n brings them to
/// version n; one that was ever released never changes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Steps(pub(super) &'static [(&'static str, &'static str)]);

impl Steps {
    /// The newest version that this program knows.
    pub(super) fn newest(self) -> i64 {
        (1..)
            .zip(self.0)
            .map(|(version, _)| version)
            .last()
            .unwrap_or(0)
    }

    /// Takes the steps that are missing. The caller holds the lock on the database.
    pub(super) async fn take<C: Migrate>(
        self,
        connection: &mut C,
        place: &str,
    ) -> Result<(), OpenError> {
        let faulty = |error: MigrateError| OpenError::Faulty {
            place: place.to_owned(),
            detail: error.to_string(),
        };
        let mut migrator = Migrator::new(self).await.map_err(faulty)?;
        migrator.set_locking(false);
        match migrator.run_direct(connection).await {
            Err(MigrateError::VersionMissing(found)) => Err(OpenError::Newer {
                place: place.to_owned(),
                found,
                known: self.newest(),
            }),
            done => done.map_err(faulty),
        }
    }
}

impl MigrationSource<'static> for Steps {
    fn resolve(
        self,
    ) -> futures_util::future::BoxFuture<'static, Result<Vec<Migration>, BoxDynError>> {
        let step = |(version, &(name, sql)): (i64, &(&'static str, &'static str))| {
            let (name, sql) = (Cow::Borrowed(name), Cow::Borrowed(sql));
            Migration::new(version, name, MigrationType::Simple, sql, false)
        };
        let steps = (1..).zip(self.0).map(step).collect();
        Box::pin(std::future::ready(Ok(steps)))
    }
}
