//! What the program keeps, and what it says when it cannot.

use super::{Finished, Running, Workplace};

const SERVE: [&str; 5] = [
    "serve",
    "--demo",
    "--demo-days=0",
    "--listen",
    "127.0.0.1:0",
];
/// The simulated host's, in the default place.
const STORE: &str = "data/watchroom/demo/watchroom.db";

/// Serves for as long as `meanwhile` takes, and ends in good order.
fn serve(workplace: &Workplace, meanwhile: impl FnOnce()) {
    let server = Running::start(&mut workplace.command(&SERVE));
    meanwhile();
    assert!(server.terminate().status.success());
}

#[test]
fn a_backup_is_made_while_it_serves_and_is_served_from() {
    let workplace = Workplace::new();
    let mut backup = None;
    serve(&workplace, || {
        backup = Some(workplace.run(&["backup", "--demo", "copy.db"]));
        let again = workplace.run(&["backup", "--demo", "copy.db"]);
        again.failed_saying(&["copy.db", "never overwrites"]);
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
fn without_a_store_there_is_nothing_to_back_up() {
    let finished = Workplace::new().run(&["backup", "copy.db", "--database-url=memory:"]);
    finished.failed_saying(&["there is nothing to copy"]);
    Workplace::new()
        .run(&["backup", "copy.db"])
        .failed_saying(&["watchroom.db"]);
}

#[test]
fn two_servers_do_not_share_a_store() {
    let workplace = Workplace::new();
    serve(&workplace, || {
        let second = workplace.run(&SERVE);
        second.failed_saying(&["watchroom.db", "another server is using it"]);
    });
}

#[test]
fn a_damaged_store_is_left_as_it_is() {
    let workplace = Workplace::new();
    workplace.write(STORE, "SQLite format 3\0 and then nothing of the kind");
    let before = std::fs::read(workplace.path().join(STORE)).unwrap();
    workplace.run(&SERVE).failed_saying(&["watchroom.db"]);
    let after = std::fs::read(workplace.path().join(STORE)).unwrap();
    assert_eq!(before, after);
}

#[test]
fn a_database_that_cannot_be_reached_is_named_without_its_password() {
    let url = "--database-url=postgres://me:secret@127.0.0.1:1/watchroom";
    let finished = Workplace::new().run(&["serve", url, "--listen", "127.0.0.1:0"]);
    finished.failed_saying(&["127.0.0.1"]);
    assert!(!finished.stderr.contains("secret"), "{finished:?}");
    let finished = Workplace::new().run(&["serve", "--database-url=mysql://me:secret@there"]);
    finished.failed_saying(&["database_url", "--database-url", "postgres://"]);
    assert!(!finished.stderr.contains("secret"), "{finished:?}");
}
