//! Who may change which board.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn roles_decide_who_changes_team_boards() {
    let (server, admin, [viewer]) = with_users(["vera"]).await;
    for name in ["oli", "otto"] {
        add_user(&server, &admin, name, Role::Operator).await;
    }
    let (owner, operator) = (
        sign_in(&server, "oli").await,
        sign_in(&server, "otto").await,
    );
    let board = create(&server, &owner, "team", "Web").await;
    let may = async |by: &Credentials| {
        let info = document(&server, by, &board).await.info;
        (info.may_edit, info.may_manage)
    };
    assert_eq!(may(&owner).await, (true, true));
    assert_eq!(may(&operator).await, (true, false));
    assert_eq!(may(&admin).await, (true, true));
    assert_eq!(may(&viewer).await, (false, false));
    let title = json!([{"op": "set_title", "title": "Web servers"}]);
    let statuses = async |by: &Credentials| {
        let edited = try_edit(&server, by, &board, &title).await.status;
        let path = format!("/api/v1/boards/{board}");
        let trashed = ask(&server, by, "DELETE", &path).await.status;
        let restored = ask(&server, by, "POST", &format!("{path}/restore"))
            .await
            .status;
        [edited, trashed, restored]
    };
    assert_eq!(statuses(&viewer).await, [403; 3]);
    assert_eq!(statuses(&operator).await, [200, 403, 403]);
    assert_eq!(statuses(&owner).await, [200, 204, 204]);
    assert_eq!(statuses(&admin).await, [200, 204, 204]);
    let share = async |by: &Credentials, board: &str, visibility: &str| {
        let path = format!("/api/v1/boards/{board}/sharing");
        send(
            &server,
            by,
            "PUT",
            &path,
            &json!({"visibility": visibility}),
        )
        .await
    };
    assert_eq!(share(&operator, &board, "private").await.status, 403);
    let refused = share(&admin, &board, "private").await;
    assert_eq!(refused.status, 403);
    assert!(refused.body.contains("only its owner"), "{refused:?}");
    let new = json!({"title": "Own", "visibility": "team"});
    let refused = send(&server, &viewer, "POST", "/api/v1/boards", &new).await;
    assert_eq!(refused.status, 403);
    assert!(refused.body.contains("`operator`"), "{refused:?}");
    let own = create(&server, &viewer, "private", "Own").await;
    assert_eq!(share(&viewer, &own, "team").await.status, 403);
    retitle(&server, &viewer, &own, "Mine").await;
    // A user's rights are those that it has now: the owner can still change its board.
    let role = json!({"role": "viewer"});
    let changed = send(&server, &admin, "PATCH", "/api/v1/users/oli", &role).await;
    assert_eq!(changed.status, 200, "{changed:?}");
    let owner = sign_in(&server, "oli").await;
    assert_eq!(may(&owner).await, (true, true));
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn boards_of_a_removed_user() {
    let (server, admin, []) = with_users([]).await;
    add_user(&server, &admin, "oli", Role::Operator).await;
    add_user(&server, &admin, "otto", Role::Operator).await;
    let (oli, otto) = (
        sign_in(&server, "oli").await,
        sign_in(&server, "otto").await,
    );
    let private = create(&server, &oli, "private", "Own").await;
    let team = create(&server, &oli, "team", "Web").await;
    let kept = create(&server, &otto, "private", "Kept").await;
    let removed = ask(&server, &admin, "DELETE", "/api/v1/users/oli").await;
    assert_eq!(removed.status, 204, "{removed:?}");
    // Another user of the name has none of them.
    add_user(&server, &admin, "oli", Role::Operator).await;
    let oli = sign_in(&server, "oli").await;
    let path = format!("/api/v1/boards/{private}");
    assert_eq!(ask(&server, &oli, "GET", &path).await.status, 404);
    let info = document(&server, &oli, &team).await.info;
    assert_eq!((info.may_edit, info.may_manage), (true, false));
    assert!(document(&server, &admin, &team).await.info.may_manage);
    let server = server.restart().await;
    let stored = async |id: &str| {
        let file = sqlx::sqlite::SqliteConnectOptions::new();
        let file = file.filename(server.data_dir().join("watchroom.db"));
        let mut file = sqlx::ConnectOptions::connect(&file.read_only(true))
            .await
            .unwrap();
        let count = sqlx::query_scalar("SELECT count(*) FROM board WHERE id = $1").bind(id);
        let count: i64 = count.fetch_one(&mut file).await.unwrap();
        sqlx::Connection::close(file).await.unwrap();
        count
    };
    soon("the deletion", async {
        while stored(&private).await != 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let otto = sign_in(&server, "otto").await;
    assert_eq!(document(&server, &otto, &kept).await.info.title, "Kept");
    let path = format!("/api/v1/boards/{team}");
    assert_eq!(ask(&server, &admin, "DELETE", &path).await.status, 204);
    server.drain(()).await;
}
