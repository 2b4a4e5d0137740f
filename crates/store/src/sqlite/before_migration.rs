//! A copy of the file from before its tables change, for the way back to an older version of the program.

use std::fs;
use std::path::Path;

use sqlx::{Connection, query_scalar};

use super::connect::Connect;
use super::copy::Copy;
use super::inspect::beside;
use super::opening::{MIGRATIONS, refused};
use crate::OpenError;

/// Between the file's name and the version.
const INFIX: &str = ".before-v";

/// Copies the file, as `watchroom.db.before-v4` for a migration to version 4, if a migration is pending. The copy of
/// the previous migration is removed: one is kept.
pub(super) async fn copy(file: &Path, place: &str, connect: &Connect) -> Result<(), OpenError> {
    let (applied, finished) = versions(connect)
        .await
        .map_err(|error| refused(place, error))?;
    if applied == 0 || applied >= MIGRATIONS.newest() {
        return Ok(());
    }
    let to = beside(file, &format!("{INFIX}{}", MIGRATIONS.newest()));
    // A migration that was interrupted half-way has left the copy from before it.
    if finished < applied && to.exists() {
        return Ok(());
    }
    let failed = |detail: String| OpenError::Unreachable {
        place: place.to_owned(),
        detail: format!(
            "its tables have to be migrated from version {applied} to {}, and before that it could not be copied to \
             `{}` ({detail}); it is unchanged. Make as much room as it takes, or use the program that wrote it",
            MIGRATIONS.newest(),
            to.display()
        ),
    };
    remove_copies(file).map_err(|error| failed(error.to_string()))?;
    tracing::info!(copy = %to.display(), "The store is copied before its tables are migrated.");
    let copy = Copy::create(beside(&to, ".partial")).map_err(|error| failed(error.to_string()))?;
    let filled = copy.fill(connect).await;
    filled.map_err(|error| failed(error.to_string()))?;
    copy.move_to(&to).map_err(|error| failed(error.to_string()))
}

/// The newest applied migration, and that after which the file was last opened; 0 for none.
async fn versions(connect: &Connect) -> Result<(i64, i64), sqlx::Error> {
    let mut connection = connect.reader().await?;
    let finished = query_scalar("PRAGMA user_version")
        .fetch_one(&mut connection)
        .await?;
    let has_migrations: bool =
        query_scalar("SELECT count(*) > 0 FROM sqlite_schema WHERE name = '_sqlx_migrations'")
            .fetch_one(&mut connection)
            .await?;
    let applied = match has_migrations {
        true => {
            query_scalar("SELECT coalesce(max(version), 0) FROM _sqlx_migrations WHERE success")
                .fetch_one(&mut connection)
                .await?
        }
        false => 0,
    };
    connection.close().await?;
    Ok((applied, finished))
}

fn remove_copies(file: &Path) -> std::io::Result<()> {
    let mut prefix = file.file_name().unwrap_or_default().to_owned();
    prefix.push(INFIX);
    let folder = file.parent().unwrap_or(Path::new("."));
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        if name
            .as_encoded_bytes()
            .starts_with(prefix.as_encoded_bytes())
        {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}
