//! PostgreSQL alone: the server may be unavailable.

use std::path::Path;
use std::time::Duration;

use crate::support::entries::{Chain, seqs};
use crate::support::postgres::{Database, Server};
use crate::support::{Place, assert_newer};
use access::Access;
use protocol::Stream::{self, Data};
use store::{BackupError, Config, Location, OpenError, StoreError};
use tokio::time::Instant;

async fn own() -> (Place, std::sync::Arc<Server>) {
    let database = Server::own().await.new_database().await;
    let server = std::sync::Arc::clone(&database.server);
    (Place::Database(database), server)
}

#[tokio::test]
async fn a_commit_succeeds_after_a_restart_of_the_database() {
    let (place, server) = own().await;
    let store = place.begin().await;
    let mut chain = Chain::default();
    store.commit(&chain.messages(&[Data; 3])).await.unwrap();
    server.kill();
    let batch = chain.messages(&[Data; 2]);
    let away = store.commit(&batch).await.unwrap_err();
    assert!(matches!(away, StoreError::Unreachable(_)), "{away}");
    assert!(matches!(
        store.ping().await,
        Err(StoreError::Unreachable(_))
    ));
    server.start().await;
    store.commit(&batch).await.unwrap();
    let read = store
        .after(&Access::server(), 0, &[Data], 99, usize::MAX)
        .await
        .unwrap();
    assert_eq!(seqs(&read), [1, 2, 3, 4, 5]);
    assert!(
        matches!(place.try_open().await, Err(OpenError::InUse { .. })),
        "the lock is held again"
    );
}

#[tokio::test]
async fn a_restart_between_two_commits_is_not_noticed() {
    let (place, server) = own().await;
    let store = place.begin().await;
    let mut chain = Chain::default();
    store.commit(&chain.messages(&[Data])).await.unwrap();
    server.kill();
    server.start().await;
    store.commit(&chain.messages(&[Data])).await.unwrap();
    assert_eq!(
        seqs(
            &store
                .tail(&Access::server(), &Stream::ALL, 9, usize::MAX)
                .await
                .unwrap()
        ),
        [1, 2]
    );
}

#[tokio::test]
async fn a_database_that_does_not_answer_fails_within_a_second() {
    let (place, server) = own().await;
    let store = place.begin_by_default().await;
    let mut chain = Chain::default();
    store.commit(&chain.messages(&[Data])).await.unwrap();
    let batch = chain.messages(&[Data]);
    let frozen = server.freeze();
    // Nothing responds, so time can be paused: the test does not wait, and measures exactly on any machine.
    tokio::time::pause();
    for _ in 0..3 {
        let begun = Instant::now();
        let away = store.commit(&batch).await.unwrap_err();
        assert!(matches!(away, StoreError::Unreachable(_)), "{away}");
        assert!(
            begun.elapsed() < Duration::from_secs(1),
            "{:?}",
            begun.elapsed()
        );
    }
    tokio::time::resume();
    drop(frozen);
    // The abandoned sessions must end first: one still holds the lock.
    let until = Instant::now() + Duration::from_secs(60);
    while let Err(error) = store.commit(&batch).await {
        assert!(Instant::now() < until, "{error}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(
        seqs(
            &store
                .tail(&Access::server(), &Stream::ALL, 9, usize::MAX)
                .await
                .unwrap()
        ),
        [1, 2]
    );
}

#[tokio::test]
async fn another_database_in_its_place_is_refused() {
    let (place, server) = own().await;
    let store = place.begin().await;
    let Place::Database(database) = &place else {
        panic!("a database")
    };
    database
        .execute("UPDATE watchroom.about SET epoch = 'other'")
        .await;
    server.kill();
    server.start().await;
    let error = store
        .commit(&Chain::default().messages(&[Data]))
        .await
        .unwrap_err();
    assert!(matches!(error, StoreError::Faulty(_)), "{error}");
}

async fn database() -> Database {
    Server::shared().await.new_database().await
}

#[tokio::test]
async fn a_foreign_schema_is_refused() {
    let database = database().await;
    database.execute("CREATE SCHEMA watchroom").await;
    database
        .execute("CREATE TABLE watchroom.recipes (name text)")
        .await;
    let error = Place::Database(database)
        .try_open()
        .await
        .err()
        .expect("refused");
    assert!(matches!(error, OpenError::Foreign { .. }), "{error}");
    assert!(error.to_string().contains("recipes"), "{error}");
}

#[tokio::test]
async fn newer_tables_are_refused() {
    let place = Place::postgres().await;
    let store = place.begin().await;
    store.finish(0).await.unwrap();
    let Place::Database(database) = &place else {
        panic!("a database")
    };
    let migration =
        "INSERT INTO watchroom._sqlx_migrations VALUES (11, 'later', now(), true, '', 0)";
    database.execute(migration).await;
    let error = place.try_open().await.err().expect("refused");
    assert_newer(&error, 11);
}

#[tokio::test]
async fn an_unreachable_database_is_an_error_without_the_password() {
    let urls = [
        "postgres://somebody:secret@127.0.0.1:1/watchroom",
        "postgres://somebody:secret@localhost/watchroom?host=/nowhere",
        "nonsense",
    ];
    for url in urls {
        let config = Config::of(Location::Postgres(url.to_owned()));
        let error = store::open(&config).await.err().expect("refused");
        assert!(matches!(error, OpenError::Unreachable { .. }), "{error:?}");
        let text = format!("{error} {error:?} {config:?}");
        assert!(!text.contains("secret"), "{text}");
    }
}

#[tokio::test]
async fn a_backup_is_left_to_pg_dump() {
    let place = Place::postgres().await;
    let store = place.begin().await;
    let error = store.backup(Path::new("copy")).await.unwrap_err();
    assert!(matches!(error, BackupError::Unsupported), "{error}");
    assert!(error.to_string().contains("pg_dump"), "{error}");
}
