//! While login is off, and while the store is away.

use super::*;
use crate::support::account::send_once;
use crate::support::postgres;

const NOBODY: fn() -> Credentials = Credentials::none;

#[tokio::test(flavor = "multi_thread")]
async fn guests_have_team_boards_that_all_change() {
    let server = TestServer::start(|_| ()).await;
    let new = json!({"title": "Web", "visibility": "private"});
    let refused = send(&server, &NOBODY(), "POST", "/api/v1/boards?name=Ada", &new).await;
    assert_eq!(refused.status, 403);
    assert!(refused.body.contains("signed in"), "{refused:?}");
    let new = json!({"title": "Web", "visibility": "team"});
    let created = send(&server, &NOBODY(), "POST", "/api/v1/boards?name=Ada", &new).await;
    assert_eq!(created.status, 201, "{created:?}");
    let created: BoardDocument = parsed(&created);
    assert_eq!(created.info.owner.id, "g:ada");
    let board = created.info.id;
    edit(&server, &NOBODY(), &board, &json!([added("w1", 0)])).await;
    let shown = document(&server, &NOBODY(), &board).await;
    assert_eq!(shown.info.changed_by.name, "Guest");
    assert!(shown.info.may_edit && shown.info.may_manage);
    let wrong = ask(&server, &NOBODY(), "GET", "/api/v1/boards?name=%20a").await;
    assert_eq!(wrong.status, 422, "{wrong:?}");
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_changed_while_the_store_is_unavailable() {
    let database = postgres::Server::own().await;
    let url = database.clone().new_database().await.url();
    let server = TestServer::start(|config| config.database_url = url.into()).await;
    let board = create(&server, &NOBODY(), "team", "Web").await;
    let version = retitle(&server, &NOBODY(), &board, "before").await;
    database.kill();
    let path = format!("/api/v1/boards/{board}/operations");
    let body =
        |title: &str| json!({"id": "e1", "operations": [{"op": "set_title", "title": title}]});
    for _ in 0..25 {
        // What is refused does not count.
        let refused = send_once(&server, &NOBODY(), "POST", &path, &body("meanwhile")).await;
        assert_eq!(refused.status, 503, "{refused:?}");
        assert_eq!(refused.header("Retry-After"), Some("1"));
    }
    let shown = document(&server, &NOBODY(), &board).await.board;
    assert_eq!((shown.version, shown.title.as_str()), (version, "before"));
    let new = json!({"title": "New", "visibility": "team"});
    let refused = send_once(&server, &NOBODY(), "POST", "/api/v1/boards", &new).await;
    assert_eq!(refused.status, 503, "{refused:?}");
    assert_eq!(list(&server, &NOBODY()).await.len(), 1);
    database.start().await;
    soon("the store", async {
        while send_once(&server, &NOBODY(), "POST", &path, &body("after"))
            .await
            .status
            == 503
        {}
    })
    .await;
    let stored = document(&server, &NOBODY(), &board).await;
    assert_eq!(stored.board.title, "after");
    let server = server.restart().await;
    assert_eq!(document(&server, &NOBODY(), &board).await, stored);
    server.drain(()).await;
}
