//! SQLite alone: the file may be damaged, foreign or newer.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::accounts;
use crate::support::entries::Chain;
use crate::support::{Place, assert_newer, execute};
use access::Access;
use protocol::Stream::Data;
use store::{BackupError, Location, OpenError, backup};
use tempfile::TempDir;

pub(super) fn file(place: &Place) -> PathBuf {
    match place.location() {
        Location::Sqlite(directory) => directory.join(Location::SQLITE_FILE),
        Location::Postgres(_) => panic!("no file"),
    }
}

/// A closed file with a thousand messages.
pub(super) async fn filled() -> Place {
    let place = Place::sqlite();
    let store = place.begin().await;
    store
        .commit(&Chain::default().messages(&[Data; 1000]))
        .await
        .unwrap();
    store.finish(1000).await.unwrap();
    place
}

/// Opening fails, and the file is unchanged.
async fn refused(place: &Place) -> OpenError {
    let before = fs::read(file(place)).unwrap();
    let error = place.try_open().await.err().expect("it is refused");
    assert!(
        fs::read(file(place)).unwrap() == before,
        "the file was changed"
    );
    assert!(error.to_string().contains("watchroom.db"), "{error}");
    error
}

#[tokio::test]
async fn a_damaged_file_is_refused() {
    let garbage = |bytes: &mut Vec<u8>| bytes.fill(b'x');
    let cut_short = |bytes: &mut Vec<u8>| bytes.truncate(bytes.len() / 2);
    let overwritten = |bytes: &mut Vec<u8>| {
        let middle = bytes.len() / 2;
        bytes[middle..middle + 20_000].fill(0xa5);
    };
    let root = |bytes: &mut Vec<u8>| bytes[100..400].fill(0xff);
    let damages: [fn(&mut Vec<u8>); 4] = [garbage, cut_short, overwritten, root];
    for damage in damages {
        let place = filled().await;
        let mut bytes = fs::read(file(&place)).unwrap();
        damage(&mut bytes);
        fs::write(file(&place), bytes).unwrap();
        let error = refused(&place).await;
        assert!(matches!(error, OpenError::Corrupt { .. }), "{error}");
    }
}

#[tokio::test]
async fn a_newer_file_is_refused() {
    let place = filled().await;
    execute(&file(&place), "PRAGMA user_version = 99").await;
    let error = refused(&place).await;
    assert_newer(&error, 99);
    let place = filled().await;
    let migration = "INSERT INTO _sqlx_migrations VALUES (11, 'later', 0, true, x'00', 0)";
    execute(&file(&place), migration).await;
    let error = place.try_open().await.err().expect("it is refused");
    assert_newer(&error, 11);
}

#[tokio::test]
async fn a_foreign_file_is_refused() {
    let place = Place::sqlite();
    execute(&file(&place), "CREATE TABLE recipes (name TEXT)").await;
    let error = refused(&place).await;
    assert!(matches!(error, OpenError::Foreign { .. }), "{error}");
}

#[tokio::test]
async fn a_log_without_its_file_is_refused() {
    let place = Place::sqlite();
    let log = file(&place).with_extension("db-wal");
    fs::write(&log, "precious").unwrap();
    let error = place.try_open().await.err().expect("it is refused");
    assert!(matches!(error, OpenError::Corrupt { .. }), "{error}");
    assert_eq!(fs::read(&log).unwrap(), b"precious");
}

#[tokio::test]
async fn an_empty_file_is_a_new_store() {
    let place = Place::sqlite();
    fs::write(file(&place), "").unwrap();
    assert_eq!(place.open().await.start().await.unwrap().next_seq, 1);
}

#[tokio::test]
async fn a_directory_that_cannot_be_created_is_an_error() {
    let directory = TempDir::new().unwrap();
    fs::write(directory.path().join("file"), "").unwrap();
    let inside = Location::Sqlite(directory.path().join("file/inside"));
    let error = store::open(&store::Config::of(inside))
        .await
        .err()
        .expect("refused");
    assert!(matches!(error, OpenError::Unreachable { .. }), "{error}");
}

#[tokio::test]
async fn finishing_moves_the_log_into_the_file() {
    let place = filled().await;
    let mut left: Vec<_> = fs::read_dir(file(&place).parent().unwrap())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    left.sort();
    assert_eq!(left, ["watchroom.db", "watchroom.lock"]);
}

/// In bytes, of the write-ahead log.
fn log_bytes(place: &Place) -> u64 {
    let log = file(place).with_extension("db-wal");
    fs::metadata(log).map_or(0, |log| log.len())
}

