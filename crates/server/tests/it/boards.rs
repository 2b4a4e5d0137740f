//! Boards: who changes them, who sees that, and what becomes of them.

mod content;
mod guests;
mod kills;
mod private;
mod roles;
mod tokens;
mod versions;

use crate::rooms::{connect, parsed, until, with_users};
use crate::support::account::{Credentials, add_user, ask, send, sign_in};
use crate::support::{Answer, RawViewer, TestServer, soon};
use boards::apply;
use protocol::account::Role;
use protocol::boards::{BoardDocument, BoardEdited, BoardInfo, BoardList};
use protocol::{Board, BoardAction, Received, ServerMessage};
use serde::Serialize;
use serde_json::json;

/// Creates a board; returns its id.
async fn create(server: &TestServer, by: &Credentials, visibility: &str, title: &str) -> String {
    let new = json!({"title": title, "visibility": visibility});
    let answer = send(server, by, "POST", "/api/v1/boards", &new).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    parsed::<BoardDocument>(&answer).info.id
}

async fn try_edit(
    server: &TestServer,
    by: &Credentials,
    board: &str,
    operations: &impl Serialize,
) -> Answer {
    let path = format!("/api/v1/boards/{board}/operations");
    send(
        server,
        by,
        "POST",
        &path,
        &json!({"operations": operations}),
    )
    .await
}

/// Changes a board; returns its version.
async fn edit(
    server: &TestServer,
    by: &Credentials,
    board: &str,
    operations: &impl Serialize,
) -> u64 {
    let answer = try_edit(server, by, board, operations).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    parsed::<BoardEdited>(&answer).version
}

async fn retitle(server: &TestServer, by: &Credentials, board: &str, title: &str) -> u64 {
    edit(
        server,
        by,
        board,
        &json!([{"op": "set_title", "title": title}]),
    )
    .await
}

async fn document(server: &TestServer, by: &Credentials, board: &str) -> BoardDocument {
    let answer = ask(server, by, "GET", &format!("/api/v1/boards/{board}")).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    parsed(&answer)
}

async fn list(server: &TestServer, by: &Credentials) -> Vec<BoardInfo> {
    let answer = ask(server, by, "GET", "/api/v1/boards").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    parsed::<BoardList>(&answer).boards
}

fn added(widget: &str, x: u16) -> impl Serialize {
    json!({
        "op": "add",
        "section": "s1",
        "item": {"widget": widget, "x": x, "y": 0, "w": 6, "h": 4},
        "widget": {"kind": "text", "title": widget, "options": {"text": "a\n"}},
    })
}

/// A board as somebody has it who applies the messages of the stream.
#[derive(Default)]
struct Follower {
    board: Board,
    /// What the changes are called.
    ids: Vec<String>,
}

impl Follower {
    /// Applies the messages of these lines that are about the board.
    fn follow(&mut self, id: &str, lines: &str) {
        for line in lines.lines() {
            let Received { position, message } = Received::parse(line);
            let (Some(position), Ok(ServerMessage::BoardMessage(message))) = (position, message)
            else {
                continue;
            };
            if message.board != id {
                continue;
            }
            if message.action == BoardAction::Created {
                self.board.id = id.into();
            }
            for operation in &message.operations {
                apply(&mut self.board, operation).unwrap();
            }
            self.board.version = position.seq;
            self.ids.extend(message.id);
        }
    }
}

