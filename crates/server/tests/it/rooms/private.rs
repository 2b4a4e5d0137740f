//! Nothing of a private room reaches anybody else, on any path.

use super::*;
use crate::support::account::create_token;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

async fn add(server: &TestServer, by: &Credentials, room: &str, name: &str, with_history: bool) {
    let path = format!("/api/v1/rooms/{room}/members");
    let body = json!({"name": name, "with_history": with_history});
    let answer = send(server, by, "POST", &path, &body).await;
    assert_eq!(answer.status, 204, "{answer:?}");
}

async fn remove(server: &TestServer, by: &Credentials, room: &str, name: &str) {
    let path = format!("/api/v1/rooms/{room}/members/{name}");
    let answer = ask(server, by, "DELETE", &path).await;
    assert_eq!(answer.status, 204, "{answer:?}");
}

/// Which of the secrets a text contains.
fn secrets_in(text: &str) -> Vec<usize> {
    (1..=4)
        .filter(|number| text.contains(&format!("secret-{number}")))
        .collect()
}

/// What a sender gets of the log on each path.
async fn seen(server: &TestServer, sender: &Credentials, room: &str) -> Vec<(String, String)> {
    let mut seen = Vec::new();
    for (name, options) in [
        ("all of `rooms`", r#""rooms":{"last":100}"#.to_owned()),
        (
            "the channel",
            format!(r#""rooms":{{"last":100,"channels":["{room}"]}}"#),
        ),
        (
            "the channel in other streams",
            format!(r#""events":{{"last":100,"channels":["{room}"]}}"#),
        ),
    ] {
        for after in [
            String::new(),
            format!(r#","epoch":"{}","after":0"#, server.epoch()),
        ] {
            let mut viewer = connect(server, sender).await;
            let request = format!(r#"{{"type":"subscribe","streams":{{{options}}}{after}}}"#);
            viewer.say(&request).await;
            let text = received(&mut viewer).await;
            seen.push((format!("{name}{after}"), text));
        }
    }
    let now = protocol::Timestamp::now().unix_ms() + 1;
    for path in [
        format!("/api/v1/journal?stream=rooms&channel={room}"),
        format!("/api/v1/journal?stream=rooms&channel={room}&format=csv"),
    ] {
        let answer = ask(server, sender, "GET", &path).await;
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        seen.push((path, answer.body));
    }
    for path in [
        "/".to_owned(),
        format!("/api/v1/at?time={now}"),
        "/api/v1/hosts".into(),
        "/api/v1/series".into(),
        "/api/v1/people".into(),
        "/api/v1/journal?stream=rooms".into(),
        "/api/v1/journal?stream=rooms&format=csv".into(),
        // A public room is no channel.
        "/api/v1/journal?stream=rooms&channel=r1".into(),
        format!("/api/v1/journal?stream=rooms&before={}", u64::MAX),
        format!("/api/v1/journal?stream=events&channel={room}"),
        "/api/v1/rooms/r1/messages".into(),
    ] {
        let answer = ask(server, sender, "GET", &path).await;
        assert_eq!(secrets_in(&answer.body), [0; 0], "{path}");
        assert!(!answer.body.contains("an incident"), "{path}");
    }
    seen
}

#[tokio::test(flavor = "multi_thread")]
async fn each_path_shows_each_sender_what_it_may_see() {
    let names = ["ada", "bo", "cy", "dan", "eve"];
    let (server, admin, [ada, bo, cy, dan, eve]) = with_users(names).await;
    let room = create(&server, &ada, "private", "an incident", &["dan"]).await;
    say(&server, &ada, &room, "secret-1").await;
    add(&server, &ada, &room, "bo", false).await;
    say(&server, &ada, &room, "secret-2").await;
    remove(&server, &bo, &room, "bo").await;
    remove(&server, &ada, &room, "dan").await;
    say(&server, &ada, &room, "secret-3").await;
    add(&server, &ada, &room, "cy", true).await;
    say(&server, &cy, &room, "secret-4").await;
    let token = async |by: &Credentials, scope: &str| {
        Credentials::bearer(&create_token(&server, by, &[scope]).await.token)
    };
    let admins = [token(&admin, "read").await, token(&admin, "admin").await];
    let senders: Vec<(&str, &Credentials, &[usize])> = vec![
        ("the creator", &ada, &[1, 2, 3, 4]),
        ("one that came and left", &bo, &[2]),
        ("one with the history", &cy, &[1, 2, 3, 4]),
        ("one that was removed", &dan, &[1, 2]),
        ("no member", &eve, &[]),
        ("an admin", &admin, &[]),
        ("a token that reads", &admins[0], &[]),
        ("a token that may do everything", &admins[1], &[]),
    ];
    let check = async |server: &TestServer, when: &str| {
        for (who, sender, expected) in &senders {
            for (path, text) in seen(server, sender, &room).await {
                let seen = secrets_in(&text);
                let knows_it = text.contains("an incident");
                assert!(!knows_it || expected.contains(&1), "{who}, {path}, {when}");
                let expected = match path.contains("other streams") {
                    true => &[],
                    false => *expected,
                };
                assert_eq!(seen, expected, "{who}, {path}, {when}");
            }
            // Only present members have the room.
            let is_member = expected.len() == 4;
            let rooms = ask(server, sender, "GET", "/api/v1/rooms").await;
            assert_eq!(rooms.body.contains("secret-4"), is_member, "{who}");
            let path = format!("/api/v1/rooms/{room}/messages");
            let status = ask(server, sender, "GET", &path).await.status;
            assert_eq!(status == 200, is_member, "{who}");
        }
        let nobody = Credentials::none();
        for path in ["/api/v1/rooms", "/api/v1/journal?stream=rooms"] {
            assert_eq!(ask(server, &nobody, "GET", path).await.status, 401);
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

/// An event stream of everything from the first message on.
async fn events(server: &TestServer, sender: &Credentials) -> TcpStream {
    let (host, epoch) = (server.address(), server.epoch());
    let request = format!(
        "GET /api/events?streams=rooms&last_event_id={epoch}:0 HTTP/1.1\r\nHost: {host}\r\n{}\r\n",
        sender.0
    );
    let mut socket = TcpStream::connect(host).await.unwrap();
    socket.write_all(request.as_bytes()).await.unwrap();
    socket
}

#[tokio::test(flavor = "multi_thread")]
async fn event_streams_have_only_the_rooms_of_their_viewers() {
    let (server, _, [ada, bo]) = with_users(["ada", "bo"]).await;
    let room = create(&server, &ada, "private", "secret-1", &[]).await;
    say(&server, &ada, &room, "secret-2").await;
    let (mut member, mut other) = (events(&server, &ada).await, events(&server, &bo).await);
    say(&server, &ada, &room, "secret-3").await;
    say(&server, &ada, "r1", "the end").await;
    for (stream, expected) in [(&mut member, vec![1, 2, 3]), (&mut other, vec![])] {
        let mut all = Vec::new();
        soon("the last message", async {
            while !String::from_utf8_lossy(&all).contains("the end") {
                assert_ne!(stream.read_buf(&mut all).await.unwrap(), 0);
            }
        })
        .await;
        assert_eq!(secrets_in(&String::from_utf8_lossy(&all)), expected);
    }
    server.drain((member, other)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_that_is_removed_receives_nothing_after_that() {
    let (server, _, [ada, bo]) = with_users(["ada", "bo"]).await;
    let room = create(&server, &ada, "private", "a", &[]).await;
    let mut viewer = connect(&server, &bo).await;
    viewer
        .say(r#"{"type":"subscribe","streams":["rooms"]}"#)
        .await;
    assert_eq!(secrets_in(&received(&mut viewer).await), [0; 0]);
    say(&server, &ada, &room, "secret-1").await;
    assert_eq!(secrets_in(&received(&mut viewer).await), [0; 0]);
    add(&server, &ada, &room, "bo", false).await;
    say(&server, &ada, &room, "secret-2").await;
    // Without another request: the room is its own now.
    let live = until(&mut viewer, "secret-2").await;
    assert!(live.contains(r#""action":"joined""#), "{live}");
    assert_eq!(secrets_in(&live), [2]);
    // A role is no matter of rooms.
    let role = json!({"role": "operator"});
    let admin = sign_in(&server, "admin").await;
    let changed = send(&server, &admin, "PATCH", "/api/v1/users/bo", &role).await;
    assert_eq!(changed.status, 200, "{changed:?}");
    let mut viewer = connect(&server, &bo).await;
    viewer
        .say(r#"{"type":"subscribe","streams":["rooms"]}"#)
        .await;
    received(&mut viewer).await;
    say(&server, &ada, &room, "secret-3").await;
    until(&mut viewer, "secret-3").await;
    remove(&server, &ada, &room, "bo").await;
    say(&server, &ada, &room, "secret-4").await;
    let last = received(&mut viewer).await;
    assert!(last.contains(r#""action":"removed""#), "{last}");
    assert_eq!(secrets_in(&last), [0; 0]);
    server.drain(viewer).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_that_one_may_not_read_is_like_one_that_does_not_exist() {
    let (server, admin, [ada, bo]) = with_users(["ada", "bo"]).await;
    let room = create(&server, &ada, "private", "Secrets", &[]).await;
    let seq = say(&server, &ada, &room, "secret-1").await;
    let message = json!({"text": "a"});
    let requests = [
        ("GET", "messages".to_owned(), None),
        ("POST", "messages".to_owned(), Some(&message)),
        ("PATCH", format!("messages/{seq}"), Some(&message)),
        ("DELETE", format!("messages/{seq}"), None),
        ("DELETE", "members/ada".to_owned(), None),
    ];
    let members = json!({"name": "bo"});
    for sender in [&admin, &bo] {
        for (method, rest, body) in &requests {
            let answer = async |room: &str| {
                let path = format!("/api/v1/rooms/{room}/{rest}");
                let answer = match body {
                    Some(body) => send(&server, sender, method, &path, body).await,
                    None => ask(&server, sender, method, &path).await,
                };
                (answer.status, answer.body)
            };
            let forbidden = answer(&room).await;
            assert_eq!(forbidden, answer("r99").await, "{method} {rest}");
            assert_eq!(forbidden.0, 404);
        }
        for (method, rest, body) in [
            ("POST", "/members", &members),
            ("PATCH", "", &members),
            ("PUT", "/read", &json!({"seq": 1})),
            ("PUT", "/muted", &json!({"is_muted": true})),
        ] {
            let path = |room: &str| format!("/api/v1/rooms/{room}{rest}");
            let forbidden = send(&server, sender, method, &path(&room), body).await;
            let absent = send(&server, sender, method, &path("r99"), body).await;
            assert_eq!((forbidden.status, &forbidden.body), (404, &absent.body));
        }
        // Nor does a name tell.
        create(&server, sender, "private", "Secrets", &[]).await;
    }
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn members_and_direct_conversations() {
    let (server, _, [ada, bo, cy]) = with_users(["ada", "bo", "cy"]).await;
    let direct = json!({"kind": "direct", "members": ["bo"]});
    let answer = send(&server, &ada, "POST", "/api/v1/rooms", &direct).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    let room = parsed::<CreatedRoom>(&answer).id;
    let mirrored = json!({"kind": "direct", "members": ["ada"]});
    let same = send(&server, &bo, "POST", "/api/v1/rooms", &mirrored).await;
    assert_eq!(
        (same.status, parsed::<CreatedRoom>(&same).id),
        (200, room.clone())
    );
    say(&server, &bo, &room, "hello").await;
    let shown = info(&server, &ada, &room).await;
    let members: Vec<_> = shown.members.iter().map(|it| it.name.as_str()).collect();
    assert_eq!((members, shown.unread), (vec!["ada", "bo"], 1));
    assert!(!shown.can_manage);
    assert_eq!(list(&server, &cy).await.rooms.len(), 1);
    let path = format!("/api/v1/rooms/{room}/members");
    let refused = send(&server, &ada, "POST", &path, &json!({"name": "cy"})).await;
    assert_eq!(refused.status, 403, "{refused:?}");

    let room = create(&server, &ada, "private", "a", &["bo", "cy"]).await;
    let path = format!("/api/v1/rooms/{room}/members");
    assert_eq!(
        ask(&server, &bo, "DELETE", &format!("{path}/cy"))
            .await
            .status,
        403
    );
    let unknown = send(&server, &bo, "POST", &path, &json!({"name": "dan"})).await;
    assert_eq!(unknown.status, 422, "{unknown:?}");
    remove(&server, &ada, &room, "cy").await;
    assert_eq!(
        ask(&server, &ada, "DELETE", &format!("{path}/cy"))
            .await
            .status,
        404
    );
    let server = server.restart().await;
    assert_eq!(
        list(&server, &cy).await.rooms.len(),
        1,
        "also after a restart"
    );
    assert_eq!(list(&server, &bo).await.rooms.len(), 3);
    server.drain(()).await;
}
