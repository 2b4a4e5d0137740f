//! Nothing of a private board reaches anybody else, on any path.

use super::*;
use crate::rooms::{events_of, received, streamed};
use crate::support::account::create_token;

const SECRET: &str = "secret-";

/// What a sender gets on each path on which there may be something of a board.
async fn seen(server: &TestServer, sender: &Credentials, board: &str) -> Vec<(String, String)> {
    let mut seen = Vec::new();
    for options in [
        r#""boards":{"last":100}"#.to_owned(),
        format!(r#""boards":{{"last":100,"channels":["{board}"]}}"#),
        format!(r#""rooms":{{"last":100,"channels":["{board}"]}}"#),
        format!(r#""events":{{"last":100,"channels":["{board}"]}}"#),
    ] {
        for after in [
            String::new(),
            format!(r#","epoch":"{}","after":0"#, server.epoch()),
        ] {
            let mut viewer = connect(server, sender).await;
            let request = format!(r#"{{"type":"subscribe","streams":{{{options}}}{after}}}"#);
            viewer.say(&request).await;
            let text = received(&mut viewer).await;
            seen.push((format!("{options}{after}"), text));
        }
    }
    let now = protocol::Timestamp::now().unix_ms() + 1;
    for path in [
        "/".to_owned(),
        format!("/api/v1/at?time={now}"),
        "/api/v1/boards".into(),
        format!("/api/v1/boards/{board}"),
        format!("/api/v1/boards/{board}/versions"),
        "/api/v1/journal?stream=boards".into(),
        "/api/v1/journal?stream=boards&format=csv".into(),
        format!("/api/v1/journal?stream=boards&channel={board}"),
        format!("/api/v1/journal?stream=boards&channel={board}&format=csv"),
        format!("/api/v1/journal?stream=boards&before={}", u64::MAX),
        format!("/api/v1/journal?stream=rooms&channel={board}"),
        format!("/api/v1/journal?stream=events&channel={board}"),
    ] {
        let answer = ask(server, sender, "GET", &path).await;
        seen.push((path, answer.body));
    }
    seen
}

/// Whether a path is one on which its owner finds the board.
fn is_owners(path: &str) -> bool {
    let is_live = path.contains(r#""boards""#);
    let is_stored = path.contains("stream=boards&channel=");
    is_live || is_stored || path.starts_with("/api/v1/boards")
}

#[tokio::test(flavor = "multi_thread")]
async fn each_path_shows_a_private_board_to_its_owner_alone() {
    let (server, admin, [ada, bo]) = with_users(["ada", "bo"]).await;
    let live = [
        events_of(&server, &ada, "boards").await,
        events_of(&server, &bo, "boards").await,
    ];
    let board = create(&server, &ada, "private", "secret-1").await;
    retitle(&server, &ada, &board, "secret-2").await;
    create(&server, &admin, "team", "the end").await;
    for (stream, is_owner) in live.into_iter().zip([true, false]) {
        let text = streamed(stream, "the end").await;
        assert_eq!(text.contains(SECRET), is_owner, "{text}");
    }
    let token = async |by: &Credentials, scope: &str| {
        Credentials::bearer(&create_token(&server, by, &[scope]).await.token)
    };
    let tokens = [
        token(&ada, "read").await,
        token(&admin, "read").await,
        token(&admin, "admin").await,
        token(&admin, &format!("board:{board}")).await,
    ];
    let senders = [
        ("the owner", &ada, true),
        ("another", &bo, false),
        ("an admin", &admin, false),
        ("a token of the owner that reads", &tokens[0], false),
        ("a token that reads", &tokens[1], false),
        ("a token that may do everything", &tokens[2], false),
        ("a token of the board", &tokens[3], false),
    ];
    let check = async |server: &TestServer, when: &str| {
        for (who, sender, is_owner) in senders {
            for (path, text) in seen(server, sender, &board).await {
                // The newest version of a title is not in the list of versions.
                let is_listed = !path.ends_with("/versions");
                let expected = is_owner && is_owners(&path) && is_listed;
                let is_everyones = is_owner && path.contains("before=");
                // A row has no titles.
                let is_row = path.ends_with("csv") && text.contains(&format!(",{board},"));
                let has_it = text.contains(SECRET) || is_row;
                assert!(
                    has_it == expected || (is_everyones && has_it),
                    "{who}, {path}, {when}: {text}"
                );
            }
        }
        for path in ["/api/v1/boards", "/api/v1/journal?stream=boards"] {
            assert_eq!(
                ask(server, &Credentials::none(), "GET", path).await.status,
                401
            );
        }
    };
    check(&server, "from memory").await;
    let server = server
        .reconfigured(|config| config.ring.frames = 1)
        .restart()
        .await;
    check(&server, "from the store").await;
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_board_of_another_is_one_that_does_not_exist() {
    let (server, admin, [ada, bo]) = with_users(["ada", "bo"]).await;
    let board = create(&server, &ada, "private", "secret-1").await;
    let title = json!({"operations": [{"op": "set_title", "title": "a"}]});
    let team = json!({"visibility": "team"});
    for other in [&bo, &admin] {
        let mut answers = Vec::new();
        for id in [board.as_str(), "b999", "b07", "nonsense"] {
            let path = |rest: &str| format!("/api/v1/boards/{id}{rest}");
            answers.push([
                ask(&server, other, "GET", &path("")).await,
                ask(&server, other, "GET", &path("/versions")).await,
                ask(&server, other, "GET", &path("/versions/1")).await,
                ask(&server, other, "DELETE", &path("")).await,
                ask(&server, other, "DELETE", &path("?for_good=true")).await,
                ask(&server, other, "POST", &path("/restore")).await,
                send(&server, other, "POST", &path("/operations"), &title).await,
                send(&server, other, "PUT", &path("/sharing"), &team).await,
            ]);
        }
        for of_one in &answers {
            for (answer, expected) in of_one.iter().zip(&answers[0]) {
                assert_eq!(answer.status, 404, "{answer:?}");
                assert_eq!(answer.body, expected.body);
            }
        }
    }
    assert_eq!(document(&server, &ada, &board).await.info.title, "secret-1");
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sharing_is_known_to_all_and_what_was_before_is_not() {
    let (server, admin, [bo]) = with_users(["bo"]).await;
    add_user(&server, &admin, "ada", Role::Operator).await;
    let ada = sign_in(&server, "ada").await;
    let board = create(&server, &ada, "private", "secret-1").await;
    let mut other = follow(&server, &bo).await;
    let mut owner = follow(&server, &ada).await;
    let share = async |visibility: &str| {
        let path = format!("/api/v1/boards/{board}/sharing");
        let body = json!({"visibility": visibility});
        for _ in 0..2 {
            assert_eq!(send(&server, &ada, "PUT", &path, &body).await.status, 204);
        }
    };
    retitle(&server, &ada, &board, "secret-2").await;
    share("team").await;
    retitle(&server, &ada, &board, "public").await;
    let received_by_other = until(&mut other, r#""title":"public""#).await;
    assert!(!received_by_other.contains(SECRET), "{received_by_other}");
    assert_eq!(received_by_other.matches(r#""action":"shared""#).count(), 1);
    assert!(
        !received_by_other.contains("channel"),
        "{received_by_other}"
    );
    // The document is what it is now.
    assert_eq!(document(&server, &bo, &board).await.board.title, "public");
    share("private").await;
    retitle(&server, &ada, &board, "secret-3").await;
    let last = received(&mut other).await;
    assert!(last.contains(r#""visibility":"private""#), "{last}");
    assert!(!last.contains(SECRET), "{last}");
    let path = format!("/api/v1/boards/{board}");
    assert_eq!(ask(&server, &bo, "GET", &path).await.status, 404);
    let text = until(&mut owner, "secret-3").await;
    let mut follower = Follower::default();
    follower.follow(&board, &text);
    assert_eq!(follower.board, document(&server, &ada, &board).await.board);
    // Its end is told to its owner, also after that.
    for query in ["", "?for_good=true"] {
        let deleted = ask(&server, &ada, "DELETE", &format!("{path}{query}")).await;
        assert_eq!(deleted.status, 204, "{deleted:?}");
    }
    until(&mut owner, r#""action":"deleted""#).await;
    let last = received(&mut other).await;
    assert!(!last.contains(r#""action":"trashed""#), "{last}");
    server.drain((owner, other)).await;
}
