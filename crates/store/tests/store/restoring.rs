//! SQLite alone: a backup takes the place of a store.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::accounts;
use crate::files::{file, filled, mode};
use crate::support::entries::{Chain, seqs};
use crate::support::{Place, execute};
use access::Access;
use protocol::Stream::Data;
use store::{Config, Location, OpenError, RestoreError, Restored, Store, backup, restore};
use tempfile::TempDir;

const TIME: &str = "20261130T103059Z";

/// A backup of a store with a thousand messages and accounts.
async fn backed_up() -> (TempDir, PathBuf) {
    let place = filled().await;
    let store = place.open().await;
    accounts::fill(&*store).await;
    let copies = TempDir::new().unwrap();
    let copy = copies.path().join("copy.db");
    store.backup(&copy).await.unwrap();
    (copies, copy)
}

async fn count(store: &dyn Store) -> usize {
    let all = store
        .after(&Access::server(), 0, &[Data], usize::MAX, usize::MAX)
        .await;
    seqs(&all.unwrap()).len()
}

#[tokio::test]
async fn a_backup_replaces_a_store_which_is_kept() {
    let (_copies, copy) = backed_up().await;
    let before = fs::read(&copy).unwrap();
    let place = Place::sqlite();
    let store = place.begin().await;
    store
        .commit(&Chain::default().messages(&[Data; 7]))
        .await
        .unwrap();
    // Not finished: its newest messages are in the log alone.
    drop(store);

    let location = place.location();
    let restored = restore(&location, &copy, TIME).await.unwrap();
    let kept = file(&place).with_extension(format!("db.before-restore-{TIME}"));
    let expected = Restored {
        file: file(&place),
        kept: Some(kept.clone()),
    };
    assert_eq!(restored, expected);
    assert!(
        fs::read(&copy).unwrap() == before,
        "the backup is unchanged"
    );
    assert_eq!(mode(&restored.file), 0o600);

    let store = place.open().await;
    let start = store.start().await.unwrap();
    assert_eq!((start.was_clean, start.next_seq), (true, 1001));
    assert_eq!(count(&*store).await, 1000);
    let accounts = store.accounts().await.unwrap();
    assert_eq!((accounts.users.len(), accounts.sessions.len()), (2, 0));
    store.finish(1000).await.unwrap();
    drop(store);

    let again = restore(&location, &kept, TIME).await.unwrap();
    let kept_again = again.kept.unwrap();
    assert_ne!(kept_again, kept);
    let store = place.open().await;
    assert_eq!(count(&*store).await, 7, "with those of its log");
    assert_ne!(store.start().await.unwrap().epoch, start.epoch);
}

#[tokio::test]
async fn a_backup_becomes_a_store_where_there_is_none() {
    let (_copies, copy) = backed_up().await;
    let directory = TempDir::new().unwrap();
    let location = Location::Sqlite(directory.path().join("new/place"));
    let epochs = [
        restored_epoch(&location, &copy).await,
        restored_epoch(&location, &copy).await,
    ];
    assert_ne!(epochs[0], epochs[1], "each restored store is another one");
}

async fn restored_epoch(location: &Location, from: &Path) -> String {
    restore(location, from, TIME).await.unwrap();
    let store = store::open(&Config::of(location.clone())).await.unwrap();
    assert_eq!(count(&*store).await, 1000);
    let epoch = store.start().await.unwrap().epoch;
    store.finish(1000).await.unwrap();
    epoch
}

/// Fails, and leaves the directory of the store as it was.
async fn refused(place: &Place, from: &Path) -> RestoreError {
    let contents = || {
        let directory = file(place).parent().unwrap().read_dir().unwrap();
        let files = directory.map(|entry| entry.unwrap().path());
        let mut contents: Vec<_> = files.map(|it| (fs::read(&it).unwrap(), it)).collect();
        contents.sort();
        contents
    };
    let before = contents();
    let error = restore(&place.location(), from, TIME).await.unwrap_err();
    assert!(contents() == before, "the store was changed: {error}");
    error
}

#[tokio::test]
async fn a_store_in_use_is_not_replaced() {
    let (_copies, copy) = backed_up().await;
    let place = filled().await;
    let store = place.open().await;
    let error = restore(&place.location(), &copy, TIME).await.unwrap_err();
    let is_in_use = matches!(error, RestoreError::Open(OpenError::InUse { .. }));
    assert!(is_in_use, "{error}");
    assert_eq!(count(&*store).await, 1000);
    let error = restore(&place.location(), &file(&place), TIME)
        .await
        .unwrap_err();
    assert!(matches!(error, RestoreError::Itself(_)), "{error}");
}

#[tokio::test]
async fn what_is_no_backup_is_refused() {
    let place = filled().await;
    let (copies, copy) = backed_up().await;
    let other = copies.path().join("other.db");
    let error = refused(&place, &other).await;
    assert!(matches!(error, RestoreError::Nothing(_)), "{error}");
    fs::write(&other, "").unwrap();
    let error = refused(&place, &other).await;
    assert!(matches!(error, RestoreError::Nothing(_)), "{error}");
    fs::remove_file(&other).unwrap();
    execute(&other, "CREATE TABLE recipes (name TEXT)").await;
    let error = refused(&place, &other).await;
    let is_foreign = matches!(error, RestoreError::Open(OpenError::Foreign { .. }));
    assert!(is_foreign, "{error}");

    let bytes = fs::read(&copy).unwrap();
    fs::write(&other, &bytes[..bytes.len() / 2]).unwrap();
    let error = refused(&place, &other).await;
    assert!(matches!(error, RestoreError::Damaged { .. }), "{error}");
    assert!(error.to_string().contains("another backup"), "{error}");
    execute(&copy, "PRAGMA user_version = 99").await;
    let error = refused(&place, &copy).await;
    let is_newer = matches!(error, RestoreError::Open(OpenError::Newer { .. }));
    assert!(is_newer, "{error}");
    assert!(error.to_string().contains("copy.db"), "{error}");
}

#[tokio::test]
async fn a_backup_that_may_only_be_read_is_restored() {
    let (copies, copy) = backed_up().await;
    let read_only = |mode| fs::Permissions::from_mode(mode);
    fs::set_permissions(&copy, read_only(0o400)).unwrap();
    fs::set_permissions(copies.path(), read_only(0o500)).unwrap();
    let place = filled().await;
    restore(&place.location(), &copy, TIME).await.unwrap();
    fs::set_permissions(copies.path(), read_only(0o700)).unwrap();
    let left = copies.path().read_dir().unwrap().count();
    assert_eq!(left, 1, "nothing is made beside it");
}

#[tokio::test]
async fn a_database_is_left_to_pg_restore() {
    let location = Location::Postgres("postgres://127.0.0.1:1/watchroom".to_owned());
    let error = restore(&location, Path::new("copy.db"), TIME)
        .await
        .unwrap_err();
    assert!(matches!(error, RestoreError::Unsupported), "{error}");
    let error = backup(&location, Path::new("copy.db")).await.unwrap_err();
    assert!(error.to_string().contains("pg_dump"), "{error}");
}
