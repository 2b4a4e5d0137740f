//! A right that is taken away ends on open connections at once.

use crate::support::account::{
    Credentials, PASSWORD, add_user, ask, close_code, create_token, first_admin, send, sign_in,
};
use crate::support::{End, EventViewer, RawViewer, TestServer, now_ms, soon};
use accounts::{Claims, JwtKey, Secret};
use protocol::account::{Role, Ticket};
use serde_json::json;
use std::time::{Duration, Instant};

/// How a user loses its rights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Loss {
    Revoked,
    PasswordChanged,
    Deleted,
    /// A lower role, of a user whom another program signs in. What it has open ends; it may come again with that role.
    Demoted,
}

const JWT_SECRET: &str = "a secret of the tests with more than 32 bytes";

/// The documented limit, from the response to a change until connections end.
const ENDED_WITHIN: Duration = Duration::from_secs(1);

/// A busy machine may take longer once, and not each time.
const ATTEMPTS: usize = 3;

/// The token of a user of another program, for so many seconds.
fn jwt(seconds: u64) -> Credentials {
    let key = JwtKey::new(&Secret::new(JWT_SECRET.into())).unwrap();
    Credentials::bearer(&key.issue(&Claims {
        sub: "bob".into(),
        name: None,
        role: Some(Role::Operator),
        exp: now_ms().unsigned_abs() / 1_000 + seconds,
        iat: None,
        sid: None,
    }))
}

/// A server with the admin's credentials, and those of a user who loses its rights.
async fn scene(loss: Loss) -> (TestServer, Credentials, Credentials, String) {
    let server = TestServer::start(|config| config.jwt_secret = JWT_SECRET.into()).await;
    let admin = first_admin(&server).await;
    add_user(&server, &admin, "bob", Role::Viewer).await;
    let session = sign_in(&server, "bob").await;
    match loss {
        Loss::Revoked => {
            let created = create_token(&server, &session, &["read"]).await;
            let path = format!("/api/v1/tokens/{}", created.info.id);
            (server, admin, Credentials::bearer(&created.token), path)
        }
        Loss::PasswordChanged | Loss::Deleted => {
            (server, admin, session, "/api/v1/users/bob".into())
        }
        Loss::Demoted => (server, admin, jwt(600), "/api/v1/users/jwt:bob".into()),
    }
}

async fn lose(server: &TestServer, admin: &Credentials, loss: Loss, path: &str) {
    let answer = match loss {
        Loss::Revoked | Loss::Deleted => ask(server, admin, "DELETE", path).await,
        Loss::PasswordChanged => {
            let change = json!({"password": "another horse battery"});
            send(server, admin, "PATCH", path, &change).await
        }
        Loss::Demoted => {
            let change = json!({"role": "viewer"});
            send(server, admin, "PATCH", path, &change).await
        }
    };
    assert!(matches!(answer.status, 200 | 204), "{answer:?}");
}

