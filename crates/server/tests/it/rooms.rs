//! Rooms: what is said, who reads it, and what becomes of it.

mod abandoned;
mod deleting;
mod guests;
mod kills;
mod live;
mod private;

use crate::support::account::{Credentials, add_user, ask, first_admin, send, sign_in};
use crate::support::{Answer, RawViewer, TestServer, soon};
use protocol::RoomMessage;
use protocol::account::Role;
use protocol::rooms::{CreatedRoom, RoomInfo, RoomList, RoomPage, Said};
use serde::Deserialize;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use websocket::Message;

/// A server with these users, of whom the first is an admin.
pub(crate) async fn with_users<const N: usize>(
    names: [&str; N],
) -> (TestServer, Credentials, [Credentials; N]) {
    let server = TestServer::start(|_| ()).await;
    let admin = first_admin(&server).await;
    let mut users = [(); N].map(|()| Credentials::none());
    for (name, user) in names.into_iter().zip(&mut users) {
        add_user(&server, &admin, name, Role::Viewer).await;
        *user = sign_in(&server, name).await;
    }
    (server, admin, users)
}

pub(crate) fn parsed<'a, T: Deserialize<'a>>(answer: &'a Answer) -> T {
    serde_json::from_str(&answer.body).unwrap_or_else(|error| panic!("{error}: {answer:?}"))
}

async fn create(
    server: &TestServer,
    by: &Credentials,
    kind: &str,
    name: &str,
    members: &[&str],
) -> String {
    let new = json!({"kind": kind, "name": name, "members": members});
    let answer = send(server, by, "POST", "/api/v1/rooms", &new).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    parsed::<CreatedRoom>(&answer).id
}

async fn post(server: &TestServer, by: &Credentials, room: &str, text: &str) -> Answer {
    let path = format!("/api/v1/rooms/{room}/messages");
    send(server, by, "POST", &path, &json!({"text": text})).await
}

/// Says something; returns its number.
async fn say(server: &TestServer, by: &Credentials, room: &str, text: &str) -> u64 {
    let answer = post(server, by, room, text).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    parsed::<Said>(&answer).seq
}

async fn page(server: &TestServer, by: &Credentials, room: &str, query: &str) -> RoomPage {
    let path = format!("/api/v1/rooms/{room}/messages{query}");
    let answer = ask(server, by, "GET", &path).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    parsed(&answer)
}

fn texts(page: &RoomPage) -> Vec<&str> {
    let messages = page.messages.iter();
    messages
        .filter_map(|it| it.message.text.as_deref())
        .collect()
}

async fn list(server: &TestServer, by: &Credentials) -> RoomList {
    let answer = ask(server, by, "GET", "/api/v1/rooms").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    parsed(&answer)
}

async fn info(server: &TestServer, by: &Credentials, room: &str) -> RoomInfo {
    let list = list(server, by).await;
    let room = list.rooms.into_iter().find(|it| it.id == room);
    room.expect("the room is in the list")
}

/// A connection with credentials.
pub(crate) async fn connect(server: &TestServer, credentials: &Credentials) -> RawViewer {
    RawViewer::connect(server, "/ws", &credentials.0).await
}