/// Subscribes to `boards`, from the first message on.
async fn follow(server: &TestServer, by: &Credentials) -> RawViewer {
    let mut viewer = connect(server, by).await;
    let epoch = server.epoch();
    let subscribe =
        format!(r#"{{"type":"subscribe","streams":["boards"],"epoch":"{epoch}","after":0}}"#);
    viewer.say(&subscribe).await;
    viewer
}

#[tokio::test(flavor = "multi_thread")]
async fn two_edit_at_the_same_time_and_all_have_the_same_board() {
    let (server, admin, []) = with_users([]).await;
    for name in ["ada", "bo"] {
        add_user(&server, &admin, name, Role::Operator).await;
    }
    let (ada, bo) = (sign_in(&server, "ada").await, sign_in(&server, "bo").await);
    let board = create(&server, &ada, "team", "Web").await;
    edit(&server, &ada, &board, &json!([added("w0", 0)])).await;
    let viewers = [follow(&server, &ada).await, follow(&server, &bo).await];
    let work = async |by: &Credentials, name: &str| {
        for number in 0..8 {
            let widget = format!("{name}{number}");
            let text = format!("a\nby {name} {number}\n");
            let operations = json!([
                added(&widget, number % 2 * 6),
                {"op": "set_text", "widget": "w0", "base": "a\n", "text": text},
                {"op": "place", "section": "s1", "items": [{"widget": "w0", "x": number, "y": number, "w": 5, "h": 3}]},
            ]);
            edit(&server, by, &board, &operations).await;
        }
    };
    tokio::join!(work(&ada, "a"), work(&bo, "b"));
    let stored = document(&server, &bo, &board).await;
    assert_eq!(stored.board.widgets.len(), 17);
    let text = stored.board.widgets.get("w0").unwrap().options.text.clone();
    let text = text.unwrap();
    for name in ["a", "b"] {
        for number in 0..8 {
            let line = format!("by {name} {number}");
            assert_eq!(text.matches(&line).count(), 1, "{line}: {text}");
        }
    }
    let end = format!(r#""seq":{},"#, stored.board.version);
    for mut viewer in viewers {
        let mut follower = Follower::default();
        follower.follow(&board, &until(&mut viewer, &end).await);
        assert_eq!(follower.board, stored.board);
    }
    let server = server.restart().await;
    assert_eq!(document(&server, &bo, &board).await, stored);
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_is_sent_again_is_made_once() {
    let (server, admin, [ada]) = with_users(["ada"]).await;
    let new = json!({"title": "Web", "visibility": "team", "id": "n.1"});
    let first = send(&server, &admin, "POST", "/api/v1/boards", &new).await;
    let again = send(&server, &admin, "POST", "/api/v1/boards", &new).await;
    assert_eq!((first.status, again.status), (201, 200));
    assert_eq!(first.body, again.body);
    let board = parsed::<BoardDocument>(&first).info.id;
    let path = format!("/api/v1/boards/{board}/operations");
    let body = json!({"id": "e-1", "operations": [added("w1", 0)]});
    let first = send(&server, &admin, "POST", &path, &body).await;
    let version = retitle(&server, &admin, &board, "Web servers").await;
    let server = server.restart().await;
    let again = send(&server, &admin, "POST", &path, &body).await;
    assert_eq!((first.status, again.status), (200, 200), "{again:?}");
    assert_eq!(first.body, again.body);
    assert_eq!(
        document(&server, &admin, &board).await.board.version,
        version
    );
    // The ids of others are theirs.
    let own = json!({"title": "Own", "visibility": "private", "id": "n.1"});
    let of_ada = send(&server, &ada, "POST", "/api/v1/boards", &own).await;
    assert_eq!(of_ada.status, 201, "{of_ada:?}");
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_applied_is_refused_with_a_sentence() {
    let (server, admin, []) = with_users([]).await;
    let board = create(&server, &admin, "team", "Web").await;
    let version = edit(&server, &admin, &board, &json!([added("w1", 0)])).await;
    let none: [(); 0] = [];
    let title = json!({"op": "set_title", "title": "a"});
    for (operations, status, why) in [
        (
            json!([{"op": "remove", "widget": "w9"}]),
            409,
            "there is no widget `w9` on this board",
        ),
        (
            json!([{"op": "set_title", "title": " "}]),
            422,
            "title is empty",
        ),
        // All or none.
        (
            json!([title, {"op": "remove", "widget": "w9"}]),
            409,
            "no widget `w9`",
        ),
        (
            json!(none),
            422,
            "`operations` has 0 entries; 1 to 20 are accepted",
        ),
        (json!(vec![&title; 21]), 422, "`operations` has 21 entries"),
        (
            json!([{"op": "explode"}]),
            422,
            "`operations[0].op`: unknown variant `explode`",
        ),
        (json!([added("w1", 0)]), 422, "already a widget `w1`"),
    ] {
        let answer = try_edit(&server, &admin, &board, &operations).await;
        assert_eq!(answer.status, status, "{answer:?}");
        assert!(answer.body.contains(why), "{answer:?}");
    }
    let unknown = json!({"operations": [title], "extra": 1});
    let path = format!("/api/v1/boards/{board}/operations");
    let answer = send(&server, &admin, "POST", &path, &unknown).await;
    assert_eq!(answer.status, 422, "{answer:?}");
    let id = json!({"operations": [title], "id": "a b"});
    assert_eq!(send(&server, &admin, "POST", &path, &id).await.status, 422);
    let shown = document(&server, &admin, &board).await;
    assert_eq!(
        (shown.board.version, shown.board.title.as_str()),
        (version, "Web")
    );
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_trash_has_boards_until_they_are_deleted_for_good() {
    let (server, admin, []) = with_users([]).await;
    let board = create(&server, &admin, "team", "Web").await;
    let other = create(&server, &admin, "team", "Zoo").await;
    let path = format!("/api/v1/boards/{board}");
    let for_good = format!("{path}?for_good=true");
    let early = ask(&server, &admin, "DELETE", &for_good).await;
    assert_eq!(early.status, 409, "{early:?}");
    for _ in 0..2 {
        assert_eq!(ask(&server, &admin, "DELETE", &path).await.status, 204);
    }
    let boards = list(&server, &admin).await;
    let titles: Vec<_> = boards.iter().map(|it| it.title.as_str()).collect();
    assert_eq!(titles, ["Zoo", "Web"], "those in the trash are the last");
    assert!(boards[1].trashed_ms.is_some() && boards[0].trashed_ms.is_none());
    let refused = try_edit(&server, &admin, &board, &json!([added("w1", 0)])).await;
    assert_eq!(refused.status, 409);
    assert!(refused.body.contains("trash"), "{refused:?}");
    let restore = format!("{path}/restore");
    for _ in 0..2 {
        assert_eq!(ask(&server, &admin, "POST", &restore).await.status, 204);
    }
    edit(&server, &admin, &board, &json!([added("w1", 0)])).await;
    assert_eq!(ask(&server, &admin, "DELETE", &path).await.status, 204);
    assert_eq!(
        ask(&server, &admin, "DELETE", &format!("{path}?for_good=maybe"))
            .await
            .status,
        400
    );
    assert_eq!(ask(&server, &admin, "DELETE", &for_good).await.status, 204);
    assert_eq!(ask(&server, &admin, "GET", &path).await.status, 404);
    assert_eq!(ask(&server, &admin, "DELETE", &for_good).await.status, 404);
    let newest = create(&server, &admin, "team", "New").await;
    let delete = async |server: &TestServer, id: &str| {
        for query in ["", "?for_good=true"] {
            let path = format!("/api/v1/boards/{id}{query}");
            assert_eq!(ask(server, &admin, "DELETE", &path).await.status, 204);
        }
    };
    delete(&server, &newest).await;
    // Numbers are not given again.
    let server = server.restart().await;
    let next = create(&server, &admin, "team", "Next").await;
    assert!(![&board, &other, &newest].contains(&&next), "{next}");
    let server = server.restart().await;
    let titles: Vec<_> = list(&server, &admin)
        .await
        .into_iter()
        .map(|it| it.title)
        .collect();
    assert_eq!(titles, ["Next", "Zoo"]);
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_changes_a_second_are_accepted() {
    let (server, admin, []) = with_users([]).await;
    let board = create(&server, &admin, "team", "Web").await;
    let path = format!("/api/v1/boards/{board}/operations");
    let body = json!({"operations": [{"op": "set_title", "title": "again"}]});
    // Unless the machine takes longer for each, which is why some are sent at the same time.
    let refused = soon("a refusal", async {
        loop {
            let some = (0..8).map(|_| send(&server, &admin, "POST", &path, &body));
            let answers = futures_util::future::join_all(some).await;
            if let Some(refused) = answers.into_iter().find(|it| it.status != 200) {
                break refused;
            }
        }
    })
    .await;
    assert_eq!(refused.status, 429, "{refused:?}");
    assert_eq!(refused.header("Retry-After"), Some("1"));
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_a_store_has_no_boards() {
    let server = TestServer::in_memory().await;
    let answer = ask(&server, &Credentials::none(), "GET", "/api/v1/boards").await;
    assert_eq!(answer.status, 404);
    assert!(answer.body.contains("stores nothing"), "{answer:?}");
    server.drain(()).await;
}
