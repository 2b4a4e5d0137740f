//! Nothing of a private room reaches anybody else, on any path.

use super::*;
use crate::support::account::create_token;
use protocol::Person;
use store::Location;

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
    let names = ["ada", "bo", "cy", "dan", "eve", "fay"];
    let (server, admin, [ada, bo, cy, dan, eve, fay]) = with_users(names).await;
    let role = json!({"role": "admin"});
    let changed = send(&server, &admin, "PATCH", "/api/v1/users/ada", &role).await;
    assert_eq!(changed.status, 200, "{changed:?}");
    let room = create(&server, &ada, "private", "an incident", &["dan"]).await;
    let first = say(&server, &ada, &room, "secret-1").await;
    add(&server, &ada, &room, "bo", false).await;
    say(&server, &ada, &room, "secret-2").await;
    remove(&server, &bo, &room, "bo").await;
    remove(&server, &ada, &room, "dan").await;
    say(&server, &ada, &room, "secret-3").await;
    add(&server, &ada, &room, "cy", true).await;
    let last = say(&server, &cy, &room, "secret-4").await;
    // Those who have left would read the new text at the old position, and those who have joined the old one.
    add(&server, &ada, &room, "fay", false).await;
    for (by, seq) in [(&ada, first), (&cy, last)] {
        let path = format!("/api/v1/rooms/{room}/messages/{seq}");
        let anew = json!({"text": "secret-1, secret-2, secret-3 and secret-4"});
        let refused = send(&server, by, "PATCH", &path, &anew).await;
        assert_eq!(refused.status, 409, "{refused:?}");
        assert!(refused.body.contains("say it anew"), "{refused:?}");
    }
    let token = async |by: &Credentials, scope: &str| {
        Credentials::bearer(&create_token(&server, by, &[scope]).await.token)
    };
    let admins = [token(&admin, "read").await, token(&admin, "admin").await];
    let speaking = create_token(&server, &ada, &["read", "annotate"]).await;
    let members = [
        token(&ada, "read").await,
        Credentials::bearer(&speaking.token),
        token(&ada, "admin").await,
    ];
    let senders: Vec<(&str, &Credentials, &[usize])> = vec![
        ("the creator", &ada, &[1, 2, 3, 4]),
        ("one that came and left", &bo, &[2]),
        ("one with the history", &cy, &[1, 2, 3, 4]),
        ("one that was removed", &dan, &[1, 2]),
        ("one that joined later", &fay, &[]),
        ("no member", &eve, &[]),
        ("a token of a member that reads", &members[0], &[]),
        ("a token of a member that speaks", &members[1], &[]),
        (
            "a member's token for everything",
            &members[2],
            &[1, 2, 3, 4],
        ),
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
            let is_member = expected.len() == 4 || *who == "one that joined later";
            let rooms = ask(server, sender, "GET", "/api/v1/rooms").await;
            let has_last = rooms.body.contains("secret-4");
            assert_eq!(has_last, expected.contains(&4), "{who}");
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

#[tokio::test(flavor = "multi_thread")]
async fn event_streams_have_only_the_rooms_of_their_viewers() {
    let (server, _, [ada, bo]) = with_users(["ada", "bo"]).await;
    let room = create(&server, &ada, "private", "secret-1", &[]).await;
    say(&server, &ada, &room, "secret-2").await;
    let (member, other) = (events(&server, &ada).await, events(&server, &bo).await);
    say(&server, &ada, &room, "secret-3").await;
    say(&server, &ada, "r1", "the end").await;
    for (stream, expected) in [(member, vec![1, 2, 3]), (other, vec![])] {
        assert_eq!(secrets_in(&streamed(stream, "the end").await), expected);
    }
    server.drain(()).await;
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
async fn a_restored_backup_has_the_same_members() {
    let (server, _, [ada, bo]) = with_users(["ada", "bo"]).await;
    let room = create(&server, &ada, "private", "Secrets", &[]).await;
    say(&server, &ada, &room, "secret-1").await;
    let place = Location::Sqlite(server.data_dir().to_owned());
    let copy = server.data_dir().join("copy.db");
    store::backup(&place, &copy).await.unwrap();
    add(&server, &ada, &room, "bo", true).await;
    let listed = ask(&server, &bo, "GET", "/api/v1/rooms").await.body;
    assert!(listed.contains("Secrets"), "{listed}");
    let server = server
        .restart_after(async |_| {
            // On a busy machine the former one may take longer to close the store.
            soon("a restored store", async {
                while store::restore(&place, &copy, "then").await.is_err() {
                    tokio::task::yield_now().await;
                }
            })
            .await;
        })
        .await;
    for (name, has_room) in [("ada", true), ("bo", false), ("admin", false)] {
        let user = sign_in(&server, name).await;
        let listed = ask(&server, &user, "GET", "/api/v1/rooms").await.body;
        assert_eq!(listed.contains("secret-1"), has_room, "{name}: {listed}");
        for (path, text) in seen(&server, &user, &room).await {
            let is_seen = text.contains("secret-1");
            assert!(has_room || !is_seen, "{name}, {path}");
        }
    }
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_that_is_removed_leaves_its_rooms() {
    let (server, admin, [ada, bo]) = with_users(["ada", "bo"]).await;
    let room = create(&server, &ada, "private", "a", &["bo"]).await;
    let direct = async || {
        let new = json!({"kind": "direct", "members": ["bo"]});
        let answer = send(&server, &ada, "POST", "/api/v1/rooms", &new).await;
        (answer.status, parsed::<CreatedRoom>(&answer).id)
    };
    let (_, first) = direct().await;
    let said = say(&server, &bo, &first, "bye").await;
    let removed = ask(&server, &admin, "DELETE", "/api/v1/users/bo").await;
    assert_eq!(removed.status, 204, "{removed:?}");
    let members = async |room: &str| {
        let info = info(&server, &ada, room).await;
        let names =
            |people: Vec<Person>| -> Vec<String> { people.into_iter().map(|it| it.name).collect() };
        (names(info.members), names(info.former))
    };
    let names = |names: &[&str]| names.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
    soon("the removal", async {
        while members(&first).await != (names(&["ada"]), names(&["bo"])) {
            tokio::task::yield_now().await;
        }
    })
    .await;
    soon("the removal", async {
        while members(&room).await != (names(&["ada"]), Vec::new()) {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let shown = page(&server, &ada, &room, "?limit=1").await.messages;
    let left = &shown[0].message;
    let author = left.author.name.as_str();
    assert_eq!((left.action.name(), author), ("left", "bo"));
    // Another user of the name has none of it.
    add_user(&server, &admin, "bo", Role::Viewer).await;
    let bo = sign_in(&server, "bo").await;
    assert_eq!(list(&server, &bo).await.rooms.len(), 1);
    let (status, second) = direct().await;
    assert_eq!(status, 201);
    assert_ne!(first, second);
    assert_eq!(texts(&page(&server, &bo, &second, "").await), [""; 0]);
    let path = format!("/api/v1/rooms/{first}/messages/{said}");
    assert_eq!(ask(&server, &bo, "DELETE", &path).await.status, 404);
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_that_is_denied_and_admitted_again_reads_nothing_said_meanwhile() {
    let (server, admin, [ada]) = with_users(["ada"]).await;
    let server = server
        .reconfigured(|config| {
            config.trusted_proxies = vec!["127.0.0.1".into()];
            config.proxy_user_header = "x-forwarded-user".into();
        })
        .restart()
        .await;
    let erin = Credentials("X-Forwarded-For: 192.0.2.7\r\nX-Forwarded-User: erin\r\n".to_owned());
    let account = ask(&server, &erin, "GET", "/api/v1/account").await;
    assert_eq!(account.status, 200, "{account:?}");
    let room = create(&server, &ada, "private", "a", &["proxy:erin"]).await;
    say(&server, &ada, &room, "secret-1").await;
    let journal = format!("/api/v1/journal?stream=rooms&channel={room}");
    let read = async |server: &TestServer| {
        let answer = ask(server, &erin, "GET", &journal).await;
        (answer.status, secrets_in(&answer.body))
    };
    assert_eq!(read(&server).await, (200, vec![1]));
    let user = "/api/v1/users/proxy:erin";
    assert_eq!(ask(&server, &admin, "DELETE", user).await.status, 204);
    soon("the removal", async {
        while info(&server, &ada, &room).await.members.len() > 1 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    say(&server, &ada, &room, "secret-2").await;
    let role = json!({"role": "viewer"});
    let admitted = send(&server, &admin, "PATCH", user, &role).await;
    assert_eq!(admitted.status, 200, "{admitted:?}");
    assert_eq!(read(&server).await, (200, vec![1]));
    assert_eq!(list(&server, &erin).await.rooms.len(), 1);
    let server = server.restart().await;
    assert_eq!(read(&server).await, (200, vec![1]), "also later");
    server.drain(()).await;
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
        // Nor does a subscription.
        let subscribed = async |room: &str| {
            let mut viewer = connect(&server, sender).await;
            let options = format!(r#"{{"last":100,"channels":["{room}"]}}"#);
            let request = format!(r#"{{"type":"subscribe","streams":{{"rooms":{options}}}}}"#);
            viewer.say(&request).await;
            let mut all = until(&mut viewer, "subscribed").await;
            all.push_str(&received(&mut viewer).await);
            // Viewers are counted, the log goes on, and a pong has a time.
            let is_same = |line: &&str| !line.contains("client_count") && !line.contains("pong");
            let lines = all.lines().filter(is_same);
            let lines = lines.map(|line| line.split(r#","head""#).next().unwrap_or_default());
            lines.collect::<Vec<_>>().join("\n")
        };
        let forbidden = subscribed(&room).await;
        assert!(forbidden.contains("subscribed"), "{forbidden}");
        assert_eq!(forbidden, subscribed("r99").await);
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
