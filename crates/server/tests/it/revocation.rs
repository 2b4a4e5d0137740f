//! A right that is taken away ends on open connections at once.

use crate::support::account::{
    Credentials, PASSWORD, add_user, ask, close_code, create_token, first_admin, send, sign_in,
};
use crate::support::{End, EventViewer, RawViewer, TestServer, soon};
use protocol::account::{Role, Ticket};
use serde_json::json;

/// How a user loses its rights.
#[derive(Debug, Clone, Copy)]
enum Loss {
    Revoked,
    PasswordChanged,
    Deleted,
}

/// A server with the admin's credentials, and those of a user who loses its rights.
async fn scene(loss: Loss) -> (TestServer, Credentials, Credentials, String) {
    let server = TestServer::start(|_| ()).await;
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
    }
}

async fn lose(server: &TestServer, admin: &Credentials, loss: Loss, path: &str) {
    let answer = match loss {
        Loss::Revoked | Loss::Deleted => ask(server, admin, "DELETE", path).await,
        Loss::PasswordChanged => {
            let change = json!({"password": "another horse battery"});
            send(server, admin, "PATCH", path, &change).await
        }
    };
    assert!(matches!(answer.status, 200 | 204), "{answer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_end_with_the_credential_that_they_came_with() {
    for loss in [Loss::Revoked, Loss::PasswordChanged, Loss::Deleted] {
        let (server, admin, bob, path) = scene(loss).await;
        let mut socket = RawViewer::connect(&server, "/ws/dashboard", &bob.0).await;
        assert!(socket.next_message().await.message.is_ok());
        let mut events = EventViewer::connect_with(&server, "/api/events/all", &bob.0).await;
        let answer = ask(&server, &bob, "POST", "/api/v1/auth/ticket").await;
        let unused_ticket = answer.json::<Ticket>().ticket;
        let mut witness = RawViewer::connect(&server, "/ws/dashboard", &admin.0).await;

        lose(&server, &admin, loss, &path).await;

        assert_eq!(close_code(&mut socket).await, 4001, "{loss:?}");
        assert_eq!(
            soon("the end of events", events.end()).await,
            End::Complete,
            "{loss:?}"
        );
        let mut resumed = RawViewer::connect(&server, "/ws", &bob.0).await;
        assert_eq!(close_code(&mut resumed).await, 4001, "{loss:?}: resumed");
        let ticket =
            format!("Sec-WebSocket-Protocol: watchroom.v1, watchroom.ticket.{unused_ticket}\r\n");
        let mut by_ticket = RawViewer::connect(&server, "/ws", &ticket).await;
        assert_eq!(close_code(&mut by_ticket).await, 4001, "{loss:?}: ticket");
        assert_eq!(
            ask(&server, &bob, "GET", "/api/v1/hosts").await.status,
            401,
            "{loss:?}"
        );
        assert!(witness.next_message().await.message.is_ok(), "others stay");
        server.drain(witness).await;
    }
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
    add_user(&server, &admin, "erin", Role::Viewer).await;
    server.log_stored(&["the end"]).await;
    loop {
        let json = next_audit(&mut socket).await;
        assert!(!json.contains("erin"), "{json}");
        if json.contains("the end") {
            break;
        }
    }
    assert_eq!(
        ask(&server, &carol, "GET", "/api/v1/users").await.status,
        403
    );
    server.drain(socket).await;
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