/// Takes a right away, and tries all ways to keep it; returns how long open connections outlived the response.
async fn outlived(loss: Loss) -> Duration {
    let (server, admin, bob, path) = scene(loss).await;
    let mut socket = RawViewer::connect(&server, "/ws/dashboard", &bob.0).await;
    assert!(socket.next_message().await.message.is_ok());
    let mut events = EventViewer::connect_with(&server, "/api/events/all", &bob.0).await;
    let answer = ask(&server, &bob, "POST", "/api/v1/auth/ticket").await;
    let unused_ticket = answer.json::<Ticket>().ticket;
    let mut witness = RawViewer::connect(&server, "/ws/dashboard", &admin.0).await;
    let comes_again = loss == Loss::Demoted;

    lose(&server, &admin, loss, &path).await;

    let start = Instant::now();
    let expected = if comes_again { 4003 } else { 4001 };
    let (code, end) = tokio::join!(
        close_code(&mut socket),
        soon("the end of events", events.end())
    );
    let took = start.elapsed();
    assert_eq!((code, end), (expected, End::Complete), "{loss:?}");
    let ticket =
        format!("Sec-WebSocket-Protocol: watchroom.v1, watchroom.ticket.{unused_ticket}\r\n");
    for (way, headers) in [("resumed", &bob.0), ("by its ticket", &ticket)] {
        let mut again = RawViewer::connect(&server, "/ws", headers).await;
        match comes_again {
            true => assert!(
                again.next_message().await.message.is_ok(),
                "{loss:?}: {way}"
            ),
            false => assert_eq!(close_code(&mut again).await, 4001, "{loss:?}: {way}"),
        }
    }
    let again = ask(&server, &bob, "GET", "/api/v1/hosts").await.status;
    assert_eq!(again, if comes_again { 200 } else { 401 }, "{loss:?}");
    let entry = json!({"type": "event", "message": "released 4.19"});
    let reported = send(&server, &bob, "POST", "/api/v1/ingest", &entry).await;
    assert!(
        matches!(reported.status, 401 | 403),
        "{loss:?}: {reported:?}"
    );
    assert!(witness.next_message().await.message.is_ok(), "others stay");
    server.drain(witness).await;
    took
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_end_with_the_right_that_they_came_with_within_a_second() {
    for loss in [
        Loss::Revoked,
        Loss::PasswordChanged,
        Loss::Deleted,
        Loss::Demoted,
    ] {
        let mut took = Vec::new();
        while took.last().is_none_or(|it| *it > ENDED_WITHIN) {
            assert!(took.len() < ATTEMPTS, "{loss:?}: {took:?}");
            took.push(outlived(loss).await);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_end_when_their_json_web_token_expires() {
    let server = TestServer::start(|config| config.jwt_secret = JWT_SECRET.into()).await;
    let _admin = first_admin(&server).await;
    let bob = jwt(3);
    let expires = Instant::now() + Duration::from_secs(2);
    let mut socket = RawViewer::connect(&server, "/ws/dashboard", &bob.0).await;
    assert!(socket.next_message().await.message.is_ok());
    let mut events = EventViewer::connect_with(&server, "/api/events/all", &bob.0).await;
    let (code, end) = tokio::join!(
        close_code(&mut socket),
        soon("the end of events", events.end())
    );
    assert_eq!((code, end), (4001, End::Complete));
    assert!(Instant::now() >= expires, "not before");
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_former_admin_sees_no_further_entry_of_the_audit_log() {
    let server = TestServer::start(|_| ()).await;
    let admin = first_admin(&server).await;
    add_user(&server, &admin, "carol", Role::Admin).await;
    let carol = sign_in(&server, "carol").await;
    let mut socket = RawViewer::connect(&server, "/ws?streams=logs", &carol.0).await;
    let audit = r#"{"type":"subscribe","streams":{"events":{"channels":["audit"]}}}"#;
    socket.say(audit).await;
    let ticket = ask(&server, &carol, "POST", "/api/v1/auth/ticket").await;
    let ticket = ticket.json::<Ticket>().ticket;
    let next_audit = async |socket: &mut RawViewer| loop {
        let received = socket.next_message().await;
        let json = serde_json::to_string(&received.message.unwrap()).unwrap();
        if json.contains("\"audit\"") || json.contains("the end") {
            return json;
        }
    };
    add_user(&server, &admin, "dave", Role::Viewer).await;
    while !next_audit(&mut socket).await.contains("dave") {}
    let demoted = send(
        &server,
        &admin,
        "PATCH",
        "/api/v1/users/carol",
        &json!({"role": "operator"}),
    )
    .await;
    assert_eq!(demoted.status, 200);
    let ticket = format!("Sec-WebSocket-Protocol: watchroom.v1, watchroom.ticket.{ticket}\r\n");
    let mut sockets = vec![socket];
    for headers in [&carol.0, &ticket] {
        let mut again = RawViewer::connect(&server, "/ws?streams=logs", headers).await;
        again.say(audit).await;
        again.say(r#"{"type":"ping","id":1}"#).await;
        while !again.next_text().await.contains("\"pong\"") {}
        sockets.push(again);
    }
    add_user(&server, &admin, "erin", Role::Viewer).await;
    server.log_stored(&["the end"]).await;
    for socket in &mut sockets {
        loop {
            let json = next_audit(socket).await;
            assert!(!json.contains("erin"), "{json}");
            if json.contains("the end") {
                break;
            }
        }
    }
    assert_eq!(
        ask(&server, &carol, "GET", "/api/v1/users").await.status,
        403
    );
    server.drain(sockets).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_open_without_a_login_ends_with_the_first_user() {
    let server = TestServer::start(|_| ()).await;
    let mut socket = RawViewer::connect(&server, "/ws/dashboard", "").await;
    assert!(socket.next_message().await.message.is_ok());
    let _admin = first_admin(&server).await;
    assert_eq!(close_code(&mut socket).await, 4001);
    let none = Credentials::none();
    assert_eq!(
        ask(&server, &none, "GET", "/api/v1/hosts").await.status,
        401
    );
    let page = ask(&server, &none, "GET", "/?at=x").await;
    assert_eq!(
        (page.status, page.header("Location")),
        (303, Some("/login?next=/%3Fat%3Dx"))
    );
    let server = server.restart().await;
    assert_eq!(
        ask(&server, &none, "GET", "/api/v1/hosts").await.status,
        401,
        "also after a restart"
    );
    server.drain(socket).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_outlives_a_restart_and_ends_with_a_sign_out() {
    let server = TestServer::start(|_| ()).await;
    let admin = first_admin(&server).await;
    let server = server.restart().await;
    assert_eq!(
        ask(&server, &admin, "GET", "/api/v1/users").await.status,
        200
    );
    let body = json!({"name": "admin", "password": PASSWORD});
    let second = send(&server, &admin, "POST", "/api/v1/auth/login", &body).await;
    let second = Credentials::of_cookie(&second);
    assert_ne!(second.0, admin.0, "a sign-in always makes a new secret");
    assert_eq!(
        ask(&server, &admin, "POST", "/api/v1/auth/logout")
            .await
            .status,
        204
    );
    assert_eq!(
        ask(&server, &admin, "GET", "/api/v1/users").await.status,
        401
    );
    assert_eq!(
        ask(&server, &second, "GET", "/api/v1/users").await.status,
        200
    );
    server.drain(()).await;
}