#[tokio::test]
async fn under_load_the_log_stays_short_and_space_is_released() {
    let place = Place::sqlite();
    let store = place.begin().await;
    let mut chain = Chain::default();
    let limit = 16 << 20;
    for _ in 0..100 {
        let mut batch = chain.messages(&[Data; 100]);
        for entry in &mut batch {
            entry.body.push_str(&" ".repeat(4000));
        }
        store.commit(&batch).await.unwrap();
    }
    let filled = store.usage().await.unwrap().used_bytes;
    assert!(
        filled > 2 * limit,
        "enough for the log to restart: {filled}"
    );
    // As under load: there is always a newer commit than the checkpoint.
    let until = Instant::now() + Duration::from_secs(60);
    while log_bytes(&place) > limit {
        assert!(
            Instant::now() < until,
            "the log is {} bytes long",
            log_bytes(&place)
        );
        store.commit(&chain.messages(&[Data])).await.unwrap();
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    while store.expire(Data, i64::MAX, 200).await.unwrap() > 0 {}
    let usage = store.usage().await.unwrap();
    assert!(usage.used_bytes < 1 << 20, "{usage:?}");
    store.finish(chain.head()).await.unwrap();
    let file_bytes = fs::metadata(file(&place)).unwrap().len();
    assert!(
        file_bytes < filled * 2 / 3,
        "{file_bytes} of {filled} bytes are still taken"
    );
}

#[tokio::test]
async fn a_backup_is_consistent_beside_commits() {
    let place = Place::sqlite();
    let store = place.begin().await;
    let epoch = store.start().await.unwrap().epoch;
    let mut chain = Chain::default();
    store.commit(&chain.messages(&[Data; 5000])).await.unwrap();
    let copies = TempDir::new().unwrap();
    let to = copies.path().join(Location::SQLITE_FILE);
    let copying = {
        let (store, to) = (Arc::clone(&store), to.clone());
        tokio::spawn(async move { store.backup(&to).await })
    };
    let mut committed = 5000;
    while !copying.is_finished() {
        store.commit(&chain.messages(&[Data; 7])).await.unwrap();
        committed += 7;
    }
    copying.await.unwrap().unwrap();

    let copy = Location::Sqlite(copies.path().to_owned());
    let copy = store::open(&store::Config::of(copy)).await.unwrap();
    let start = copy.start().await.unwrap();
    assert_ne!(start.epoch, epoch);
    assert_eq!((start.was_clean, start.jumped), (true, None));
    let read = copy
        .after(&Access::server(), 0, &[Data], usize::MAX, usize::MAX)
        .await
        .unwrap();
    let count = read.len() as u64;
    assert!(
        count >= 5000 && count <= committed,
        "{count} of {committed}"
    );
    assert_eq!(
        (count - 5000) % 7,
        0,
        "a batch is copied completely or not at all"
    );
    assert_eq!(start.next_seq, count + 1);
    assert_eq!(
        store.start().await.unwrap().epoch,
        epoch,
        "the original is unchanged"
    );
}

#[tokio::test]
async fn a_backup_never_overwrites() {
    let place = Place::sqlite();
    let store = place.begin().await;
    let copies = TempDir::new().unwrap();
    let to = copies.path().join("copy.db");
    fs::write(&to, "precious").unwrap();
    let error = backup(&place.location(), &to).await.unwrap_err();
    assert!(matches!(error, BackupError::Exists(_)), "{error}");
    assert_eq!(fs::read(&to).unwrap(), b"precious");
    let nowhere = copies.path().join("no/such/copy.db");
    let error = store.backup(&nowhere).await.unwrap_err();
    assert!(matches!(error, BackupError::File { .. }), "{error}");
    let empty = Location::Sqlite(copies.path().to_owned());
    let error = backup(&empty, &copies.path().join("other.db"))
        .await
        .unwrap_err();
    assert!(matches!(error, BackupError::Open(_)), "{error}");
    let left = fs::read_dir(copies.path()).unwrap().count();
    assert_eq!(left, 1, "nothing half-finished is left behind");
}

/// What the owner, the group and everybody may do with a file.
pub(super) fn mode(file: &Path) -> u32 {
    fs::metadata(file).unwrap().permissions().mode() & 0o777
}

fn log(place: &Place) -> PathBuf {
    file(place).with_extension("db-wal")
}

#[tokio::test]
async fn only_the_owner_may_read_the_files() {
    let place = Place::sqlite();
    let store = place.begin().await;
    accounts::fill(&*store).await;
    let copies = TempDir::new().unwrap();
    let copy = copies.path().join("copy.db");
    store.backup(&copy).await.unwrap();
    let index = file(&place).with_extension("db-shm");
    for file in [file(&place), log(&place), index, copy] {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
}

#[tokio::test]
async fn an_older_file_becomes_its_owners_alone() {
    let place = filled().await;
    fs::set_permissions(file(&place), fs::Permissions::from_mode(0o644)).unwrap();
    let store = place.begin().await;
    assert_eq!([mode(&file(&place)), mode(&log(&place))], [0o600; 2]);
    drop(store);
}

#[tokio::test]
async fn a_backup_has_all_accounts_and_nobody_is_signed_in() {
    let place = Place::sqlite();
    let store = place.begin().await;
    let mut expected = accounts::fill(&*store).await;
    store.put_login_required().await.unwrap();
    let copies = TempDir::new().unwrap();
    let to = copies.path().join(Location::SQLITE_FILE);
    store.backup(&to).await.unwrap();
    let bytes = fs::read(&to).unwrap();
    let has = |digest: &[u8; 32]| bytes.windows(32).any(|window| window == digest);
    assert!(has(&expected.tokens[0].digest));
    for session in &expected.sessions {
        assert!(!has(&session.digest), "{session:?}");
    }
    let copy = Location::Sqlite(copies.path().to_owned());
    let copy = store::open(&store::Config::of(copy)).await.unwrap();
    expected.sessions.clear();
    expected.login_required = true;
    assert_eq!(copy.accounts().await.unwrap(), expected);
    assert_eq!(store.accounts().await.unwrap().sessions.len(), 4);
}

#[tokio::test]
async fn a_store_of_an_older_version_can_be_backed_up() {
    let place = filled().await;
    place.execute("DROP TABLE session").await;
    let copies = TempDir::new().unwrap();
    let to = copies.path().join("copy.db");
    backup(&place.location(), &to).await.unwrap();
    assert!(to.exists());
}
