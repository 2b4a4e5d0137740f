//! Every route × every kind of sender, with the expected answer.

use crate::support::account::{
    Credentials, add_user, ask, close_code, create_token, first_admin, head, sign_in,
};
use crate::support::{Answer, RawViewer, TestServer, exchange, soon, subscribe};
use accounts::{Action, Claims, JwtKey, Role, Scope, Secret};
use data_encoding::BASE64URL_NOPAD;
use protocol::{
    ClientMessage, Ping, PresenceState, Request, RequestMetrics, ServerMessage, SetInterval,
    SetPresence, SetTyping, Stream, StreamOptions, Timestamp, Unsubscribe,
};
use ring::hmac;
use server::config::{Public, StatusPage};
use std::fmt::Write;
use websocket::{Frame, Opcode};

const JWT_SECRET: &str = "a secret of the tests with more than 32 bytes";

/// Every route, with the action that it takes. A new route is to be added here after thinking about who may use it.
const ROUTES: &str = "\
DELETE /api/v1/account/sessions ManageOwnAccount
DELETE /api/v1/alerts/{id}/acknowledgement ManageAlerts
DELETE /api/v1/boards/{id} EditBoards
DELETE /api/v1/rules/{name} ManageAlerts
DELETE /api/v1/rooms/{id}/members/{name} Say
DELETE /api/v1/rooms/{id}/messages/{seq} Say
DELETE /api/v1/silences/{id} ManageAlerts
DELETE /api/v1/account/sessions/{id} ManageOwnAccount
DELETE /api/v1/targets/{id} ManageTargets
DELETE /api/v1/tokens/{id} ManageOwnTokens
DELETE /api/v1/users/{name} ManageUsers
GET / ReadDashboard
GET /account ReadPublic
GET /alerts ReadDashboard
GET /dev/gallery Read
GET /login ReadPublic
GET /boards Read
GET /rooms Read
GET /server ReadServer
GET /sources ReadServer
GET /setup ReadPublic
GET /status ReadStatus
GET /status.json ReadStatus
GET /status/badge.svg ReadStatus
GET /users Read
GET /api/docs ReadPublic
GET /api/events ReadDashboard
GET /api/events/alerts ReadDashboard
GET /api/events/all ReadDashboard
GET /api/events/metrics ReadDashboard
GET /api/openapi.json ReadPublic
GET /api/v1/account ReadPublic
GET /api/v1/account/preferences ManageOwnPreferences
GET /api/v1/account/sessions ManageOwnAccount
GET /api/v1/alerts ReadDashboard
GET /api/v1/analysis ReadDashboard
GET /api/v1/at ReadDashboard
GET /api/v1/boards ReadBoards
GET /api/v1/boards/{id} ReadBoards
GET /api/v1/boards/{id}/versions ReadBoards
GET /api/v1/boards/{id}/versions/{version} ReadBoards
GET /api/v1/checks ReadDashboard
GET /api/v1/evidence ReadDashboard
GET /api/v1/hosts ReadDashboard
GET /api/v1/journal ReadDashboard
GET /api/v1/people Read
GET /api/v1/query ReadDashboard
GET /api/v1/rooms Read
GET /api/v1/rooms/{id}/messages Read
GET /api/v1/rules Read
GET /api/v1/series ReadDashboard
GET /api/v1/series-set ReadDashboard
GET /api/v1/server ReadServer
GET /api/v1/server/log-level ManageServer
GET /api/v1/silences Read
GET /api/v1/sources ReadServer
GET /api/v1/targets ManageTargets
GET /api/v1/tokens ManageOwnTokens
GET /api/v1/users ManageUsers
GET /checks ReadDashboard
GET /dashboard ReadDashboard
GET /healthz ReadPublic
GET /metrics ReadDashboard
GET /notifications ReadDashboard
GET /ping ReadPublic
GET /pkg/{*file} ReadPublic
GET /readyz ReadPublic
GET /ws ReadDashboard
GET /ws/dashboard ReadDashboard
GET /ws/metrics ReadDashboard
GET /ws/notifications ReadDashboard
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
POST /api/v1/boards EditBoards
POST /api/v1/boards/{id}/operations EditBoards
POST /api/v1/boards/{id}/restore EditBoards
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
PUT /api/v1/boards/{id}/sharing EditBoards
PUT /api/v1/rooms/{id}/muted Say
PUT /api/v1/rooms/{id}/read Say
PUT /api/v1/rules/{name} ManageAlerts
PUT /api/v1/server/log-level ManageServer
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

