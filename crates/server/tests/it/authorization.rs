//! Every route × every kind of sender, with the expected answer.

use crate::support::account::{
    Credentials, add_user, ask, close_code, create_token, first_admin, head, sign_in,
};
use crate::support::{Answer, RawViewer, TestServer, exchange};
use accounts::{Action, Claims, JwtKey, Role, Scope, Secret};
use protocol::Timestamp;
use std::fmt::Write;

const JWT_SECRET: &str = "a secret of the tests with more than 32 bytes";

/// Every route, with the action that it takes. A new route is to be added here after thinking about who may use it.
const ROUTES: &str = "\
DELETE /api/v1/account/sessions ManageOwnAccount
DELETE /api/v1/alerts/{id}/acknowledgement ManageAlerts
DELETE /api/v1/rules/{name} ManageAlerts
DELETE /api/v1/rooms/{id}/members/{name} Say
DELETE /api/v1/rooms/{id}/messages/{seq} Say
DELETE /api/v1/silences/{id} ManageAlerts
DELETE /api/v1/account/sessions/{id} ManageOwnAccount
DELETE /api/v1/targets/{id} ManageTargets
DELETE /api/v1/tokens/{id} ManageOwnTokens
DELETE /api/v1/users/{name} ManageUsers
GET / Read
GET /account ReadPublic
GET /alerts Read
GET /dev/gallery Read
GET /login ReadPublic
GET /rooms Read
GET /setup ReadPublic
GET /users Read
GET /api/docs ReadPublic
GET /api/events Read
GET /api/events/alerts Read
GET /api/events/all Read
GET /api/events/metrics Read
GET /api/openapi.json ReadPublic
GET /api/v1/account ReadPublic
GET /api/v1/account/preferences ManageOwnPreferences
GET /api/v1/account/sessions ManageOwnAccount
GET /api/v1/alerts Read
GET /api/v1/analysis Read
GET /api/v1/at Read
GET /api/v1/checks Read
GET /api/v1/hosts Read
GET /api/v1/journal Read
GET /api/v1/people Read
GET /api/v1/query Read
GET /api/v1/rooms Read
GET /api/v1/rooms/{id}/messages Read
GET /api/v1/rules Read
GET /api/v1/series Read
GET /api/v1/series-set Read
GET /api/v1/silences Read
GET /api/v1/targets ManageTargets
GET /api/v1/tokens ManageOwnTokens
GET /api/v1/users ManageUsers
GET /checks Read
GET /dashboard Read
GET /healthz ReadPublic
GET /metrics Read
GET /notifications Read
GET /ping ReadPublic
GET /pkg/{*file} ReadPublic
GET /readyz ReadPublic
GET /ws Read
GET /ws/dashboard Read
GET /ws/metrics Read
GET /ws/notifications Read
PATCH /api/v1/rooms/{id} Say
PATCH /api/v1/rooms/{id}/messages/{seq} Say
PATCH /api/v1/users/{name} ManageUsers
POST /api/v1/account/password ManageOwnAccount
POST /api/v1/account/totp ManageOwnAccount
POST /api/v1/account/totp/confirm ManageOwnAccount
POST /api/v1/account/totp/remove ManageOwnAccount
POST /api/v1/auth/login ReadPublic
POST /api/v1/auth/logout ReadPublic
POST /api/v1/auth/setup ReadPublic
POST /api/v1/auth/ticket Read
POST /api/v1/auth/token ReadPublic
POST /api/v1/beat/{name} Beat
POST /api/v1/ingest Ingest
POST /api/v1/rooms Say
POST /api/v1/rooms/{id}/members Say
POST /api/v1/rooms/{id}/messages Say
POST /api/v1/rules ManageAlerts
POST /api/v1/rules/backtest Read
POST /api/v1/silences ManageAlerts
POST /api/v1/targets ManageTargets
POST /api/v1/targets/{id}/test ManageTargets
POST /api/v1/tokens ManageOwnTokens
POST /api/v1/users ManageUsers
POST /api/v1/write Ingest
POST /api/v2/write Ingest
POST /query Ingest
POST /v1/logs Ingest
POST /v1/metrics Ingest
POST /write Ingest
PUT /api/v1/account/preferences ManageOwnPreferences
PUT /api/v1/alerts/{id}/acknowledgement ManageAlerts
PUT /api/v1/rooms/{id}/muted Say
PUT /api/v1/rooms/{id}/read Say
PUT /api/v1/rules/{name} ManageAlerts
";

const SOCKETS: [&str; 8] = [
    "/",
    "/ws",
    "/ws/dashboard",
    "/ws/metrics",
    "/ws/notifications",
    "/dashboard",
    "/metrics",
    "/notifications",
];

