//! Private rooms that all members have left.

use super::*;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};

#[tokio::test(flavor = "multi_thread")]
async fn a_room_without_members_goes_with_what_was_said_in_it() {
    let (server, _, [ada, bo]) = with_users(["ada", "bo"]).await;
    let left = create(&server, &ada, "private", "Left", &["bo"]).await;
    let stays = create(&server, &ada, "private", "Stays", &["bo"]).await;
    say(&server, &bo, &left, "secret").await;
    for (user, name) in [(&ada, "ada"), (&bo, "bo")] {
        let path = format!("/api/v1/rooms/{left}/members/{name}");
        assert_eq!(ask(&server, user, "DELETE", &path).await.status, 204);
    }
    // The store has it as long as retention leaves the messages.
    let documents = async |server: &TestServer| -> Vec<String> {
        let file = SqliteConnectOptions::new().filename(server.data_dir().join("watchroom.db"));
        let mut file = file.read_only(true).connect().await.unwrap();
        let rooms = sqlx::query_scalar("SELECT id FROM room WHERE id <> 'r1' ORDER BY id");
        let rooms = rooms.fetch_all(&mut file).await.unwrap();
        file.close().await.unwrap();
        rooms
    };
    let both = [left.clone(), stays.clone()];
    assert_eq!(documents(&server).await, both);
    let server = server
        .reconfigured(|config| {
            let nothing = r#"{"rooms":{"days":365,"mib":0}}"#;
            config.retention.streams = serde_json::from_str(nothing).unwrap();
        })
        .restart()
        .await;
    soon("the removal", async {
        while documents(&server).await != [stays.clone()] {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let names = async |server: &TestServer| {
        let list: RoomList = list(server, &bo).await;
        let mut names: Vec<_> = list.rooms.into_iter().map(|it| it.name).collect();
        names.sort();
        names
    };
    assert_eq!(names(&server).await, ["General", "Stays"]);
    // Its number is not given again.
    let next = create(&server, &ada, "private", "Next", &[]).await;
    assert!(next != left && next != stays, "{next}");
    let server = server.restart().await;
    assert_eq!(names(&server).await, ["General", "Stays"]);
    server.drain(()).await;
}