/// What the public follows of the log.
const PUBLIC_STREAMS: [Stream; 4] = [
    Stream::Metrics,
    Stream::Data,
    Stream::Alerts,
    Stream::Samples,
];

/// A sender, and the actions that it may take.
struct Subject {
    name: &'static str,
    credentials: Credentials,
    may: Vec<Action>,
    otherwise: Refused,
}

/// How it is refused what it may not do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refused {
    /// It is nobody, or its credential does not count: 401, pages lead to the sign-in, sockets are closed with 4001.
    NotSignedIn,
    /// It is known, and may not: 403, sockets are closed with 4003.
    Forbidden,
    /// Its request is wrong, whatever it asks for: 400.
    BadRequest,
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

/// A valid token, except that it is for another program that has the secret.
fn jwt_of_another_audience() -> Credentials {
    let valid = jwt(JWT_SECRET, |_| ()).secret().to_owned();
    let parts: Vec<_> = valid.split('.').collect();
    let claims = String::from_utf8(BASE64URL_NOPAD.decode(parts[1].as_bytes()).unwrap()).unwrap();
    assert!(claims.contains(r#""aud":"watchroom""#), "{claims}");
    let claims = claims.replace(r#""aud":"watchroom""#, r#""aud":"another""#);
    let signed = format!("{}.{}", parts[0], BASE64URL_NOPAD.encode(claims.as_bytes()));
    let key = hmac::Key::new(hmac::HMAC_SHA256, JWT_SECRET.as_bytes());
    let signature = BASE64URL_NOPAD.encode(hmac::sign(&key, signed.as_bytes()).as_ref());
    Credentials::bearer(&format!("{signed}.{signature}"))
}

/// A user whom the proxy names.
fn proxied(user: &str) -> Credentials {
    Credentials(format!(
        "X-Forwarded-For: 127.0.0.2\r\nX-Forwarded-User: {user}\r\n"
    ))
}

/// The secret of a token that expires soon after the start.
const EXPIRING: &str = "wr_a token that expires while the tests run";

/// What everybody may see on a server.
const PUBLIC: [Public; 2] = [Public::Nothing, Public::Dashboard];

async fn server(public: Public) -> TestServer {
    let server = TestServer::start(|config| {
        config.jwt_secret = JWT_SECRET.into();
        config.public = public;
        config.status_page = StatusPage::SignedIn;
        config.trusted_proxies = vec!["127.0.0.1".into()];
        config.proxy_user_header = "X-Forwarded-User".into();
        config.proxy_user_role = Role::Operator;
    });
    let with_token = server.await.restart_after(async |folder| {
        let config = store::Config::of(store::Location::Sqlite(folder.to_owned()));
        let store = store::open(&config).await.unwrap();
        let now_ms = Timestamp::now().unix_ms();
        let token = store::TokenRow {
            id: 1_000,
            user: None,
            digest: *Secret::new(EXPIRING.into()).digest().as_bytes(),
            name: "expiring".into(),
            scopes: "admin".into(),
            created_ms: now_ms,
            expires_ms: Some(now_ms + 2_000),
            used_ms: None,
        };
        store.put_token(&token).await.unwrap();
    });
    with_token.await
}

/// The token, once it has expired.
async fn expired_token(server: &TestServer) -> Credentials {
    let token = Credentials::bearer(EXPIRING);
    soon("the end of a token", async {
        while ask(server, &token, "GET", "/api/v1/users").await.status != 401 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    token
}

async fn subjects(server: &TestServer, public: Public) -> Vec<Subject> {
    use Action::*;
    let own = [ManageOwnAccount, ManageOwnTokens, ManageOwnPreferences];
    let viewer = [
        &[
            ReadPublic,
            ReadDashboard,
            Read,
            ReadStatus,
            Say,
            ReadBoards,
            EditBoards,
        ][..],
        &own,
    ]
    .concat();
    let operator = [&viewer[..], &[Ingest, Beat, ReadServer, ManageAlerts]].concat();
    let everything = Action::ALL.to_vec();
    let admin = first_admin(server).await;
    for (name, role) in [("viewer", Role::Viewer), ("operator", Role::Operator)] {
        add_user(server, &admin, name, role).await;
    }
    let token = async |scope: &str| {
        let created = create_token(server, &admin, &[scope]).await;
        (created.info.id, Credentials::bearer(&created.token))
    };
    let remove = async |path: &str| {
        let answer = ask(server, &admin, "DELETE", path).await;
        assert_eq!(answer.status, 204, "{path}: {answer:?}");
    };
    let (revoked_id, revoked) = token("admin").await;
    remove(&format!("/api/v1/tokens/{revoked_id}")).await;
    let ended = sign_in(server, "viewer").await;
    let answer = ask(server, &ended, "POST", "/api/v1/auth/logout").await;
    assert_eq!(answer.status, 204, "{answer:?}");
    let removed = jwt(JWT_SECRET, |it| it.sub = "carol".into());
    let answer = ask(server, &removed, "GET", "/api/v1/hosts").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    remove("/api/v1/users/jwt:carol").await;
    let both = Credentials(format!("{}{}", admin.0, token("read").await.1.0));

    let known = |name, credentials, may: &[Action]| Subject {
        name,
        credentials,
        may: [&[ReadPublic], may].concat(),
        otherwise: Refused::Forbidden,
    };
    let nobody = |name, credentials| Subject {
        otherwise: Refused::NotSignedIn,
        ..known(name, credentials, &[])
    };
    let mut subjects = vec![
        known("viewer", sign_in(server, "viewer").await, &viewer),
        known("operator", sign_in(server, "operator").await, &operator),
        known("admin", admin.clone(), &everything),
        known(
            "token read",
            token("read").await.1,
            &[ReadDashboard, Read, ReadStatus, ReadBoards, ReadServer],
        ),
        known("token ingest", token("ingest").await.1, &[Ingest, Beat]),
        known("token annotate", token("annotate").await.1, &[Say]),
        known("token agent", token("agent:web-1").await.1, &[]),
        known(
            "token board",
            token("board:b1").await.1,
            &[ReadDashboard, ReadBoards],
        ),
        known("token beat", token("beat:backup").await.1, &[Beat]),
        known("token admin", token("admin").await.1, &everything),
        known(
            "JWT, at most operator",
            jwt(JWT_SECRET, |_| ()),
            &without(operator.clone(), ManageOwnTokens),
        ),
        known(
            "user of a proxy",
            proxied("dora"),
            &without(operator.clone(), ManageOwnTokens),
        ),
        nobody("revoked token", revoked),
        nobody("expired token", expired_token(server).await),
        nobody("unknown token", Credentials::bearer("wr_nonsense")),
        nobody("ended session", ended),
        nobody("unknown session", unknown_session(&admin)),
        nobody("JWT, expired", jwt(JWT_SECRET, |it| it.exp = now_s() - 600)),
        nobody("JWT, of a removed user", removed),
        nobody(
            "JWT, forged",
            jwt("another secret, also with more than 32 bytes", |_| ()),
        ),
        nobody("JWT, unsigned", unsigned()),
        nobody("JWT, of another audience", jwt_of_another_audience()),
        nobody(
            "JWT, of a session that never was",
            jwt(JWT_SECRET, |it| it.sid = Some("wj_nonsense".into())),
        ),
        nobody(
            "JWT, of a cookie's session",
            jwt(JWT_SECRET, |it| it.sid = Some(admin.secret().into())),
        ),
        Subject {
            otherwise: Refused::BadRequest,
            ..known("two credentials", both, &[])
        },
    ];
    // A credential that does not count is nobody's, and never the public's.
    subjects.push(match public {
        Public::Nothing => nobody("anonymous", Credentials::none()),
        Public::Dashboard => Subject {
            may: vec![ReadPublic, ReadDashboard],
            ..nobody("public", Credentials::none())
        },
    });
    subjects
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
            | "/boards"
            | "/server"
            | "/sources"
            | "/rooms"
            | "/status"
            | "/dev/gallery"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_answers_whoever_may_use_it_and_nobody_else() {
    let (mut allowed, mut refused, mut wrong) = (0, 0, String::new());
    for public in PUBLIC {
        let server = server(public).await;
        for subject in &subjects(&server, public).await {
            // A session that ends itself is a different sender afterwards, so that comes last.
            let mut routes = server.routes().to_vec();
            routes.sort_by_key(|route| route.path == "/api/v1/auth/logout");
            for route in &routes {
                let path = concrete(&route.path);
                // Only the head: streams of events do not end.
                let answer = head(&server, &subject.credentials, &route.method, &path).await;
                let may = subject.may.contains(&route.action);
                let expected = match (subject.otherwise, may) {
                    (Refused::BadRequest, _) => "400",
                    (_, true) => "allowed",
                    (Refused::NotSignedIn, false) if is_page(&route.path) => "303",
                    (Refused::NotSignedIn, false) => "401",
                    (Refused::Forbidden, false) => "403",
                };
                *(if expected == "allowed" {
                    &mut allowed
                } else {
                    &mut refused
                }) += 1;
                // Nobody's account is where one signs in.
                let leads_on = subject.name == "public" && path == "/account";
                let is_right = match expected {
                    "allowed" if leads_on => answer.status == 303,
                    // Without the site, which is built after this test, there are no pages.
                    "allowed" if is_page(&route.path) => matches!(answer.status, 200 | 503),
                    "allowed" => !matches!(answer.status, 401 | 403 | 303 | 500..),
                    status => answer.status.to_string() == status,
                };
                if !is_right {
                    let (method, status) = (&route.method, answer.status);
                    let _ = writeln!(
                        wrong,
                        "{public:?}, {}: {method} {path}: {status} instead of {expected}",
                        subject.name
                    );
                }
            }
        }
        server.drain(()).await;
    }
    let tried = allowed + refused;
    assert!(wrong.is_empty(), "of {tried} requests:\n{wrong}");
    println!("{tried} requests: {allowed} allowed, {refused} refused");
}

/// What makes a request look like one for a WebSocket changes nothing where there is none.
#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_is_no_way_around() {
    let upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                   Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    for public in PUBLIC {
        let server = server(public).await;
        for subject in &subjects(&server, public).await {
            for route in server.routes() {
                if subject.may.contains(&route.action) {
                    continue;
                }
                let credentials = Credentials(format!("{}{upgrade}", subject.credentials.0));
                let path = concrete(&route.path);
                let answer = head(&server, &credentials, &route.method, &path).await;
                // A socket is closed with a code, which another test is about.
                let is_socket = SOCKETS.contains(&path.as_str());
                let expected: &[u16] = match (subject.otherwise, is_socket) {
                    (Refused::BadRequest, _) => &[400],
                    // It does not come to an upgrade, since the connection is to be closed.
                    (_, true) => &[426],
                    _ if is_page(&path) => &[303, 403],
                    (Refused::Forbidden, false) => &[403],
                    (Refused::NotSignedIn, false) => &[401],
                };
                let name = subject.name;
                assert!(
                    expected.contains(&answer.status),
                    "{public:?}, {name}: {path}: {answer:?}"
                );
            }
        }
        server.drain(()).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_is_for_a_websocket_and_for_what_its_user_may_then() {
    let server = server(Public::Nothing).await;
    let admin = first_admin(&server).await;
    add_user(&server, &admin, "carol", Role::Admin).await;
    let carol = sign_in(&server, "carol").await;
    let by_ticket = async || {
        let answer = ask(&server, &carol, "POST", "/api/v1/auth/ticket").await;
        let ticket = answer.json::<protocol::account::Ticket>().ticket;
        format!("Sec-WebSocket-Protocol: watchroom.v1, watchroom.ticket.{ticket}\r\n")
    };
    for (method, path) in [("GET", "/api/v1/users"), ("POST", "/api/v1/auth/ticket")] {
        let by_ticket = Credentials(by_ticket().await);
        let answer = ask(&server, &by_ticket, method, path).await;
        assert_eq!(answer.status, 401, "{path}");
    }
    // Also where the request looks like one for a WebSocket, and there is none.
    for path in ["/api/v1/users", "/api/v1/hosts", "/api/events", "/users"] {
        let (_, answer) = RawViewer::ask(&server, path, &by_ticket().await).await;
        assert_eq!(answer.status, 401, "{path}");
    }
    let mut viewer = RawViewer::connect(&server, "/ws", &by_ticket().await).await;
    assert!(viewer.next_message().await.message.is_ok());
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_of_routes_is_complete() {
    let server = server(Public::Nothing).await;
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
    let (mut open, mut closed) = (0, 0);
    for public in PUBLIC {
        let server = server(public).await;
        for subject in &subjects(&server, public).await {
            for path in SOCKETS {
                let name = subject.name;
                let (mut viewer, answer) =
                    RawViewer::ask(&server, path, &subject.credentials.0).await;
                let expected = match subject.otherwise {
                    Refused::BadRequest => {
                        assert_eq!(answer.status, 400, "{path}");
                        closed += 1;
                        continue;
                    }
                    Refused::Forbidden => 4003,
                    Refused::NotSignedIn => 4001,
                };
                assert_eq!(answer.status, 101, "{name}: {path}");
                if subject.may.contains(&Action::ReadDashboard) {
                    let first = viewer.next().await;
                    let is_message = matches!(first, Some(websocket::Message::Text(_)));
                    assert!(is_message, "{name}: {path}: {first:?}");
                    open += 1;
                    continue;
                }
                assert_eq!(close_code(&mut viewer).await, expected, "{name}: {path}");
                closed += 1;
            }
        }
        server.drain(()).await;
    }
    println!("{open} sockets open, {closed} closed");
}

/// Every message that a viewer may send.
fn messages() -> Vec<(Action, ClientMessage)> {
    use Action::{Read, ReadDashboard};
    let all = Stream::PUBLIC.map(|stream| (stream, StreamOptions::default()));
    let messages = vec![
        ClientMessage::Subscribe(subscribe(&all)),
        ClientMessage::SetInterval(SetInterval {
            stream: Stream::Metrics,
            interval_ms: 1_000,
        }),
        ClientMessage::RequestMetrics(RequestMetrics { host: None }),
        ClientMessage::Ping(Ping { id: None }),
        ClientMessage::Presence(SetPresence {
            state: PresenceState::Active,
            name: None,
            place: None,
        }),
        ClientMessage::Typing(SetTyping {
            room: "r1".into(),
            typing: true,
        }),
        ClientMessage::Pong,
        ClientMessage::Unsubscribe(Unsubscribe {
            streams: Stream::PUBLIC.to_vec(),
        }),
    ];
    // A new message makes this match incomplete; then it belongs into the list.
    let action = |message: &ClientMessage| match message {
        ClientMessage::Subscribe(_)
        | ClientMessage::Unsubscribe(_)
        | ClientMessage::SetInterval(_)
        | ClientMessage::RequestMetrics(_)
        | ClientMessage::Ping(_)
        | ClientMessage::Pong => ReadDashboard,
        ClientMessage::Presence(_) | ClientMessage::Typing(_) => Read,
    };
    let with_action = messages.into_iter().map(|it| (action(&it), it));
    with_action.collect()
}

/// The errors that a viewer receives in response to a message, and the streams that it then follows, if it says so.
async fn responses(
    viewer: &mut RawViewer,
    message: ClientMessage,
    id: u64,
) -> (Vec<String>, Option<Vec<Stream>>) {
    viewer.say(&Request::from(message).to_json()).await;
    let ping = ClientMessage::Ping(Ping { id: Some(id) });
    viewer.say(&Request::from(ping).to_json()).await;
    let (mut errors, mut streams) = (Vec::new(), None);
    loop {
        match viewer.next_message().await.message {
            Ok(ServerMessage::Pong(pong)) if pong.id == Some(id) => return (errors, streams),
            Ok(ServerMessage::Error(error)) => errors.push(error.message),
            Ok(ServerMessage::Subscribed(subscribed)) => streams = Some(subscribed.streams),
            _ => {}
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_message_is_for_whoever_may_send_it() {
    const SIGN_IN: &str = "sign in first";
    let (mut allowed, mut refused) = (0, 0);
    for public in PUBLIC {
        let server = server(public).await;
        for subject in &subjects(&server, public).await {
            let name = subject.name;
            if subject.otherwise == Refused::BadRequest {
                continue;
            }
            let mut viewer = RawViewer::connect(&server, "/ws", &subject.credentials.0).await;
            if !subject.may.contains(&Action::ReadDashboard) {
                for (_, message) in messages() {
                    // The connection may be closed by now.
                    let text = Request::from(message).to_json();
                    let frame = Frame::new(Opcode::Text, text.as_bytes()).masked([1, 2, 3, 4]);
                    let _ = viewer.send_bytes(&frame.encode()).await;
                    refused += 1;
                }
                let first = viewer.next().await;
                let is_close = matches!(first, None | Some(websocket::Message::Close(_)));
                assert!(is_close, "{name}: {first:?}");
                continue;
            }
            for (id, (action, message)) in messages().into_iter().enumerate() {
                let text = format!("{public:?}, {name}: {message:?}");
                let is_subscribe = matches!(message, ClientMessage::Subscribe(_));
                let (errors, streams) = responses(&mut viewer, message, id as u64 + 1).await;
                let is_refused = errors.iter().any(|it| it.contains(SIGN_IN));
                let may = subject.may.contains(&action);
                assert_eq!(is_refused, !may, "{text}: {errors:?}");
                *(if may { &mut allowed } else { &mut refused }) += 1;
                let sees = match subject.may.contains(&Action::Read) {
                    true => &Stream::PUBLIC[..],
                    false => &PUBLIC_STREAMS[..],
                };
                assert!(
                    !is_subscribe || streams.as_deref() == Some(sees),
                    "{text}: {streams:?}"
                );
            }
        }
        server.drain(()).await;
    }
    println!("{allowed} messages allowed, {refused} refused");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_sends_its_credential_as_a_subprotocol_or_a_ticket() {
    let server = server(Public::Nothing).await;
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
    let server = server(Public::Nothing).await;
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

/// Other spellings of a path, none of which is a route.
fn spellings(path: &str) -> [String; 4] {
    let rest = path.trim_start_matches('/');
    [
        format!("//{rest}"),
        format!("/./{rest}"),
        format!("/%2f{rest}"),
        format!("{path}/"),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn no_spelling_of_any_route_does_what_its_sender_may_not() {
    let server = server(Public::Nothing).await;
    let mut subjects = subjects(&server, Public::Nothing).await;
    subjects.retain(|it| ["anonymous", "viewer", "token ingest"].contains(&it.name));
    assert_eq!(subjects.len(), 3);
    let mut tried = 0;
    for subject in &subjects {
        for route in server.routes() {
            if subject.may.contains(&route.action) {
                continue;
            }
            for path in spellings(&concrete(&route.path)) {
                let answer = head(&server, &subject.credentials, &route.method, &path).await;
                let is_refused = matches!(answer.status, 303 | 400 | 401 | 403 | 404 | 405);
                let (name, method) = (subject.name, &route.method);
                assert!(is_refused, "{name}: {method} {path}: {answer:?}");
                tried += 1;
            }
        }
    }
    println!("{tried} spellings refused");
    assert!(tried > 400, "{tried}");
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_in_the_address_is_refused_with_the_ways_that_work() {
    let server = server(Public::Nothing).await;
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
    let server = server(Public::Nothing).await;
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
    // Browsers say so even where they send no `Origin`; a page of the same domain is another site, too.
    for (site, status) in [
        ("cross-site", 403),
        ("same-site", 403),
        ("same-origin", 200),
        ("none", 200),
    ] {
        let request = format!(
            "POST /api/v1/auth/ticket HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
             Sec-Fetch-Site: {site}\r\n{}\r\n",
            admin.0
        );
        assert_eq!(exchange(&server, &request).await.status, status, "{site}");
    }
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_scope_is_among_the_senders() {
    // A new scope makes this match incomplete; then it belongs into the list, and into `subjects`.
    let name = |scope: &Scope| match scope {
        Scope::Read => "token read",
        Scope::Ingest => "token ingest",
        Scope::Annotate => "token annotate",
        Scope::Agent(_) => "token agent",
        Scope::Board(_) => "token board",
        Scope::Beat(_) => "token beat",
        Scope::Admin => "token admin",
    };
    let scopes = [
        Scope::Read,
        Scope::Ingest,
        Scope::Annotate,
        Scope::Agent("web-1".into()),
        Scope::Board("b1".into()),
        Scope::Beat("backup".into()),
        Scope::Admin,
    ];
    let mut expected: Vec<_> = scopes.iter().map(name).collect();
    let server = server(Public::Nothing).await;
    let subjects = subjects(&server, Public::Nothing).await;
    let names = subjects.iter().map(|it| it.name);
    let mut found: Vec<_> = names.filter(|name| name.starts_with("token ")).collect();
    expected.sort_unstable();
    found.sort_unstable();
    assert_eq!(found, expected);
    server.drain(()).await;
}

#[test]
fn every_message_is_tried() {
    let text = |(_, message)| Request::from(message).to_json();
    let texts: Vec<_> = messages().into_iter().map(text).collect();
    for name in Request::TYPES {
        let kind = format!(r#""type":"{name}""#);
        assert!(texts.iter().any(|it| it.contains(&kind)), "{name}");
    }
    assert_eq!(texts.len(), Request::TYPES.len());
}
