//! Migrations, embedded in the program.

use std::borrow::Cow;

use sqlx::error::BoxDynError;
use sqlx::migrate::{Migrate, MigrateError, Migration, MigrationSource, MigrationType, Migrator};

use crate::OpenError;

/// The migrations of one database, oldest first: name and SQL. The nth migrates to version n; a released one
/// never changes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Migrations(pub(crate) &'static [(&'static str, &'static str)]);

impl Migrations {
    /// The newest version.
    pub(crate) fn newest(self) -> i64 {
        (1..)
            .zip(self.0)
            .map(|(version, _)| version)
            .last()
            .unwrap_or(0)
    }

    /// Runs those that are pending. The caller holds the lock on the database.
    pub(crate) async fn run<C: Migrate>(
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
                supported: self.newest(),
            }),
            done => done.map_err(faulty),
        }
    }
}

impl MigrationSource<'static> for Migrations {
    fn resolve(
        self,
    ) -> futures_util::future::BoxFuture<'static, Result<Vec<Migration>, BoxDynError>> {
        let migration = |(version, &(name, sql)): (i64, &(&'static str, &'static str))| {
            let (name, sql) = (Cow::Borrowed(name), Cow::Borrowed(sql));
            Migration::new(version, name, MigrationType::Simple, sql, false)
        };
        let migrations = (1..).zip(self.0).map(migration).collect();
        Box::pin(std::future::ready(Ok(migrations)))
    }
}
