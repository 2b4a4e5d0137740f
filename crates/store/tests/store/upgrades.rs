//! Stores of earlier versions are migrated, and an SQLite file is copied before that.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::support::{Place, execute};
use access::Access;
use protocol::Stream;
use sqlx::migrate::Migrator;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};
use store::Location;

/// The migrations of this version, as files whose names are in their order.
fn migrations() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/sqlite");
    let files = fs::read_dir(folder).unwrap();
    let mut files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    files.sort();
    files
}

/// The file that a version of the program has left which had only the first migrations: it has one message.
async fn store_of(version: usize) -> (Place, PathBuf) {
    let place = Place::sqlite();
    let Location::Sqlite(directory) = place.location() else {
        panic!("no file");
    };
    let file = directory.join(Location::SQLITE_FILE);
    let folder = tempfile::tempdir().unwrap();
    for (number, migration) in (1..).zip(&migrations()[..version]) {
        // There is no file 0008, and the numbers of the later ones are one more than their versions.
        let name = migration.file_name().unwrap().to_str().unwrap();
        let (_, name) = name.split_once('_').unwrap();
        let numbered = folder.path().join(format!("{number:04}_{name}"));
        fs::copy(migration, numbered).unwrap();
    }
    // As in `opening.rs`; it never changes.
    execute(&file, &format!("PRAGMA application_id = {}", 0x5774_726d)).await;
    let options = SqliteConnectOptions::new().filename(&file);
    let mut connection = options.connect().await.unwrap();
    let mut migrator = Migrator::new(folder.path()).await.unwrap();
    migrator.set_locking(false);
    migrator.run_direct(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    let code = Stream::Data.definition().store_code;
    for sql in [
        &format!("PRAGMA user_version = {version}"),
        "INSERT INTO about (id, epoch, reserved, clean) VALUES (1, 'e', 1, 1)",
        &format!(
            "INSERT INTO stream (code, newest, horizon, messages, bytes) VALUES ({code}, 1, 0, 1, 2)"
        ),
        &format!(
            "INSERT INTO journal (seq, prev, stream, at, body) VALUES (1, 0, {code}, 7, '{{}}')"
        ),
    ] {
        execute(&file, sql).await;
    }
    (place, file)
}

/// The names of the copies beside a file.
fn copies(file: &Path) -> Vec<String> {
    let names = fs::read_dir(file.parent().unwrap()).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut copies: Vec<_> = names.filter(|name| name.contains("before")).collect();
    copies.sort();
    copies
}

fn copy_of_newest() -> String {
    format!("watchroom.db.before-v{}", migrations().len())
}

#[tokio::test]
async fn stores_of_all_earlier_versions_are_migrated_and_copied_before() {
    for version in 1..migrations().len() {
        let (place, file) = store_of(version).await;
        let store = place.open().await;
        store.start().await.unwrap();
        let tail = store
            .tail(&Access::server(), &Stream::ALL, 10, usize::MAX)
            .await
            .unwrap();
        let seqs: Vec<_> = tail.iter().map(|entry| (entry.seq, entry.at_ms)).collect();
        assert_eq!(seqs, [(1, 7)], "of version {version}");
        drop(store);
        assert_eq!(copies(&file), [copy_of_newest()], "of version {version}");

        // The copy is a store of the earlier version, with an epoch of its own.
        let copy = file.with_file_name(copy_of_newest());
        let mode = fs::metadata(&copy).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "nobody else may read it");
        let mut connection = SqliteConnectOptions::new()
            .filename(&copy)
            .connect()
            .await
            .unwrap();
        let found: i64 = sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations")
            .fetch_one(&mut connection)
            .await
            .unwrap();
        let epoch: String = sqlx::query_scalar("SELECT epoch FROM about")
            .fetch_one(&mut connection)
            .await
            .unwrap();
        connection.close().await.unwrap();
        assert_eq!(found, version as i64);
        assert_ne!(epoch, "e");
    }
}

#[tokio::test]
async fn one_copy_is_kept_and_a_new_store_has_none() {
    let (place, file) = store_of(migrations().len() - 1).await;
    fs::write(file.with_file_name("watchroom.db.before-v1"), "old").unwrap();
    drop(place.open().await);
    assert_eq!(copies(&file), [copy_of_newest()]);
    let made = fs::metadata(file.with_file_name(copy_of_newest())).unwrap();
    drop(place.open().await);
    let kept = fs::metadata(file.with_file_name(copy_of_newest())).unwrap();
    assert_eq!(made.modified().unwrap(), kept.modified().unwrap());

    let place = Place::sqlite();
    drop(place.open().await);
    let Location::Sqlite(directory) = place.location() else {
        panic!("no file");
    };
    assert!(copies(&directory.join(Location::SQLITE_FILE)).is_empty());
}

/// A folder of the copy's name, which neither can be removed as a file nor be written.
#[tokio::test]
async fn without_a_copy_nothing_is_migrated() {
    let (place, file) = store_of(migrations().len() - 1).await;
    let blocked = file.with_file_name(copy_of_newest());
    fs::create_dir(&blocked).unwrap();
    let before = fs::read(&file).unwrap();
    let error = place.try_open().await.err().expect("it is refused");
    assert!(error.to_string().contains("could not be copied"), "{error}");
    assert!(fs::read(&file).unwrap() == before, "the file was changed");
    fs::remove_dir(&blocked).unwrap();
    drop(place.open().await);
}
