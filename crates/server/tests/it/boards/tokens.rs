//! API tokens.

use super::*;
use crate::support::account::create_token;

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_a_board_shows_that_one() {
    let (server, admin, [ada]) = with_users(["ada"]).await;
    let shown = create(&server, &admin, "team", "Wall").await;
    let other = create(&server, &admin, "team", "secret-1").await;
    let private = create(&server, &ada, "private", "secret-2").await;
    edit(&server, &admin, &shown, &json!([added("w1", 0)])).await;
    let token = async |by: &Credentials, board: &str| {
        let scope = format!("board:{board}");
        Credentials::bearer(&create_token(&server, by, &[&scope]).await.token)
    };
    let screen = token(&admin, &shown).await;
    let status = async |by: &Credentials, path: &str| ask(&server, by, "GET", path).await.status;
    let of = |board: &str| format!("/api/v1/boards/{board}");
    let read = document(&server, &screen, &shown).await;
    assert!(!read.info.may_edit && !read.info.may_manage);
    assert_eq!(read.board.widgets.len(), 1);
    let listed = list(&server, &screen).await;
    assert_eq!(listed.len(), 1);
    assert_eq!(status(&screen, &of(&other)).await, 404);
    assert_eq!(status(&screen, &of(&private)).await, 404);
    assert_eq!(
        status(&token(&admin, &private).await, &of(&private)).await,
        404
    );
    // Not even its owner's: it would be on a wall.
    assert_eq!(
        status(&token(&ada, &private).await, &of(&private)).await,
        404
    );
    let edited = try_edit(&server, &screen, &shown, &json!([added("w2", 0)])).await;
    assert_eq!(edited.status, 403, "{edited:?}");
    for path in [
        "/api/v1/series",
        "/api/v1/hosts",
        "/api/v1/journal?stream=metrics",
    ] {
        assert_eq!(status(&screen, path).await, 200, "{path}");
    }
    for path in [
        "/api/v1/rooms",
        "/api/v1/people",
        "/api/v1/silences",
        "/api/v1/users",
    ] {
        assert_eq!(status(&screen, path).await, 403, "{path}");
    }
    let said = json!({"text": "secret-3"});
    let said = send(&server, &ada, "POST", "/api/v1/rooms/r1/messages", &said).await;
    assert_eq!(said.status, 201);
    let mut viewer = connect(&server, &screen).await;
    let epoch = server.epoch();
    let streams = r#"["metrics","events","logs","rooms","boards","processes"]"#;
    let subscribe =
        format!(r#"{{"type":"subscribe","streams":{streams},"epoch":"{epoch}","after":0}}"#);
    viewer.say(&subscribe).await;
    viewer.say(r#"{"type":"presence","state":"active"}"#).await;
    let received = until(&mut viewer, r#""type":"error""#).await;
    assert!(!received.contains("secret-"), "{received}");
    assert!(!received.contains(r#""type":"board""#), "{received}");
    let boards = ask(&server, &screen, "GET", "/api/v1/journal?stream=boards").await;
    assert!(!boards.body.contains("secret-"), "{boards:?}");
    server.drain(viewer).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_token_for_everything_changes_boards() {
    let (server, admin, []) = with_users([]).await;
    let board = create(&server, &admin, "team", "Web").await;
    let token = async |scope: &str| {
        Credentials::bearer(&create_token(&server, &admin, &[scope]).await.token)
    };
    let title = json!([{"op": "set_title", "title": "By a token"}]);
    for (scope, status) in [
        ("read", 403),
        ("annotate", 403),
        ("ingest", 403),
        ("admin", 200),
    ] {
        let answer = try_edit(&server, &token(scope).await, &board, &title).await;
        assert_eq!(answer.status, status, "{scope}: {answer:?}");
    }
    let shown = document(&server, &token("read").await, &board).await;
    assert_eq!(shown.info.changed_by.kind.name(), "bot");
    assert!(!shown.info.may_edit, "a token that reads");
    let provisioning = token("admin").await;
    let new = json!({"title": "Provisioned", "visibility": "private"});
    let refused = send(&server, &provisioning, "POST", "/api/v1/boards", &new).await;
    assert_eq!(refused.status, 403, "{refused:?}");
    create(&server, &provisioning, "team", "Provisioned").await;
    server.drain(()).await;
}
