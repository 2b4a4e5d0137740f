//! Pages and files over HTTP.

use crate::support::{TestServer, exchange, get};

#[tokio::test(flavor = "multi_thread")]
async fn healthz_is_ok() {
    let server = TestServer::start(|_| ()).await;
    let answer = get(&server, "/healthz").await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "ok\n"));
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn responses_have_security_headers() {
    let server = TestServer::start(|_| ()).await;
    for path in ["/healthz", "/", "/no/such/page", "/ws", "/api/docs"] {
        let answer = get(&server, path).await;
        let policy = answer.header("Content-Security-Policy");
        assert!(
            policy.is_some_and(|it| it.contains("default-src 'none'")),
            "{path} {answer:?}"
        );
        assert!(
            policy.is_some_and(|it| it.contains("frame-ancestors 'none'")),
            "{path}"
        );
        assert!(
            policy.is_some_and(|it| !it.contains("unsafe-inline")),
            "{path}"
        );
        let features = answer.header("Permissions-Policy");
        assert!(
            features.is_some_and(|it| it.contains("camera=()")),
            "{path}"
        );
        for (name, value) in [
            ("X-Frame-Options", "DENY"),
            ("X-Content-Type-Options", "nosniff"),
            ("Referrer-Policy", "no-referrer"),
            ("Cross-Origin-Opener-Policy", "same-origin"),
            ("Cross-Origin-Resource-Policy", "same-origin"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{path}");
        }
    }
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn responses_have_a_request_id() {
    let server = TestServer::start(|_| ()).await;
    let mut ids = std::collections::HashSet::new();
    for path in ["/healthz", "/", "/no/such/page", "/ws", "/api/v1/hosts"] {
        let answer = get(&server, path).await;
        let id = answer.header("X-Request-Id").expect(path).to_owned();
        assert!(!id.is_empty() && ids.insert(id), "{path}: {ids:?}");
    }
    let host = server.address();
    for (sent, is_used) in [("abc-1", true), ("a b", false), (&"x".repeat(100), false)] {
        let request = format!(
            "GET /healthz HTTP/1.1\r\nHost: {host}\r\nX-Request-Id: {sent}\r\nConnection: close\r\n\r\n"
        );
        let answer = exchange(&server, &request).await;
        let id = answer.header("X-Request-Id").unwrap();
        assert_eq!(id == sent, is_used, "{sent}: {id}");
    }
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_paths_are_not_found() {
    let server = TestServer::start(|_| ()).await;
    for path in [
        "/nothing",
        "/pkg/nothing.js",
        "/pkg/../Cargo.toml",
        "/../Cargo.toml",
        "/pkg/%2e%2e/Cargo.toml",
        "//etc/passwd",
        "/pkg//etc/passwd",
        "/.git/config",
    ] {
        let answer = get(&server, path).await;
        assert_eq!(answer.status, 404, "{path} {answer:?}");
    }
    let host = server.address();
    let request = format!("DELETE /healthz HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    assert_eq!(exchange(&server, &request).await.status, 405);
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_oversized_request_head_is_refused() {
    let server = TestServer::start(|_| ()).await;
    let host = server.address();
    let long = "x".repeat(72 << 10);
    let request = format!("GET / HTTP/1.1\r\nHost: {host}\r\nX-Long: {long}\r\n\r\n");
    assert_eq!(exchange(&server, &request).await.status, 431);
    assert_eq!(
        exchange(&server, "this is not HTTP\r\n\r\n").await.status,
        400
    );
    assert_eq!(
        get(&server, "/healthz").await.status,
        200,
        "others are served"
    );
    server.drain(()).await;
}
