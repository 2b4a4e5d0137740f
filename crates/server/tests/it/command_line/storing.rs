//! The store: backups, restoring them, and errors.

use super::{Finished, PATIENCE, Running, Workplace};
use protocol::api::MessagePage;
use serde_json::value::RawValue;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::time::Instant;

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

/// The newest messages of the stream that a demo sends all the time: number and text.
fn newest(server: &Running) -> Vec<(u64, String)> {
    #[derive(serde::Deserialize)]
    struct Numbered {
        seq: u64,
    }
    let path = "/api/v1/journal?stream=data&limit=1000";
    let answer = ask(server.address, path);
    let body = answer.split_once("\r\n\r\n").unwrap().1;
    let page: MessagePage<Box<RawValue>> = serde_json::from_str(body).unwrap();
    let numbered = |message: Box<RawValue>| {
        let Numbered { seq } = serde_json::from_str(message.get()).unwrap();
        (seq, String::from(Box::<str>::from(message)))
    };
    page.messages.into_iter().map(numbered).collect()
}

fn ask(address: SocketAddr, path: &str) -> String {
    let mut socket = TcpStream::connect(address).unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    socket.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn a_backup_under_load_is_restored_with_its_newest_messages() {
    let workplace = Workplace::new();
    let busy = [&SERVE[..], &["--demo-rate=200"]].concat();
    let server = Running::start(&mut workplace.command(&busy));
    let early = await_messages(&server, 100);
    assert!(
        workplace
            .run(&["backup", "--demo", "copy.db"])
            .status
            .success()
    );
    let late = await_messages(&server, early.len() + 100);
    let restore = ["restore", "--demo", "copy.db"];
    workplace
        .run(&restore)
        .failed_with(&["watchroom.db", "another server is using it"]);
    assert!(server.terminate().status.success());

    let Finished { status, stdout, .. } = workplace.run(&restore);
    assert!(status.success());
    for part in ["restored from `copy.db`", STORE, ".before-restore-2"] {
        assert!(stdout.contains(part), "{stdout}");
    }
    let server = Running::start(&mut workplace.command(&SERVE));
    let restored = newest(&server);
    for message in &early {
        assert!(restored.contains(message), "{message:?}");
    }
    let last = late.iter().max().unwrap();
    assert!(!restored.contains(last), "it was sent after the backup");
    assert!(server.terminate().status.success());
}

/// Returns the newest messages once there are so many.
fn await_messages(server: &Running, count: usize) -> Vec<(u64, String)> {
    let until = Instant::now() + PATIENCE;
    loop {
        let messages = newest(server);
        if messages.len() >= count {
            return messages;
        }
        assert!(Instant::now() < until, "only {} messages", messages.len());
    }
}

#[test]
fn only_the_user_may_read_what_is_written() {
    let workplace = Workplace::new();
    serve(&workplace, || {
        assert!(
            workplace
                .run(&["backup", "--demo", "copy.db"])
                .status
                .success()
        );
        let directory = workplace.path().join(STORE);
        let directory = directory.parent().unwrap();
        let files = directory.read_dir().unwrap();
        let mut written: Vec<_> = files.map(|entry| entry.unwrap().path()).collect();
        assert!(written.len() > 3, "{written:?}");
        written.extend([directory.to_owned(), workplace.path().join("copy.db")]);
        for path in written {
            // SQLite may have removed a file since.
            let Ok(metadata) = path.metadata() else {
                continue;
            };
            let others = metadata.permissions().mode() & 0o077;
            assert_eq!(others, 0, "{}", path.display());
        }
    });
}

#[test]
fn what_is_no_backup_is_not_restored() {
    let workplace = Workplace::new();
    workplace
        .run(&["restore", "copy.db"])
        .failed_with(&["copy.db", "watchroom backup"]);
    workplace.write("copy.db", "SQLite format 3\0 and then nothing of the kind");
    workplace
        .run(&["restore", "copy.db"])
        .failed_with(&["copy.db", "it is damaged"]);
    workplace
        .run(&["restore", "copy.db", "--database-url=memory:"])
        .failed_with(&["in memory alone", "--data-dir"]);
    workplace
        .run(&[
            "restore",
            "copy.db",
            "--database-url=postgres://127.0.0.1:1/x",
        ])
        .failed_with(&["pg_restore"]);
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
