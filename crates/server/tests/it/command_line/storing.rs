//! The store: backups, and errors.

use super::{Finished, Running, Workplace};

const SERVE: [&str; 5] = [
    "serve",
    "--demo",
    "--demo-days=0",
    "--listen",
    "127.0.0.1:0",
];
/// The store of the simulated host, in the default place.
const STORE: &str = "data/watchroom/demo/watchroom.db";

/// Serves for as long as `meanwhile` takes, and stops cleanly.
fn serve(workplace: &Workplace, meanwhile: impl FnOnce()) {
    let server = Running::start(&mut workplace.command(&SERVE));
    meanwhile();
    assert!(server.terminate().status.success());
}

#[test]
fn a_backup_can_be_made_while_serving_and_served() {
    let workplace = Workplace::new();
    let mut backup = None;
    serve(&workplace, || {
        backup = Some(workplace.run(&["backup", "--demo", "copy.db"]));
        let again = workplace.run(&["backup", "--demo", "copy.db"]);
        again.failed_with(&["copy.db", "never overwrites"]);
    });
    let Finished { status, stdout, .. } = backup.unwrap();
    assert!(status.success());
    assert_eq!(stdout, "The store was copied to `copy.db`.\n");
    std::fs::rename(
        workplace.path().join("copy.db"),
        workplace.path().join(STORE),
    )
    .unwrap();
    for rest in ["-wal", "-shm"] {
        // There only if the server left them.
        let _ = std::fs::remove_file(workplace.path().join(format!("{STORE}{rest}")));
    }
    serve(&workplace, || ());
}

#[test]
fn a_backup_without_a_store_is_refused() {
    let finished = Workplace::new().run(&["backup", "copy.db", "--database-url=memory:"]);
    finished.failed_with(&["there is nothing to copy"]);
    Workplace::new()
        .run(&["backup", "copy.db"])
        .failed_with(&["watchroom.db"]);
}

#[test]
fn a_second_server_on_a_store_is_refused() {
    let workplace = Workplace::new();
    serve(&workplace, || {
        let second = workplace.run(&SERVE);
        second.failed_with(&["watchroom.db", "another server is using it"]);
    });
}

#[test]
fn a_damaged_store_is_not_changed() {
    let workplace = Workplace::new();
    workplace.write(STORE, "SQLite format 3\0 and then nothing of the kind");
    let before = std::fs::read(workplace.path().join(STORE)).unwrap();
    workplace.run(&SERVE).failed_with(&["watchroom.db"]);
    let after = std::fs::read(workplace.path().join(STORE)).unwrap();
    assert_eq!(before, after);
}

#[test]
fn an_unreachable_database_is_reported_without_its_password() {
    let url = "--database-url=postgres://me:secret@127.0.0.1:1/watchroom";
    let finished = Workplace::new().run(&["serve", url, "--listen", "127.0.0.1:0"]);
    finished.failed_with(&["127.0.0.1"]);
    assert!(!finished.stderr.contains("secret"), "{finished:?}");
    let finished = Workplace::new().run(&["serve", "--database-url=mysql://me:secret@there"]);
    finished.failed_with(&["database_url", "--database-url", "postgres://"]);
    assert!(!finished.stderr.contains("secret"), "{finished:?}");
}
