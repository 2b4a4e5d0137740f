//! While login is off.

use super::*;
use crate::support::account::send_once;
use crate::support::postgres;

const NOBODY: fn() -> Credentials = Credentials::none;

async fn as_guest(server: &TestServer, name: &str, id: &str, text: &str) -> Answer {
    let path = format!("/api/v1/rooms/r1/messages?name={name}");
    let body = json!({"text": text, "id": id});
    send_once(server, &NOBODY(), "POST", &path, &body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn guests_take_a_name_and_have_only_public_rooms() {
    let server = TestServer::start(|_| ()).await;
    let unnamed = post(&server, &NOBODY(), "r1", "hello").await;
    assert_eq!(unnamed.status, 422);
    assert!(unnamed.body.contains("?name="), "{unnamed:?}");
    for name in ["%20Ada", "a%0Ab", &"a".repeat(41)] {
        assert_eq!(
            as_guest(&server, name, "1", "hello").await.status,
            422,
            "{name}"
        );
    }
    let first = as_guest(&server, "Ada", "1", "hello @bo").await;
    assert_eq!(first.status, 201, "{first:?}");
    let again = as_guest(&server, "Ada", "1", "hello @bo").await;
    assert_eq!((again.status, &again.body), (200, &first.body));
    assert_eq!(as_guest(&server, "Bo", "1", "hi").await.status, 201);
    let shown = page(&server, &NOBODY(), "r1", "").await;
    assert_eq!(texts(&shown), ["hello @bo", "hi"]);
    let author = &shown.messages[0].message.author;
    assert_eq!((author.id.as_str(), author.kind.name()), ("g:ada", "guest"));
    let bo = ask(&server, &NOBODY(), "GET", "/api/v1/rooms?name=Bo").await;
    let room = parsed::<RoomList>(&bo).rooms.remove(0);
    assert_eq!((room.unread, room.mentions, room.can_manage), (1, 1, true));
    let anonymous = list(&server, &NOBODY()).await;
    assert_eq!((anonymous.me, anonymous.rooms[0].unread), (None, 0));
    for new in [
        json!({"kind": "private", "name": "a"}),
        json!({"kind": "direct", "members": ["bo"]}),
    ] {
        let refused = send(&server, &NOBODY(), "POST", "/api/v1/rooms?name=Ada", &new).await;
        assert_eq!(refused.status, 403, "{refused:?}");
    }
    let muted = json!({"is_muted": true});
    let path = "/api/v1/rooms/r1/muted?name=Ada";
    let refused = send(&server, &NOBODY(), "PUT", path, &muted).await;
    assert_eq!(refused.status, 403, "a browser does it: {refused:?}");
    let new = json!({"kind": "public", "name": "Web"});
    let created = send(&server, &NOBODY(), "POST", "/api/v1/rooms?name=Ada", &new).await;
    assert_eq!(created.status, 201, "{created:?}");
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn names_with_spaces_are_mentioned() {
    let server = TestServer::start(|_| ()).await;
    let mentions = async |id: &str, text: &str| {
        let answer = as_guest(&server, "Ada", id, text).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        let shown = page(&server, &NOBODY(), "r1", "?limit=1").await;
        shown.messages[0].message.mentions.join(", ")
    };
    assert_eq!(mentions("1", "@Ann B, look").await, "g:ann");
    assert_eq!(as_guest(&server, "Ann%20B", "1", "hello").await.status, 201);
    assert_eq!(mentions("2", "@Ann B, look").await, "g:ann b");
    assert_eq!(
        mentions("3", "`@Ann B` and @ann b. @new").await,
        "g:ann b, g:new"
    );
    let server = server.restart().await;
    let answer = as_guest(&server, "Ada", "4", "@ann b?").await;
    assert_eq!(answer.status, 201, "{answer:?}");
    let shown = page(&server, &NOBODY(), "r1", "?limit=1").await;
    assert_eq!(
        shown.messages[0].message.mentions,
        ["g:ann b"],
        "also later"
    );
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_said_while_the_store_is_unavailable() {
    let database = postgres::Server::own().await;
    let url = database.clone().new_database().await.url();
    let server = TestServer::start(|config| config.database_url = url.into()).await;
    let first = as_guest(&server, "Ada", "1", "before").await;
    assert_eq!(first.status, 201, "{first:?}");
    database.kill();
    for _ in 0..12 {
        // What is refused does not count.
        let refused = as_guest(&server, "Ada", "2", "meanwhile").await;
        assert_eq!(refused.status, 503, "{refused:?}");
        assert_eq!(refused.header("Retry-After"), Some("1"));
    }
    database.start().await;
    soon("the store", async {
        while as_guest(&server, "Ada", "2", "afterwards").await.status == 503 {}
    })
    .await;
    let shown = page(&server, &NOBODY(), "r1", "").await;
    assert_eq!(texts(&shown), ["before", "afterwards"]);
    server.drain(()).await;
}
