//! A text that was edited or deleted is nowhere any more.

use super::*;
use protocol::{Durable, RoomAction, RoomMessage, Stream, Timestamp};
use std::fs;
use std::path::Path;

async fn edit(server: &TestServer, by: &Credentials, seq: u64, text: &str) -> u16 {
    let path = format!("/api/v1/rooms/r1/messages/{seq}");
    send(server, by, "PATCH", &path, &json!({"text": text}))
        .await
        .status
}

async fn delete(server: &TestServer, by: &Credentials, seq: u64) -> u16 {
    let path = format!("/api/v1/rooms/r1/messages/{seq}");
    ask(server, by, "DELETE", &path).await.status
}

/// Everything that anybody can read of rooms.
async fn readable(server: &TestServer, by: &Credentials) -> String {
    let mut all = String::new();
    let now_ms = Timestamp::now().unix_ms() + 1;
    let frames = server.journal().batch(0).frames;
    for frame in frames.iter().filter(|it| it.stream() == Stream::Rooms) {
        all.push_str(frame.json());
    }
    for path in [
        "/api/v1/journal?stream=rooms",
        "/api/v1/journal?stream=rooms&format=csv",
        "/api/v1/journal?stream=rooms&text=secret",
        "/api/v1/rooms/r1/messages",
        "/api/v1/rooms",
        // As playback requests it.
        &format!("/api/v1/rooms/r1/messages?until_ms={now_ms}"),
        &format!("/api/v1/at?time={now_ms}"),
    ] {
        let answer = ask(server, by, "GET", path).await;
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        all.push_str(&answer.body);
    }
    for request in [
        r#"{"type":"subscribe","streams":{"rooms":{"last":100}}}"#.to_owned(),
        format!(
            r#"{{"type":"subscribe","streams":["rooms"],"epoch":"{}","after":0}}"#,
            server.epoch()
        ),
    ] {
        let mut viewer = connect(server, by).await;
        viewer.say(&request).await;
        all.push_str(&received(&mut viewer).await);
    }
    all
}

/// The files of the store that contain a text.
fn files_with(folder: &Path, text: &str) -> Vec<String> {
    let files = fs::read_dir(folder).unwrap().map(|it| it.unwrap().path());
    let with = files.filter(|path| {
        path.is_file() && {
            let bytes = fs::read(path).unwrap();
            bytes.windows(text.len()).any(|it| it == text.as_bytes())
        }
    });
    with.map(|path| path.display().to_string()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn former_texts_are_nowhere() {
    let (server, _, [ada, bo]) = with_users(["ada", "bo"]).await;
    let folder = server.data_dir().to_owned();
    let edited = say(&server, &ada, "r1", "secret-1").await;
    let deleted = say(&server, &ada, "r1", "secret-2").await;
    let both = say(&server, &ada, "r1", "secret-3").await;
    say(&server, &bo, "r1", "secret-nothing else").await;
    assert!(!files_with(&folder, "secret-1").is_empty(), "it is stored");
    assert_eq!(edit(&server, &ada, edited, "secret-4").await, 204);
    assert_eq!(edit(&server, &ada, edited, "public-1").await, 204);
    assert_eq!(edit(&server, &ada, both, "secret-5").await, 204);
    assert_eq!(edit(&server, &bo, both, "mine").await, 403);
    assert_eq!(delete(&server, &bo, both).await, 403);
    for seq in [deleted, both] {
        assert_eq!(delete(&server, &ada, seq).await, 204);
        assert_eq!(delete(&server, &ada, seq).await, 204, "again");
        assert_eq!(edit(&server, &ada, seq, "back").await, 404);
    }
    let mut all = readable(&server, &bo).await;
    let stream = events(&server, &bo).await;
    say(&server, &bo, "r1", "the end").await;
    all.push_str(&streamed(stream, "the end").await);
    for number in 1..=5 {
        let text = format!("secret-{number}");
        assert!(!all.contains(&text), "{text}: {all}");
    }
    assert!(all.contains("public-1") && all.contains("secret-nothing else"));
    // Its position and its place in the chain are the same.
    let shown = page(&server, &bo, "r1", "").await.messages;
    let seqs: Vec<_> = shown.iter().map(|it| it.seq).collect();
    assert_eq!(seqs[..3], [edited, deleted, both]);
    assert!(shown[0].message.edited_seq.is_some() && shown[1].message.deleted_seq.is_some());
    assert_eq!(shown[2].message.text, None);

    soon("the files without former texts", async {
        while (1..=5).any(|it| !files_with(&folder, &format!("secret-{it}")).is_empty()) {
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        }
    })
    .await;
    // Nor has a backup that is made now.
    let backups = tempfile::tempdir().unwrap();
    let copy = backups.path().join("copy.db");
    let place = store::Location::Sqlite(folder.clone());
    store::backup(&place, &copy).await.unwrap();
    assert!(!files_with(backups.path(), "public-1").is_empty());
    for number in 1..=5 {
        let text = format!("secret-{number}");
        assert_eq!(files_with(backups.path(), &text), [""; 0]);
    }
    let server = server.restart().await;
    let again = readable(&server, &bo).await;
    assert!(again.contains("public-1") && !again.contains("secret-3"));
    assert_eq!(files_with(&folder, "secret-3"), [""; 0]);
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_deletes_what_others_said_in_public() {
    let (server, admin, [ada]) = with_users(["ada"]).await;
    let seq = say(&server, &ada, "r1", "spam").await;
    assert_eq!(edit(&server, &admin, seq, "ham").await, 403);
    assert_eq!(delete(&server, &admin, seq).await, 204);
    assert!(!readable(&server, &ada).await.contains("spam"));
    for unknown in [seq + 1, 0, u64::MAX] {
        assert_eq!(delete(&server, &admin, unknown).await, 404);
    }
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_kill_has_left_undone_is_done_at_the_next_start() {
    let (server, _, [ada]) = with_users(["ada"]).await;
    let seq = say(&server, &ada, "r1", "secret-1").await;
    let said = page(&server, &ada, "r1", "").await.messages.remove(0);
    // It is in the log, and its message is not replaced yet.
    let deleted = RoomMessage {
        message_seq: Some(seq),
        ..RoomMessage::new(
            Timestamp::now(),
            "r1",
            RoomAction::Deleted,
            said.message.author,
        )
    };
    server
        .append_stored(vec![Durable::RoomMessage(deleted)])
        .await;
    assert!(readable(&server, &ada).await.contains("secret-1"));
    let server = server.restart().await;
    soon("the deletion", async {
        while readable(&server, &ada).await.contains("secret-1") {}
    })
    .await;
    server.drain(()).await;
}
