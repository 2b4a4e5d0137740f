//! Signing in, one's own account, users and API tokens.

use crate::support::account::{
    Credentials, PASSWORD, add_user, ask, command, create_token, first_admin, head, send, sign_in,
};
use crate::support::postgres;
use crate::support::{Answer, RawViewer, Samples, TestServer, exchange, exposed};
use accounts::TotpSecret;
use protocol::Timestamp;
use protocol::account::{
    AccessToken, AccountInfo, CreatedToken, RecoveryCodes, Role, SessionList, SignInResponse,
    TokenList, UserList, UserPreferences,
};
use serde::Serialize;
use serde_json::json;

async fn try_sign_in(server: &TestServer, body: &impl Serialize) -> Answer {
    send(
        server,
        &Credentials::none(),
        "POST",
        "/api/v1/auth/login",
        body,
    )
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn login_is_off_until_there_is_a_user() {
    let server = TestServer::start(|_| ()).await;
    let none = Credentials::none();
    let account: AccountInfo = ask(&server, &none, "GET", "/api/v1/account").await.json();
    assert!(!account.login_required && account.user.is_none());
    let first = json!({"name": "bob", "password": PASSWORD, "role": "admin"});
    let answer = send(&server, &none, "POST", "/api/v1/users", &first).await;
    assert_eq!(answer.status, 403, "whoever reaches it may be anybody");
    assert!(answer.body.contains("setup-link"), "{answer:?}");
    let viewer =
        json!({"command": "add_user", "name": "bob", "password": PASSWORD, "role": "viewer"});
    let answer = command(&server, &viewer).await;
    assert!(answer.contains("has to be an admin"), "{answer}");
    let admin = first_admin(&server).await;
    let account: AccountInfo = ask(&server, &admin, "GET", "/api/v1/account").await.json();
    let user = account.user.expect("a user");
    assert_eq!(
        (account.login_required, user.name.as_str(), user.role),
        (true, "admin", Role::Admin)
    );
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_setup_link_creates_the_first_user_also_while_login_is_off() {
    let server = TestServer::start(|_| ()).await;
    let link = command(&server, &json!({"command": "setup_link"})).await;
    let key = link.split('#').nth(1).and_then(|it| it.split('"').next());
    let body = json!({"key": key, "name": "alice", "password": PASSWORD});
    let none = Credentials::none();
    let answer = send(&server, &none, "POST", "/api/v1/auth/setup", &body).await;
    let alice = Credentials::of_cookie(&answer);
    let users = ask(&server, &alice, "GET", "/api/v1/users").await;
    assert_eq!(users.json::<UserList>().users[0].role, Role::Admin);
    let anonymous = ask(&server, &none, "GET", "/api/v1/hosts").await;
    assert_eq!(anonymous.status, 401);
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_a_store_has_no_accounts() {
    let server = TestServer::in_memory().await;
    let new = json!({"name": "bob", "password": PASSWORD, "role": "admin"});
    let answer = send(&server, &Credentials::none(), "POST", "/api/v1/users", &new).await;
    assert_eq!(answer.status, 404);
    assert!(answer.body.contains("stores nothing"), "{answer:?}");
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_and_an_unknown_user_are_answered_alike_and_later_and_later() {
    let server = TestServer::start(|_| ()).await;
    let _admin = first_admin(&server).await;
    let wrong = json!({"name": "admin", "password": "a wrong password"});
    let unknown = json!({"name": "nobody", "password": "a wrong password"});
    let [a, b] = [
        try_sign_in(&server, &wrong).await,
        try_sign_in(&server, &unknown).await,
    ];
    assert_eq!((a.status, &a.body), (401, &b.body));
    assert_eq!(b.status, 401);
    let mut refused = None;
    for _ in 0..4 {
        let answer = try_sign_in(&server, &wrong).await;
        if answer.status == 429 {
            refused = answer.header("Retry-After").map(str::to_owned);
            break;
        }
    }
    let seconds: u64 = refused.expect("a delay").parse().expect("seconds");
    assert!((1..=61).contains(&seconds), "{seconds}");
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_time_codes_and_recovery_codes_count_once() {
    let server = TestServer::start(|_| ()).await;
    let admin = first_admin(&server).await;
    let secret = ask(&server, &admin, "POST", "/api/v1/account/totp").await;
    let secret: protocol::account::TotpSecret = secret.json();
    assert!(
        secret.uri.starts_with("otpauth://totp/Watchroom:admin?"),
        "{}",
        secret.uri
    );
    let codes = Codes::of(&secret.secret);
    let wrong = json!({"code": "000000x"});
    let answer = send(
        &server,
        &admin,
        "POST",
        "/api/v1/account/totp/confirm",
        &wrong,
    )
    .await;
    assert_eq!(answer.status, 401);
    let first = codes.now();
    let confirmation = json!({"code": first});
    let answer = send(
        &server,
        &admin,
        "POST",
        "/api/v1/account/totp/confirm",
        &confirmation,
    )
    .await;
    let recovery = answer.json::<RecoveryCodes>().codes;
    assert_eq!(recovery.len(), 10);

    let with = |code: Option<&str>| json!({"name": "admin", "password": PASSWORD, "code": code});
    // However often somebody forgets the code, that is no wrong attempt.
    for _ in 0..12 {
        let answer = try_sign_in(&server, &with(None)).await;
        assert!(
            matches!(answer.json(), SignInResponse::CodeRequired),
            "{answer:?}"
        );
        assert_eq!(answer.header("Set-Cookie"), None);
    }
    assert_eq!(
        try_sign_in(&server, &with(Some(&first))).await.status,
        401,
        "used to confirm"
    );
    let answer = try_sign_in(&server, &with(Some(&recovery[3].to_uppercase()))).await;
    assert!(matches!(answer.json(), SignInResponse::SignedIn(_)));
    assert_eq!(
        try_sign_in(&server, &with(Some(&recovery[3]))).await.status,
        401,
        "once"
    );
    server.drain(()).await;
}

/// An authenticator.
pub(crate) struct Codes(TotpSecret);

impl Codes {
    pub(crate) fn of(base32: &str) -> Self {
        const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        let mut bits = String::new();
        for character in base32.chars() {
            let value = ALPHABET.find(character).expect("base32");
            bits.push_str(&format!("{value:05b}"));
        }
        let bytes = bits.as_bytes().chunks_exact(8);
        let bytes = bytes.map(|it| u8::from_str_radix(str::from_utf8(it).unwrap(), 2).unwrap());
        Self(TotpSecret::from_bytes(&bytes.collect::<Vec<_>>()).expect("20 bytes"))
    }

    pub(crate) fn now(&self) -> String {
        let now_s = Timestamp::now().unix_ms().unsigned_abs() / 1_000;
        self.0.code(now_s / 30)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_to_set_up_codes_does_nothing_else_before() {
    let server = TestServer::start(|_| ()).await;
    let admin = first_admin(&server).await;
    add_user(&server, &admin, "bob", Role::Operator).await;
    let bob = sign_in(&server, "bob").await;
    let mut socket = RawViewer::connect(&server, "/ws", &bob.0).await;
    let answer = send(
        &server,
        &admin,
        "PATCH",
        "/api/v1/users/bob",
        &json!({"totp": true}),
    )
    .await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(crate::support::account::close_code(&mut socket).await, 4003);
    let refused = ask(&server, &bob, "GET", "/api/v1/hosts").await;
    assert_eq!(refused.status, 403);
    assert!(refused.body.contains("one-time codes"), "{refused:?}");
    assert_eq!(
        ask(&server, &bob, "POST", "/api/v1/account/totp")
            .await
            .status,
        200
    );
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_ends_the_other_sessions() {
    let server = TestServer::start(|_| ()).await;
    let admin = first_admin(&server).await;
    let other = sign_in(&server, "admin").await;
    let sessions: SessionList = ask(&server, &admin, "GET", "/api/v1/account/sessions")
        .await
        .json();
    assert_eq!(sessions.sessions.len(), 2);
    let change = json!({"current": "not the password", "new": "another horse battery"});
    let path = "/api/v1/account/password";
    assert_eq!(
        send(&server, &admin, "POST", path, &change).await.status,
        403
    );
    let weak = json!({"current": PASSWORD, "new": "short"});
    assert_eq!(send(&server, &admin, "POST", path, &weak).await.status, 422);
    let change = json!({"current": PASSWORD, "new": "another horse battery"});
    assert_eq!(
        send(&server, &admin, "POST", path, &change).await.status,
        204
    );
    assert_eq!(
        ask(&server, &admin, "GET", "/api/v1/hosts").await.status,
        200
    );
    assert_eq!(
        ask(&server, &other, "GET", "/api/v1/hosts").await.status,
        401
    );
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn there_is_always_an_admin() {
    let server = TestServer::start(|_| ()).await;
    let admin = first_admin(&server).await;
    let path = "/api/v1/users/admin";
    let demotion = json!({"role": "viewer"});
    assert_eq!(
        send(&server, &admin, "PATCH", path, &demotion).await.status,
        409
    );
    assert_eq!(ask(&server, &admin, "DELETE", path).await.status, 409);
    add_user(&server, &admin, "Carol", Role::Admin).await;
    let same = json!({"name": "cAROL", "password": PASSWORD, "role": "viewer"});
    assert_eq!(
        send(&server, &admin, "POST", "/api/v1/users", &same)
            .await
            .status,
        409
    );
    assert_eq!(
        send(&server, &admin, "PATCH", path, &demotion).await.status,
        200
    );
    let carol = sign_in(&server, "carol").await;
    let users: UserList = ask(&server, &carol, "GET", "/api/v1/users").await.json();
    let names: Vec<_> = users
        .users
        .iter()
        .map(|it| (it.name.as_str(), it.role))
        .collect();
    assert_eq!(names, [("admin", Role::Viewer), ("Carol", Role::Admin)]);
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_has_at_most_the_rights_of_who_creates_it() {
    let server = TestServer::start(|_| ()).await;
    let admin = first_admin(&server).await;
    add_user(&server, &admin, "bob", Role::Viewer).await;
    let bob = sign_in(&server, "bob").await;
    let created = create_token(&server, &bob, &["read"]).await;
    assert!(created.token.starts_with("wr_") && created.info.expires_ms.is_some());
    for (scopes, status) in [
        (json!(["ingest"]), 403),
        (json!(["admin"]), 403),
        (json!([]), 422),
        (json!(["write"]), 422),
    ] {
        let new = json!({"name": "x", "scopes": scopes});
        let answer = send(&server, &bob, "POST", "/api/v1/tokens", &new).await;
        assert_eq!(answer.status, status, "{answer:?}");
    }
    create_token(&server, &admin, &["ingest"]).await;
    let count = async |by: &Credentials| {
        let list: TokenList = ask(&server, by, "GET", "/api/v1/tokens").await.json();
        assert!(list.tokens.iter().all(|it| !it.scopes.is_empty()));
        list.tokens.len()
    };
    assert_eq!((count(&bob).await, count(&admin).await), (1, 2));
    let entry = json!({"type": "event", "message": "released 4.19"});
    let path = "/api/v1/ingest";
    assert_eq!(
        send(
            &server,
            &Credentials::bearer(&created.token),
            "POST",
            path,
            &entry
        )
        .await
        .status,
        403
    );
    let token = Credentials::bearer(&create_token(&server, &admin, &["ingest"]).await.token);
    assert_eq!(
        send(&server, &token, "POST", path, &entry).await.status,
        200
    );
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_get_a_json_web_token_that_ends_with_its_session() {
    let server = TestServer::start(|config| {
        config.jwt_secret = "a secret of the tests with more than 32 bytes".into();
    })
    .await;
    let admin = first_admin(&server).await;
    let body = json!({"name": "admin", "password": PASSWORD});
    let answer = send(
        &server,
        &Credentials::none(),
        "POST",
        "/api/v1/auth/token",
        &body,
    )
    .await;
    let token: AccessToken = answer.json();
    let token = Credentials::bearer(&token.token);
    assert_eq!(
        ask(&server, &token, "GET", "/api/v1/users").await.status,
        200
    );
    let mut socket = RawViewer::connect(&server, "/ws/dashboard", &token.0).await;
    assert!(socket.next_message().await.message.is_ok());
    let ended = ask(&server, &admin, "DELETE", "/api/v1/account/sessions").await;
    assert_eq!(ended.status, 204);
    assert_eq!(crate::support::account::close_code(&mut socket).await, 4001);
    assert_eq!(
        ask(&server, &token, "GET", "/api/v1/users").await.status,
        401
    );
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn preferences_come_along_to_another_browser() {
    let server = TestServer::start(|_| ()).await;
    let admin = first_admin(&server).await;
    let path = "/api/v1/account/preferences";
    let preferences = json!({"theme": "dark", "interval_ms": 5_000});
    assert_eq!(
        send(&server, &admin, "PUT", path, &preferences)
            .await
            .status,
        204
    );
    let other = sign_in(&server, "admin").await;
    let found: UserPreferences = ask(&server, &other, "GET", path).await.json();
    assert_eq!(
        (found.theme.as_deref(), found.interval_ms),
        (Some("dark"), Some(5_000))
    );
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_error_repeats_what_was_sent() {
    let server = TestServer::start(|_| ()).await;
    let none = Credentials::none();
    for body in [
        json!({"name": "a", "password": {"hunter2": 1}}),
        json!({"name": "a", "password": "hunter2", "role": "hunter2"}),
        json!(["hunter2"]),
        json!("hunter2"),
    ] {
        for path in ["/api/v1/users", "/api/v1/auth/login", "/api/v1/auth/setup"] {
            let answer = send(&server, &none, "POST", path, &body).await;
            assert!(
                matches!(answer.status, 400 | 422 | 401),
                "{path}: {answer:?}"
            );
            assert!(!answer.body.contains("hunter2"), "{path}: {answer:?}");
        }
    }
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_request_through_a_proxy_turns_login_on_for_good() {
    let server = TestServer::start(|_| ()).await;
    let none = Credentials::none();
    assert_eq!(
        ask(&server, &none, "GET", "/api/v1/hosts").await.status,
        200
    );
    // As Caddy sends it, with the name that its client asked for.
    let request = "GET /api/v1/hosts HTTP/1.1\r\nHost: board.example\r\nConnection: close\r\n\
                   X-Forwarded-For: 192.0.2.7\r\n\r\n";
    let refused = exchange(&server, request).await;
    assert_eq!(refused.status, 403, "{refused:?}");
    assert!(refused.body.contains("setup-link"), "{refused:?}");
    assert_eq!(
        ask(&server, &none, "GET", "/api/v1/hosts").await.status,
        401
    );
    let server = server.restart().await;
    assert_eq!(
        ask(&server, &none, "GET", "/api/v1/hosts").await.status,
        401
    );
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_store_users_stay_signed_in_and_a_proxy_still_turns_login_on() {
    let postgres = postgres::Server::own().await;
    let [one, other] = [
        postgres.clone().new_database().await,
        postgres.clone().new_database().await,
    ];
    let behind_proxy = TestServer::start(|config| {
        config.database_url = one.url().into();
        config.trusted_proxies = vec!["127.0.0.1".into()];
        config.proxy_user_header = "x-forwarded-user".into();
    })
    .await;
    let login_off = TestServer::start(|config| config.database_url = other.url().into()).await;
    let proxied = |user: &str| {
        Credentials(format!(
            "X-Forwarded-For: 192.0.2.7\r\nX-Forwarded-User: {user}\r\n"
        ))
    };
    let account = async |server, credentials: &Credentials| -> AccountInfo {
        ask(server, credentials, "GET", "/api/v1/account")
            .await
            .json()
    };
    let none = Credentials::none();
    assert!(
        account(&behind_proxy, &proxied("erin"))
            .await
            .user
            .is_some()
    );
    postgres.kill();

    assert!(
        account(&behind_proxy, &proxied("erin"))
            .await
            .user
            .is_some()
    );
    let new = head(&behind_proxy, &proxied("frank"), "GET", "/api/v1/account").await;
    assert_eq!(
        (new.status, new.header("Retry-After").is_some()),
        (503, true),
        "whether this user may read is not known: {new:?}"
    );

    assert!(!account(&login_off, &none).await.login_required);
    let refused = ask(&login_off, &proxied("erin"), "GET", "/api/v1/account").await;
    assert_eq!(refused.status, 403, "{refused:?}");
    assert!(account(&login_off, &none).await.login_required);
    postgres.start().await;
    behind_proxy.drain(()).await;
    login_off.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trusted_proxy_names_its_users() {
    let server = TestServer::start(|config| {
        config.trusted_proxies = vec!["127.0.0.1".into()];
        config.proxy_user_header = "x-forwarded-user".into();
    })
    .await;
    let proxied = |user: &str| {
        Credentials(format!(
            "X-Forwarded-For: 192.0.2.7\r\nX-Forwarded-User: {user}\r\n"
        ))
    };
    let account: AccountInfo = ask(&server, &proxied("erin"), "GET", "/api/v1/account")
        .await
        .json();
    let user = account.user.expect("a user");
    assert_eq!(
        (user.name.as_str(), user.role),
        ("proxy:erin", Role::Viewer)
    );
    assert_eq!(
        ask(&server, &proxied("erin"), "GET", "/api/v1/hosts")
            .await
            .status,
        200
    );
    assert_eq!(
        ask(&server, &proxied("erin"), "GET", "/api/v1/users")
            .await
            .status,
        403
    );
    let without_proxy = Credentials("X-Forwarded-User: erin\r\n".into());
    assert_eq!(
        ask(&server, &without_proxy, "GET", "/api/v1/hosts")
            .await
            .status,
        401
    );
    server.drain(()).await;
}

/// Sign-ins of many names from many addresses, as a proxy passes them on, so that nothing delays them.
#[tokio::test(flavor = "multi_thread")]
async fn at_most_two_passwords_are_hashed_at_the_same_time() {
    const VISITORS: usize = 12;
    let (server, reader) = exposed(|config| {
        config.trusted_proxies = vec!["127.0.0.1".into()];
    })
    .await;
    let before = password_hashes(&server, &reader).await;
    let visits = (0..VISITORS).map(|number| {
        let body = json!({"name": format!("visitor-{number}"), "password": "a guess of many"});
        let from = Credentials(format!("X-Forwarded-For: 192.0.2.{number}\r\n"));
        let server = &server;
        async move {
            send(server, &from, "POST", "/api/v1/auth/login", &body)
                .await
                .status
        }
    });
    let statuses = futures_util::future::join_all(visits).await;
    assert_eq!(statuses, [401; VISITORS]);
    let after = password_hashes(&server, &reader).await;
    assert_eq!(
        after.0 - before.0,
        VISITORS as f64,
        "unknown names cost as much"
    );
    assert!((1.0..=2.0).contains(&after.1), "{after:?}");
    server.drain(()).await;
}

/// How many there were, and how many at the same time at most.
async fn password_hashes(server: &TestServer, reader: &Credentials) -> (f64, f64) {
    let text = ask(server, reader, "GET", "/metrics").await.body;
    let samples = Samples::parse(&text, false);
    (
        samples.value("watchroom_password_hashes_total"),
        samples.value("watchroom_password_hashes_concurrent_max"),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn preferences_are_such_as_the_page_has() {
    let server = TestServer::start(|_| ()).await;
    let admin = first_admin(&server).await;
    let path = "/api/v1/account/preferences";
    for wrong in [
        json!({"theme": "pink"}),
        json!({"start_page": "https://evil.example"}),
        json!({"start_page": "//evil.example"}),
        json!({"start_page": "/?host="}),
        json!({"start_page": "/?host=a\r\nSet-Cookie: a=b"}),
        json!({"start_page": "/users"}),
    ] {
        let answer = send(&server, &admin, "PUT", path, &wrong).await;
        assert_eq!(answer.status, 422, "{wrong}: {answer:?}");
    }
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_start_page_follows_a_sign_in_and_a_bookmark() {
    let server = TestServer::start(|_| ()).await;
    let admin = first_admin(&server).await;
    let at = async |path: &str, headers: &str| {
        let credentials = Credentials(format!("{}{headers}", admin.0));
        let answer = head(&server, &credentials, "GET", path).await;
        let location = answer.header("Location").map(str::to_owned);
        (answer.status == 303).then_some(location).flatten()
    };
    let bookmark = "Sec-Fetch-Site: none\r\nSec-Fetch-Mode: navigate\r\n";
    let link = "Sec-Fetch-Site: same-origin\r\nSec-Fetch-Mode: navigate\r\n";
    assert_eq!(at("/", bookmark).await, None, "nothing is chosen");
    assert_eq!(at("/?start", link).await.as_deref(), Some("/"));
    let own = server.journal().own().name().to_owned();
    let own = format!("/?host={own}");
    for (page, leads_to) in [
        ("/alerts", "/alerts"),
        (own.as_str(), own.as_str()),
        ("/?host=gone", "/"),
    ] {
        let preferences = json!({"start_page": page});
        let path = "/api/v1/account/preferences";
        let answer = send(&server, &admin, "PUT", path, &preferences).await;
        assert_eq!(answer.status, 204, "{answer:?}");
        assert_eq!(at("/?start", link).await.as_deref(), Some(leads_to));
        let expected = Some(leads_to).filter(|it| *it != "/");
        assert_eq!(at("/", bookmark).await.as_deref(), expected);
        for (path, headers) in [("/", link), ("/", ""), ("/?from=now-1h", bookmark)] {
            assert_eq!(at(path, headers).await, None, "{path} {headers}");
        }
    }
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn names_that_others_give_are_exact() {
    let server = TestServer::start(|config| {
        config.trusted_proxies = vec!["127.0.0.1".into()];
        config.proxy_user_header = "x-forwarded-user".into();
    })
    .await;
    for user in ["erin", "Erin"] {
        let proxied = Credentials(format!(
            "X-Forwarded-For: 192.0.2.7\r\nX-Forwarded-User: {user}\r\n"
        ));
        let account: AccountInfo = ask(&server, &proxied, "GET", "/api/v1/account")
            .await
            .json();
        assert_eq!(account.user.expect("a user").name, format!("proxy:{user}"));
    }
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_creates_none_that_outlives_it() {
    let server = TestServer::start(|_| ()).await;
    let admin = first_admin(&server).await;
    let body = json!({"name": "a day", "scopes": ["admin"], "expires_days": 1});
    let first = send(&server, &admin, "POST", "/api/v1/tokens", &body).await;
    let first: CreatedToken = serde_json::from_str(&first.body).unwrap();
    let bearer = Credentials::bearer(&first.token);
    let body = json!({"name": "ten years", "scopes": ["read"], "expires_days": 3_650});
    let second = send(&server, &bearer, "POST", "/api/v1/tokens", &body).await;
    let second: CreatedToken = serde_json::from_str(&second.body).unwrap();
    assert_eq!(second.info.expires_ms, first.info.expires_ms);
    server.drain(()).await;
}