/// Everything that is received until the response to a ping, which shows that nothing else was sent before.
pub(crate) async fn received(viewer: &mut RawViewer) -> String {
    viewer.say(r#"{"type":"ping","id":77}"#).await;
    until(viewer, r#""type":"pong","id":77"#).await
}

/// Everything that is received until a message contains this.
pub(crate) async fn until(viewer: &mut RawViewer, part: &str) -> String {
    let mut all = String::new();
    loop {
        match viewer.next().await {
            Some(Message::Text(text)) => {
                all.push_str(&text);
                all.push('\n');
                if text.contains(part) {
                    return all;
                }
            }
            Some(Message::Close(reason)) => panic!("closed: {reason:?}, after {all}"),
            Some(_) => {}
            None => panic!("the connection ended after {all}"),
        }
    }
}

/// An event stream of everything of `rooms` from the first message on.
async fn events(server: &TestServer, sender: &Credentials) -> TcpStream {
    events_of(server, sender, "rooms").await
}

/// The same of a stream.
pub(crate) async fn events_of(
    server: &TestServer,
    sender: &Credentials,
    stream: &str,
) -> TcpStream {
    let (host, epoch) = (server.address(), server.epoch());
    let request = format!(
        "GET /api/events?streams={stream}&last_event_id={epoch}:0 HTTP/1.1\r\nHost: {host}\r\n{}\r\n",
        sender.0
    );
    let mut socket = TcpStream::connect(host).await.unwrap();
    socket.write_all(request.as_bytes()).await.unwrap();
    socket
}

/// Everything that an event stream has up to a text.
pub(crate) async fn streamed(mut events: TcpStream, end: &str) -> String {
    let mut all = Vec::new();
    soon("the last message", async {
        while !String::from_utf8_lossy(&all).contains(end) {
            assert_ne!(events.read_buf(&mut all).await.unwrap(), 0);
        }
    })
    .await;
    String::from_utf8_lossy(&all).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_is_received_listed_and_counted() {
    let (server, _, [ada, bo]) = with_users(["ada", "bo"]).await;
    let mut viewer = connect(&server, &bo).await;
    viewer
        .say(r#"{"type":"subscribe","streams":["rooms"]}"#)
        .await;
    until(&mut viewer, "subscribed").await;
    let first = say(&server, &ada, "r1", "hello").await;
    let second = say(&server, &ada, "r1", "@bo, @Ada and @nobody: look").await;
    let live = until(&mut viewer, "look").await;
    assert!(
        live.contains(&format!(r#""type":"room","seq":{first},"#)),
        "{live}"
    );
    assert!(live.contains(&format!(
        r#""seq":{second},"prev":{first},"stream":"rooms","#
    )));
    assert!(!live.contains("channel"), "{live}");

    let list = list(&server, &bo).await;
    let me = list.me.as_ref().unwrap();
    assert_eq!((me.name.as_str(), list.rooms.len()), ("bo", 1));
    let room = &list.rooms[0];
    assert_eq!((room.unread, room.mentions, room.read_seq), (2, 1, 0));
    let last = room.last.as_ref().unwrap();
    assert_eq!((last.seq, last.author.name.as_str()), (second, "ada"));
    assert_eq!(info(&server, &ada, "r1").await.unread, 0, "her own");
    let shown = page(&server, &bo, "r1", "?limit=1").await;
    assert_eq!(texts(&shown), ["@bo, @Ada and @nobody: look"]);
    let mentions = &shown.messages[0].message.mentions;
    assert_eq!((mentions.len(), &mentions[0]), (2, &me.id));
    let before = format!("?before={}", shown.next_before.unwrap());
    assert_eq!(texts(&page(&server, &bo, "r1", &before).await), ["hello"]);
    let first_at = page(&server, &bo, "r1", "").await.messages[0]
        .message
        .timestamp;
    let then = format!("?until_ms={}", first_at.unix_ms() - 1);
    assert!(page(&server, &bo, "r1", &then).await.messages.is_empty());

    for (seq, unread) in [(first, 1), (0, 1), (u64::MAX, 0)] {
        let body = json!({"seq": seq});
        let answer = send(&server, &bo, "PUT", "/api/v1/rooms/r1/read", &body).await;
        assert_eq!(answer.status, 204, "{answer:?}");
        assert_eq!(info(&server, &bo, "r1").await.unread, unread);
    }
    say(&server, &ada, "r1", "and now?").await;
    let server = server.restart().await;
    let room = info(&server, &bo, "r1").await;
    assert_eq!(
        (room.unread, room.last.unwrap().text.as_str()),
        (1, "and now?")
    );
    server.drain(viewer).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_user_starts_with_nothing_unread() {
    let (server, admin, [ada]) = with_users(["ada"]).await;
    let before = say(&server, &ada, "r1", "@bo, hello").await;
    add_user(&server, &admin, "bo", Role::Viewer).await;
    let bo = sign_in(&server, "bo").await;
    let counts = async |server: &TestServer| {
        let room = info(server, &bo, "r1").await;
        (room.unread, room.mentions, room.read_seq)
    };
    assert_eq!(counts(&server).await, (0, 0, before));
    say(&server, &ada, "r1", "welcome, @bo").await;
    assert_eq!(counts(&server).await, (1, 1, before));
    let server = server.restart().await;
    assert_eq!(counts(&server).await, (1, 1, before));
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_that_mentions_somebody_counts_though_the_message_was_read() {
    let (server, _, [ada, bo]) = with_users(["ada", "bo"]).await;
    let mut viewer = connect(&server, &bo).await;
    viewer
        .say(r#"{"type":"subscribe","streams":["rooms"]}"#)
        .await;
    until(&mut viewer, "subscribed").await;
    let seq = say(&server, &ada, "r1", "look").await;
    let edit = async |server: &TestServer, text: &str| {
        let path = format!("/api/v1/rooms/r1/messages/{seq}");
        let answer = send(server, &ada, "PATCH", &path, &json!({"text": text})).await;
        assert_eq!(answer.status, 204, "{answer:?}");
    };
    let read = async |server: &TestServer, seq: u64| {
        let body = json!({"seq": seq});
        let answer = send(server, &bo, "PUT", "/api/v1/rooms/r1/read", &body).await;
        assert_eq!(answer.status, 204, "{answer:?}");
    };
    let counts = async |server: &TestServer| {
        let room = info(server, &bo, "r1").await;
        (room.unread, room.mentions, room.mention_seq)
    };
    read(&server, seq).await;
    assert_eq!(counts(&server).await, (0, 0, None));
    edit(&server, "look, @ada and @bo").await;
    let live = until(&mut viewer, r#""action":"edited""#).await;
    let edited = live.lines().last().unwrap();
    let anew = r#""people":[{"id":""#;
    let told: RoomMessage = serde_json::from_str(edited).unwrap();
    let told: Vec<&str> = told.people.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(told, ["bo"], "the author mentions herself: {edited}");
    let (unread, mentions, mention_seq) = counts(&server).await;
    let mention_seq = mention_seq.expect("the edit's position");
    assert!((unread, mentions) == (1, 1) && mention_seq > seq);
    assert_eq!(info(&server, &ada, "r1").await.unread, 0, "her own");

    // It is still so after a restart, and another edit is nothing new to him.
    let server = server.restart().await;
    assert_eq!(counts(&server).await, (1, 1, Some(mention_seq)));
    edit(&server, "look here, @bo").await;
    assert_eq!(counts(&server).await, (1, 1, Some(mention_seq)));
    let journal = ask(&server, &bo, "GET", "/api/v1/journal?stream=rooms").await;
    assert!(!journal.body.contains(anew), "{journal:?}");
    read(&server, mention_seq).await;
    assert_eq!(counts(&server).await, (0, 0, None));
    edit(&server, "look there, @bo").await;
    assert_eq!(counts(&server).await, (0, 0, None));
    // Whom it mentioned and does not any more, it can mention anew.
    edit(&server, "look there").await;
    edit(&server, "@bo, look there").await;
    let (unread, mentions, again) = counts(&server).await;
    assert!((unread, mentions) == (1, 1) && again > Some(mention_seq));
    let path = format!("/api/v1/rooms/r1/messages/{seq}");
    assert_eq!(ask(&server, &ada, "DELETE", &path).await.status, 204);
    assert_eq!(counts(&server).await, (0, 0, None));
    server.drain(viewer).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rooms_are_created_renamed_and_archived() {
    let (server, admin, [ada, bo]) = with_users(["ada", "bo"]).await;
    let room = create(&server, &ada, "public", "Deployments", &[]).await;
    let path = format!("/api/v1/rooms/{room}");
    let change = async |by, body| send(&server, by, "PATCH", &path, &body).await.status;
    assert!(info(&server, &ada, &room).await.can_manage);
    assert!(!info(&server, &bo, &room).await.can_manage);
    assert_eq!(change(&bo, json!({"name": "Mine"})).await, 403);
    assert_eq!(change(&ada, json!({"name": "general"})).await, 409);
    assert_eq!(change(&ada, json!({"name": "a\nb"})).await, 422);
    assert_eq!(change(&ada, json!({"name": "Releases"})).await, 204);
    let seq = say(&server, &bo, &room, "4.19").await;
    assert_eq!(change(&admin, json!({"is_archived": true})).await, 204);
    assert_eq!(post(&server, &bo, &room, "4.20").await.status, 409);
    let message = format!("{path}/messages/{seq}");
    let edited = send(&server, &bo, "PATCH", &message, &json!({"text": "x"})).await;
    assert_eq!(edited.status, 409);
    assert_eq!(ask(&server, &bo, "DELETE", &message).await.status, 204);
    let server = server.restart().await;
    let shown = info(&server, &bo, &room).await;
    assert_eq!((shown.name.as_str(), shown.is_archived), ("Releases", true));
    let reopened = send(
        &server,
        &ada,
        "PATCH",
        &path,
        &json!({"is_archived": false}),
    )
    .await;
    assert_eq!(reopened.status, 204);
    say(&server, &bo, &room, "4.20").await;
    let actions: Vec<_> = page(&server, &bo, &room, "").await.messages;
    let actions: Vec<_> = actions.iter().map(|it| it.message.action.name()).collect();
    assert_eq!(
        actions,
        ["created", "renamed", "said", "archived", "reopened", "said"]
    );
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_user_mutes_rooms_for_itself() {
    let (server, admin, [ada, bo]) = with_users(["ada", "bo"]).await;
    let mute = async |by: &Credentials, is_muted: bool| {
        let body = json!({"is_muted": is_muted});
        let answer = send(&server, by, "PUT", "/api/v1/rooms/r1/muted", &body).await;
        assert_eq!(answer.status, 204, "{answer:?}");
    };
    assert!(!info(&server, &ada, "r1").await.is_muted);
    mute(&ada, true).await;
    mute(&bo, true).await;
    mute(&bo, false).await;
    assert!(info(&server, &ada, "r1").await.is_muted);
    assert!(!info(&server, &bo, "r1").await.is_muted);
    say(&server, &bo, "r1", "@ada").await;
    let server = server.restart().await;
    let room = info(&server, &ada, "r1").await;
    assert_eq!((room.is_muted, room.unread, room.mentions), (true, 1, 1));
    let removed = ask(&server, &admin, "DELETE", "/api/v1/users/ada").await;
    assert_eq!(removed.status, 204, "{removed:?}");
    let server = server.restart().await;
    add_user(&server, &admin, "ada", Role::Viewer).await;
    let ada = sign_in(&server, "ada").await;
    assert!(!info(&server, &ada, "r1").await.is_muted, "another user");
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_are_enforced() {
    let (server, _, [ada, bo]) = with_users(["ada", "bo"]).await;
    for text in ["", " \n ", "\u{200b}\u{1b}", &"ä".repeat(4_001)] {
        assert_eq!(post(&server, &ada, "r1", text).await.status, 422);
    }
    // As programs send it that escape everything.
    let escaped = format!(r#"{{"text":"{}"}}"#, "\\u00e4".repeat(4_000));
    let body = serde_json::value::RawValue::from_string(escaped).unwrap();
    let path = "/api/v1/rooms/r1/messages";
    assert_eq!(send(&server, &ada, "POST", path, &body).await.status, 201);
    // A larger body is accepted only there.
    let name = json!({"kind": "public", "name": "a".repeat(17 << 10)});
    let large = send(&server, &ada, "POST", "/api/v1/rooms", &name).await;
    assert_eq!(large.status, 413, "{large:?}");
    // The eleventh, unless the machine takes a second for each.
    let refused = soon("a refusal", async {
        loop {
            let answer = post(&server, &ada, "r1", "again").await;
            if answer.status != 201 {
                break answer;
            }
        }
    })
    .await;
    assert_eq!(refused.status, 429, "{refused:?}");
    let retry_after: u64 = refused.header("Retry-After").unwrap().parse().unwrap();
    assert!((1..=10).contains(&retry_after));
    say(&server, &bo, "r1", "another one may").await;
    let id = json!({"text": "a", "id": "a b"});
    assert_eq!(send(&server, &bo, "POST", path, &id).await.status, 422);
    assert_eq!(post(&server, &bo, "r9", "nowhere").await.status, 404);
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_a_bot_in_public_rooms() {
    let (server, admin, [ada]) = with_users(["ada"]).await;
    let room = create(&server, &ada, "private", "Secrets", &["admin"]).await;
    let token = crate::support::account::create_token(&server, &admin, &["annotate"]).await;
    let bot = Credentials::bearer(&token.token);
    say(&server, &bot, "r1", "released 4.19").await;
    let said = page(&server, &ada, "r1", "")
        .await
        .messages
        .remove(0)
        .message;
    assert_eq!(
        (said.author.name.as_str(), said.author.kind.name()),
        ("a test", "bot")
    );
    assert_eq!(post(&server, &bot, &room, "x").await.status, 404);
    for kind in ["private", "public"] {
        let new = json!({"kind": kind, "name": "Bots"});
        let refused = send(&server, &bot, "POST", "/api/v1/rooms", &new).await;
        assert_eq!(refused.status, 403, "{refused:?}");
    }
    // Its user is an admin, and manages all public rooms.
    let seq = say(&server, &ada, "r1", "by another").await;
    let message = format!("/api/v1/rooms/r1/messages/{seq}");
    assert_eq!(ask(&server, &bot, "DELETE", &message).await.status, 403);
    let renamed = send(
        &server,
        &bot,
        "PATCH",
        "/api/v1/rooms/r1",
        &json!({"name": "Bots"}),
    )
    .await;
    assert_eq!(renamed.status, 403, "{renamed:?}");
    assert_eq!(ask(&server, &admin, "DELETE", &message).await.status, 204);
    let reader = crate::support::account::create_token(&server, &admin, &["read"]).await;
    let reader = Credentials::bearer(&reader.token);
    assert_eq!(post(&server, &reader, "r1", "x").await.status, 403);
    assert_eq!(list(&server, &reader).await.rooms.len(), 1);
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_a_store_has_no_rooms() {
    let server = TestServer::in_memory().await;
    let answer = ask(&server, &Credentials::none(), "GET", "/api/v1/rooms").await;
    assert_eq!(answer.status, 404);
    assert!(answer.body.contains("stores nothing"), "{answer:?}");
    let mut viewer = connect(&server, &Credentials::none()).await;
    viewer
        .say(r#"{"type":"presence","state":"active","name":"Ada","correlation_id":"a"}"#)
        .await;
    let error = until(&mut viewer, r#""correlation_id":"a""#).await;
    assert!(error.contains("not_available"), "{error}");
    server.drain(viewer).await;
}
