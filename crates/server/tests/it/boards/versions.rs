//! What boards were before.

use super::*;
use protocol::boards::BoardVersions;

async fn versions(server: &TestServer, by: &Credentials, board: &str) -> Vec<u64> {
    let path = format!("/api/v1/boards/{board}/versions");
    let answer = ask(server, by, "GET", &path).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let versions: BoardVersions = parsed(&answer);
    versions.versions.iter().map(|it| it.version).collect()
}

async fn version(server: &TestServer, by: &Credentials, board: &str, number: u64) -> Answer {
    let path = format!("/api/v1/boards/{board}/versions/{number}");
    ask(server, by, "GET", &path).await
}

#[tokio::test(flavor = "multi_thread")]
async fn one_goes_back_to_an_earlier_version() {
    let (server, admin, []) = with_users([]).await;
    let board = create(&server, &admin, "team", "Web").await;
    let first = document(&server, &admin, &board).await.board.version;
    let added = edit(&server, &admin, &board, &json!([added("w1", 0)])).await;
    let before = document(&server, &admin, &board).await.board;
    assert_eq!(versions(&server, &admin, &board).await, [first]);
    let empty = parsed::<BoardDocument>(&version(&server, &admin, &board, first).await);
    assert_eq!((empty.info.widgets, empty.info.version), (0, first));
    // Everything is replaced, which stores what there was.
    let back = json!([{"op": "replace", "board": empty.board}]);
    let newest = edit(&server, &admin, &board, &back).await;
    let server = server.restart().await;
    assert_eq!(versions(&server, &admin, &board).await, [added, first]);
    let stored = parsed::<BoardDocument>(&version(&server, &admin, &board, added).await);
    assert_eq!(stored.board, before);
    let now = document(&server, &admin, &board).await;
    assert_eq!((now.info.widgets, now.info.version), (0, newest));
    for number in [0, newest, u64::MAX] {
        assert_eq!(version(&server, &admin, &board, number).await.status, 404);
    }
    let path = format!("/api/v1/boards/{board}");
    for query in ["", "?for_good=true"] {
        let deleted = ask(&server, &admin, "DELETE", &format!("{path}{query}")).await;
        assert_eq!(deleted.status, 204, "{deleted:?}");
    }
    assert_eq!(version(&server, &admin, &board, added).await.status, 404);
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_board_was_while_it_was_private_stays_its_owners() {
    let (server, admin, []) = with_users([]).await;
    add_user(&server, &admin, "oli", Role::Operator).await;
    let oli = sign_in(&server, "oli").await;
    let board = create(&server, &oli, "private", "secret").await;
    let drafted = document(&server, &oli, &board).await.board.version;
    retitle(&server, &oli, &board, "Web").await;
    let path = format!("/api/v1/boards/{board}/sharing");
    let team = json!({"visibility": "team"});
    assert_eq!(send(&server, &oli, "PUT", &path, &team).await.status, 204);
    assert_eq!(versions(&server, &oli, &board).await, [drafted]);
    assert_eq!(versions(&server, &admin, &board).await, [0; 0]);
    assert_eq!(version(&server, &oli, &board, drafted).await.status, 200);
    assert_eq!(version(&server, &admin, &board, drafted).await.status, 404);
    server.drain(()).await;
}