/// A sender, and the actions that it may take. `None`: its credential does not count.
struct Subject {
    name: &'static str,
    credentials: Credentials,
    may: Option<Vec<Action>>,
}

fn now_s() -> u64 {
    Timestamp::now().unix_ms().unsigned_abs() / 1_000
}

fn jwt(key: &str, change: impl FnOnce(&mut Claims)) -> Credentials {
    let key = JwtKey::new(&Secret::new(key.into())).unwrap();
    let mut claims = Claims {
        sub: "bob".into(),
        name: None,
        role: Some(Role::Admin),
        exp: now_s() + 600,
        iat: None,
        sid: None,
    };
    change(&mut claims);
    Credentials::bearer(&key.issue(&claims))
}

/// `{"alg":"none"}` with the claims of a valid token and no signature.
fn unsigned() -> Credentials {
    let valid = jwt(JWT_SECRET, |_| ()).secret().to_owned();
    let claims = valid.split('.').nth(1).unwrap();
    Credentials::bearer(&format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{claims}."))
}

async fn server() -> TestServer {
    TestServer::start(|config| config.jwt_secret = JWT_SECRET.into()).await
}

async fn subjects(server: &TestServer) -> Vec<Subject> {
    use Action::*;
    let own = [ManageOwnAccount, ManageOwnTokens, ManageOwnPreferences];
    let viewer = [&[Read, Say][..], &own].concat();
    let operator = [
        &[Read, Ingest, Say, Beat, ReadServer, ManageAlerts][..],
        &own,
    ]
    .concat();
    let everything = Action::ALL.to_vec();
    let admin = first_admin(server).await;
    for (name, role) in [("viewer", Role::Viewer), ("operator", Role::Operator)] {
        add_user(server, &admin, name, role).await;
    }
    let token = async |scope: &str| {
        let created = create_token(server, &admin, &[scope]).await;
        (created.info.id, Credentials::bearer(&created.token))
    };
    let (revoked_id, revoked) = token("admin").await;
    let path = format!("/api/v1/tokens/{revoked_id}");
    assert_eq!(ask(server, &admin, "DELETE", &path).await.status, 204);
    let both = Credentials(format!("{}{}", admin.0, token("read").await.1.0));
    let subject = |name, credentials, may| Subject {
        name,
        credentials,
        may,
    };
    vec![
        subject("anonymous", Credentials::none(), None),
        subject("viewer", sign_in(server, "viewer").await, Some(viewer)),
        subject(
            "operator",
            sign_in(server, "operator").await,
            Some(operator.clone()),
        ),
        subject("admin", admin.clone(), Some(everything.clone())),
        subject(
            "token read",
            token("read").await.1,
            Some(vec![Read, ReadServer]),
        ),
        subject(
            "token ingest",
            token("ingest").await.1,
            Some(vec![Ingest, Beat]),
        ),
        subject("token annotate", token("annotate").await.1, Some(vec![Say])),
        subject("token agent", token("agent:web-1").await.1, Some(vec![])),
        subject("token board", token("board:b1").await.1, Some(vec![])),
        subject("token beat", token("beat:backup").await.1, Some(vec![Beat])),
        subject("token admin", token("admin").await.1, Some(everything)),
        subject("revoked token", revoked, None),
        subject("unknown token", Credentials::bearer("wr_nonsense"), None),
        subject("unknown session", unknown_session(&admin), None),
        subject(
            "JWT, at most operator",
            jwt(JWT_SECRET, |_| ()),
            Some(without(operator, ManageOwnTokens)),
        ),
        subject(
            "JWT, expired",
            jwt(JWT_SECRET, |it| it.exp = now_s() - 600),
            None,
        ),
        subject(
            "JWT, forged",
            jwt("another secret, also with more than 32 bytes", |_| ()),
            None,
        ),
        subject("JWT, unsigned", unsigned(), None),
        subject(
            "JWT, of a session that never was",
            jwt(JWT_SECRET, |it| it.sid = Some("wj_nonsense".into())),
            None,
        ),
        subject(
            "JWT, of a cookie's session",
            jwt(JWT_SECRET, |it| it.sid = Some(admin.secret().into())),
            None,
        ),
        subject("two credentials", both, Some(vec![])),
    ]
}

fn without(actions: Vec<Action>, action: Action) -> Vec<Action> {
    actions.into_iter().filter(|it| *it != action).collect()
}

fn unknown_session(of: &Credentials) -> Credentials {
    let name = of.0.split('=').next().unwrap();
    Credentials(format!("{name}=ws_nonsense\r\n"))
}

/// A path of a route.
fn concrete(path: &str) -> String {
    // The name of the token's heartbeat.
    let path = path.replace("/beat/{name}", "/beat/backup");
    let path = path.replace("{id}", "999999").replace("{name}", "nobody");
    path.replace("{*file}", "missing.js")
}

fn is_page(path: &str) -> bool {
    matches!(
        path,
        "/" | "/login"
            | "/setup"
            | "/account"
            | "/users"
            | "/alerts"
            | "/checks"
            | "/rooms"
            | "/dev/gallery"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_answers_whoever_may_use_it_and_nobody_else() {
    let server = server().await;
    let subjects = subjects(&server).await;
    let (mut tried, mut wrong) = (0, String::new());
    for subject in &subjects {
        for route in server.routes() {
            // A session that ends itself would be a different sender afterwards.
            if route.path == "/api/v1/auth/logout" {
                continue;
            }
            let path = concrete(&route.path);
            // Only the head: streams of events do not end.
            let answer = head(&server, &subject.credentials, &route.method, &path).await;
            tried += 1;
            let expected = match &subject.may {
                _ if subject.name == "two credentials" => "400",
                _ if route.action == Action::ReadPublic => "allowed",
                None if is_page(&route.path) => "303",
                None => "401",
                Some(may) if may.contains(&route.action) => "allowed",
                Some(_) => "403",
            };
            let is_right = match expected {
                // Without the site, which is built after this test, there are no pages.
                "allowed" if is_page(&route.path) => matches!(answer.status, 200 | 503),
                "allowed" => !matches!(answer.status, 401 | 403 | 303 | 500..),
                status => answer.status.to_string() == status,
            };
            if !is_right {
                let (method, status) = (&route.method, answer.status);
                let _ = writeln!(
                    wrong,
                    "{}: {method} {path}: {status} instead of {expected}",
                    subject.name
                );
            }
        }
    }
    assert!(wrong.is_empty(), "of {tried} requests:\n{wrong}");
    println!("{tried} requests of {} senders", subjects.len());
    server.drain(()).await;
}

/// What makes a request look like one for a WebSocket changes nothing where there is none.
#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_is_no_way_around() {
    let server = server().await;
    let subjects = subjects(&server).await;
    let upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                   Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    for subject in &subjects {
        for route in server.routes() {
            let denied = match &subject.may {
                _ if route.action == Action::ReadPublic => continue,
                Some(may) if may.contains(&route.action) => continue,
                Some(_) => 403,
                None => 401,
            };
            let credentials = Credentials(format!("{}{upgrade}", subject.credentials.0));
            let path = concrete(&route.path);
            let answer = head(&server, &credentials, &route.method, &path).await;
            // A socket is closed with a code, which another test is about.
            let expected: &[u16] = match SOCKETS.contains(&path.as_str()) {
                _ if subject.name == "two credentials" => &[400],
                // It does not come to an upgrade, since the connection is to be closed.
                true => &[426],
                false if is_page(&path) => &[303, 403],
                false => &[denied],
            };
            let name = subject.name;
            assert!(
                expected.contains(&answer.status),
                "{name}: {path}: {answer:?}"
            );
        }
    }
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_is_for_a_websocket_and_for_what_its_user_may_then() {
    let server = server().await;
    let admin = first_admin(&server).await;
    add_user(&server, &admin, "carol", Role::Admin).await;
    let carol = sign_in(&server, "carol").await;
    let answer = ask(&server, &carol, "POST", "/api/v1/auth/ticket").await;
    let ticket = answer.json::<protocol::account::Ticket>().ticket;
    let headers = format!("Sec-WebSocket-Protocol: watchroom.v1, watchroom.ticket.{ticket}\r\n");
    let by_ticket = Credentials(headers);
    for (method, path) in [("GET", "/api/v1/users"), ("POST", "/api/v1/auth/ticket")] {
        assert_eq!(
            ask(&server, &by_ticket, method, path).await.status,
            401,
            "{path}"
        );
    }
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_of_routes_is_complete() {
    let server = server().await;
    let mut found = String::new();
    for route in server.routes() {
        let _ = writeln!(found, "{} {} {:?}", route.method, route.path, route.action);
    }
    let mut lines: Vec<_> = found.lines().collect();
    // Only debug builds have what is for developers.
    let is_there = |route: &&str| cfg!(debug_assertions) || !route.contains(" /dev/");
    let mut expected: Vec<_> = ROUTES.lines().filter(is_there).collect();
    lines.sort_unstable();
    expected.sort_unstable();
    assert_eq!(lines, expected);
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_websocket_is_closed_with_the_reason() {
    let server = server().await;
    let subjects = subjects(&server).await;
    for subject in &subjects {
        for path in SOCKETS {
            let (mut viewer, answer) = RawViewer::ask(&server, path, &subject.credentials.0).await;
            if subject.name == "two credentials" {
                assert_eq!(answer.status, 400, "{path}");
                continue;
            }
            assert_eq!(answer.status, 101, "{}: {path}", subject.name);
            let expected = match &subject.may {
                Some(may) if may.contains(&Action::Read) => {
                    let first = viewer.next().await;
                    let is_message = matches!(first, Some(websocket::Message::Text(_)));
                    assert!(is_message, "{}: {path}: {first:?}", subject.name);
                    continue;
                }
                Some(_) => 4003,
                None => 4001,
            };
            assert_eq!(
                close_code(&mut viewer).await,
                expected,
                "{}: {path}",
                subject.name
            );
        }
    }
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_sends_its_credential_as_a_subprotocol_or_a_ticket() {
    let server = server().await;
    let admin = first_admin(&server).await;
    let token = create_token(&server, &admin, &["read"]).await.token;
    let offer = |name: &str| format!("Sec-WebSocket-Protocol: watchroom.v1, {name}\r\n");
    let (mut viewer, answer) =
        RawViewer::ask(&server, "/ws", &offer(&format!("watchroom.token.{token}"))).await;
    assert_eq!(
        answer.header("Sec-WebSocket-Protocol"),
        Some("watchroom.v1"),
        "and never the token"
    );
    assert!(viewer.next_message().await.message.is_ok());

    let answer = ask(
        &server,
        &Credentials::bearer(&token),
        "POST",
        "/api/v1/auth/ticket",
    )
    .await;
    let ticket = answer.json::<protocol::account::Ticket>().ticket;
    let ticket = offer(&format!("watchroom.ticket.{ticket}"));
    let mut viewer = RawViewer::connect(&server, "/ws", &ticket).await;
    assert!(viewer.next_message().await.message.is_ok());
    let mut second = RawViewer::connect(&server, "/ws", &ticket).await;
    assert_eq!(close_code(&mut second).await, 4001, "a ticket counts once");
    server.drain((viewer, second)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn other_spellings_of_a_path_are_no_way_around() {
    let server = server().await;
    let _admin = first_admin(&server).await;
    for path in [
        "//api/v1/users",
        "/./api/v1/users",
        "/api/v1/./users",
        "/api//v1/users",
        "/%2fapi/v1/users",
        "/api%2fv1%2fusers",
        "/api/v1/users/",
        "/API/v1/users",
        "/healthz/../api/v1/users",
        "/pkg/../api/v1/users",
        "/pkg/%2e%2e/api/v1/users",
        "/api/v1/users;x",
        "/api/v1/users%00",
        "/api/v1/%75sers",
    ] {
        let answer = ask(&server, &Credentials::none(), "GET", path).await;
        assert!(
            matches!(answer.status, 400 | 401 | 403 | 404),
            "{path}: {answer:?}"
        );
        assert!(!answer.body.contains("\"users\""), "{path}: {answer:?}");
    }
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_in_the_address_is_refused_with_the_ways_that_work() {
    let server = server().await;
    let admin = first_admin(&server).await;
    let token = create_token(&server, &admin, &["read"]).await.token;
    for path in [
        format!("/api/v1/hosts?token={token}"),
        format!("/ws?access_token={token}"),
    ] {
        let answer: Answer = ask(&server, &Credentials::none(), "GET", &path).await;
        assert_eq!(answer.status, 400, "{answer:?}");
        for way in ["Authorization", "subprotocol", "ticket"] {
            assert!(answer.body.contains(way), "{answer:?}");
        }
        assert!(!answer.body.contains(&token));
    }
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_another_site_does_nothing_in_the_name_of_its_visitor() {
    let server = server().await;
    let admin = first_admin(&server).await;
    let address = server.address();
    for origin in [
        "https://evil.example",
        "null",
        "http://localhost:1",
        "http://127.0.0.1:1",
    ] {
        let request = format!(
            "POST /api/v1/auth/ticket HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nOrigin: {origin}\r\n{}\r\n",
            admin.0
        );
        assert_eq!(exchange(&server, &request).await.status, 403, "{origin}");
        let headers = format!("Origin: {origin}\r\n{}", admin.0);
        let (_, answer) = RawViewer::ask(&server, "/ws", &headers).await;
        assert_eq!(answer.status, 403, "{origin}");
    }
    let own = format!(
        "POST /api/v1/auth/ticket HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nOrigin: http://{address}\r\n{}\r\n",
        admin.0
    );
    assert_eq!(exchange(&server, &own).await.status, 200);
    server.drain(()).await;
}

#[test]
fn every_scope_is_among_the_senders() {
    // A new scope makes this match incomplete; then it belongs into `subjects`.
    let covered = |scope: &Scope| match scope {
        Scope::Read
        | Scope::Ingest
        | Scope::Annotate
        | Scope::Agent(_)
        | Scope::Board(_)
        | Scope::Beat(_)
        | Scope::Admin => true,
    };
    assert!(covered(&Scope::Read));
}
