//! Server-Sent Events: the stream, its headers, and who may read it.

use crate::presets::assert_newest_and_live;
use crate::support::account::{create_token, first_admin};
use crate::support::{EventViewer, RawViewer, TestServer, Viewer, exchange, get, soon};
use loadtest::event_stream::Event;
use protocol::{Level, Received, ServerMessage, Stream};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// A server without messages of its own for a while.
async fn quiet_server() -> TestServer {
    TestServer::start(|config| config.interval_ms = 3_600_000).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_response_is_an_uncached_and_unbuffered_stream() {
    let server = TestServer::start(|_| ()).await;
    let mut viewer = EventViewer::connect(&server, "/api/events/all").await;
    let source = viewer.source();
    for (name, value) in [
        ("Content-Type", "text/event-stream"),
        ("Cache-Control", "no-cache"),
        ("X-Accel-Buffering", "no"),
    ] {
        assert_eq!(source.answer.header(name), Some(value));
    }
    assert!((1_000..3_000).contains(&source.retry_ms.unwrap()));
    assert_eq!(viewer.greeting.epoch, server.epoch());
    assert_eq!(viewer.greeting.client_count, 1);
    let next = viewer.next().await.message;
    assert!(matches!(next, Ok(ServerMessage::Subscribed(_))), "{next:?}");
    server.drain(viewer).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_stream_starts_with_its_newest_message() {
    let server = quiet_server().await;
    server.log(&["older", "newest"]);
    server.alert(Level::Info, "older");
    server.alert(Level::Info, "newest");
    let mut viewer = EventViewer::connect(&server, "/api/events?streams=logs,alerts").await;
    viewer.subscribed().await;
    let before = viewer.last_event_id().to_owned();
    let newest = assert_newest_and_live(&server, &mut viewer).await;
    assert_eq!(before, format!("{}:{}", server.epoch(), newest - 1));
    server.drain(viewer).await;
}

/// The viewer verifies the name and `id` of each event; this test has every kind of event.
#[tokio::test(flavor = "multi_thread")]
async fn only_events_with_a_position_have_an_id() {
    let server = TestServer::start(|config| config.demo_rate = 50).await;
    let mut viewer = EventViewer::connect(&server, "/api/events/all").await;
    server.log(&["a line"]);
    server.alert(Level::Info, "a rule");
    let mut unseen: BTreeSet<_> = Stream::PRESET.into_iter().collect();
    while !unseen.is_empty() {
        let Some(position) = viewer.next().await.position else {
            continue;
        };
        unseen.remove(&position.stream);
        let id = format!("{}:{}", server.epoch(), position.seq);
        assert_eq!(viewer.last_event_id(), id);
    }
    let other = EventViewer::connect(&server, "/api/events/all").await;
    viewer.until_count(2).await;
    server.drain((viewer, other)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_messages_equal_those_of_a_websocket() {
    const COUNT: usize = 100;
    let server = TestServer::start(|config| config.demo_rate = 200).await;
    let mut events = EventViewer::connect(&server, "/api/events/all").await;
    let mut frames = RawViewer::connect(&server, "/ws/dashboard", "").await;
    // From a message that both receive live.
    let from = server.head() + 10;
    let is_wanted = |text: &String| {
        let position = Received::parse(text).position;
        position.is_some_and(|position| position.seq >= from)
    };
    let (mut heard, mut seen) = (Vec::new(), Vec::new());
    while heard.len() < COUNT {
        heard.extend(Some(events.next_text().await).filter(is_wanted));
    }
    while seen.len() < COUNT {
        seen.extend(Some(frames.next_text().await).filter(is_wanted));
    }
    assert_eq!(heard, seen);
    server.drain((events, frames)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_and_unknown_streams_are_refused() {
    let server = quiet_server().await;
    for (path, named) in [
        ("/api/events", "missing"),
        ("/api/events?last_event_id=x:1", "missing"),
        ("/api/events?streams=weather", "metrics"),
        ("/api/events/all?streams=logs,,alerts", "metrics"),
    ] {
        let answer = get(&server, path).await;
        assert_eq!(answer.status, 400, "{path}");
        assert!(
            answer.body.contains("`streams`") && answer.body.contains(named),
            "{answer:?}"
        );
    }
    assert_eq!(get(&server, "/api/events/weather").await.status, 404);
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_is_only_read() {
    let server = quiet_server().await;
    let mut witness = EventViewer::connect(&server, "/api/events/alerts").await;
    witness.until_count(1).await;
    let ask = async |method: &str| {
        let host = server.address();
        let request = format!(
            "{method} /api/events/all HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\
             Content-Length: 0\r\n\r\n"
        );
        exchange(&server, &request).await
    };
    let head = ask("HEAD").await;
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    assert_eq!(head.header("Content-Type"), Some("text/event-stream"));
    for method in ["POST", "PUT", "DELETE"] {
        let answer = ask(method).await;
        assert_eq!(answer.status, 405, "{method}");
        let allowed = answer.header("Allow");
        assert!(allowed.is_some_and(|it| it.contains("GET")), "{answer:?}");
    }
    // The viewer of the HEAD request is not counted.
    let next = EventViewer::connect(&server, "/api/events/alerts").await;
    assert_eq!(next.greeting.client_count, 2);
    server.drain((witness, next)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_allowed_origins_may_read() {
    const PATH: &str = "/api/events/alerts";
    let server = TestServer::start(|_| ()).await;
    let mut local =
        EventViewer::connect_with(&server, PATH, "Origin: http://localhost:3000\r\n").await;
    let answer = &local.source().answer;
    assert_eq!(
        answer.header("Access-Control-Allow-Origin"),
        Some("http://localhost:3000")
    );
    let admin = first_admin(&server).await;
    let token = create_token(&server, &admin, &["read"]).await.token;
    let bearer = format!("Authorization: Bearer {token}\r\n");
    drop(local);
    let server = server.reconfigured(|config| {
        config.allowed_origins = vec!["https://board.example".into()];
    });
    let server = server.restart().await;
    let host = server.address();
    let own = format!("http://{host}");
    for origin in [own.as_str(), "https://board.example"] {
        let headers = format!("Origin: {origin}\r\n{bearer}");
        let mut viewer = EventViewer::connect_with(&server, PATH, &headers).await;
        let answer = &viewer.source().answer;
        assert_eq!(answer.header("Access-Control-Allow-Origin"), Some(origin));
        let vary = answer.header("Vary").unwrap_or_default();
        assert!(vary.contains("origin"), "{answer:?}");
    }
    let mut program = EventViewer::connect_with(&server, PATH, &bearer).await;
    let answer = &program.source().answer;
    assert_eq!(answer.header("Access-Control-Allow-Origin"), None);

    // A cookie is the visitor's: what comes by it is not for pages of other origins.
    for (credentials, shared) in [(&admin.0, None), (&bearer, Some("https://board.example"))] {
        let request = format!(
            "GET /api/v1/series HTTP/1.1\r\nHost: {host}\r\nOrigin: https://board.example\r\n\
             Connection: close\r\n{credentials}\r\n"
        );
        let answer = exchange(&server, &request).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.header("Access-Control-Allow-Origin"), shared);
        assert_eq!(answer.header("Access-Control-Allow-Credentials"), None);
    }

    for path in [PATH, "/api/v1/series", "/api/openapi.json"] {
        for origin in [
            "https://evil.example",
            "null",
            "http://192.0.2.7",
            "http://localhost:3000",
        ] {
            let request = format!(
                "GET {path} HTTP/1.1\r\nHost: {host}\r\nOrigin: {origin}\r\nConnection: close\r\n{bearer}\r\n"
            );
            let answer = exchange(&server, &request).await;
            assert_eq!(answer.status, 403, "{origin}");
            assert_eq!(answer.header("Access-Control-Allow-Origin"), None);
            assert!(
                answer.body.contains(origin) && answer.body.contains("`allowed_origins`"),
                "{answer:?}"
            );
        }
    }
    let request = format!("GET {PATH} HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n");
    assert_eq!(exchange(&server, &request).await.status, 421);
    server.drain(program).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preflight_is_answered() {
    let server = TestServer::start(|_| ()).await;
    let ask = async |method: &str, path: &str, origin: &str| {
        let host = server.address();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nOrigin: {origin}\r\n\
             Access-Control-Request-Method: GET\r\n\
             Access-Control-Request-Headers: last-event-id\r\nConnection: close\r\n\r\n"
        );
        exchange(&server, &request).await
    };
    let local = "http://localhost:3000";
    let (mut answers, mut refusals) = (BTreeSet::new(), BTreeSet::new());
    // Whatever the path: a preflight does not reveal what there is.
    for path in [
        "/api/events",
        "/api/events/metrics",
        "/api/v1/series",
        "/api/v1/users",
        "/api/v1/nothing",
        "/nothing",
        "/",
    ] {
        let allowed = ask("OPTIONS", path, local).await;
        assert_eq!(allowed.status, 200, "{path}");
        let header = |name| {
            allowed
                .header(name)
                .unwrap_or_default()
                .to_ascii_lowercase()
        };
        assert_eq!(header("Access-Control-Allow-Origin"), local);
        assert!(header("Access-Control-Allow-Headers").contains("last-event-id"));
        let methods = header("Access-Control-Allow-Methods");
        assert!(
            methods.contains("get") && !methods.contains("post"),
            "{methods}"
        );
        assert_eq!(allowed.header("Access-Control-Allow-Credentials"), None);

        assert_ne!(header("Access-Control-Allow-Origin"), "*");
        answers.insert(allowed.without_headers(&["x-request-id", "date"]));

        let refused = ask("OPTIONS", path, "https://evil.example").await;
        assert_eq!(refused.status, 403, "{path}");
        assert_eq!(refused.header("Access-Control-Allow-Origin"), None);
        refusals.insert(refused.without_headers(&["x-request-id", "date"]));
    }
    assert_eq!((answers.len(), refusals.len()), (1, 1), "{answers:?}");
    let answer = ask("GET", "/api/v1/series", local).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("Access-Control-Allow-Origin"), Some(local));
    assert!(
        answer
            .header("Vary")
            .is_some_and(|it| it.contains("origin"))
    );
    let page = ask("GET", "/", local).await;
    assert_eq!(
        page.header("Access-Control-Allow-Origin"),
        None,
        "only data"
    );
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn event_viewers_are_counted_and_receive_the_count() {
    let server = quiet_server().await;
    let mut listener = EventViewer::connect(&server, "/api/events/alerts").await;
    listener.until_count(1).await;
    let mut viewer = Viewer::connect(&server, "/ws").await;
    assert_eq!(viewer.greeting.client_count, 2);
    listener.until_count(2).await;
    let other = EventViewer::connect(&server, "/api/events?streams=logs").await;
    assert_eq!(other.greeting.client_count, 3);
    listener.until_count(3).await;
    viewer.until_count(3).await;
    drop(other);
    listener.until_count(2).await;
    drop(viewer);
    listener.until_count(1).await;
    server.drain(listener).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn beyond_the_limit_viewers_are_refused_until_one_leaves() {
    const PATH: &str = "/api/events/alerts";
    let server = TestServer::start(|config| config.limits.viewers = 2).await;
    let first = EventViewer::connect(&server, PATH).await;
    let mut second = Viewer::connect(&server, "/ws").await;
    let refused = get(&server, PATH).await;
    assert_eq!(refused.status, 503);
    assert!(refused.header("Retry-After").is_some(), "{refused:?}");
    assert!(refused.body.contains("too many viewers"), "{refused:?}");

    drop(first);
    second.until_count(1).await;
    let third = EventViewer::connect(&server, PATH).await;
    assert_eq!(third.greeting.client_count, 2);
    server.drain((second, third)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quiet_stream_has_a_comment_per_heartbeat() {
    const HEARTBEAT: Duration = Duration::from_millis(300);
    let server = TestServer::start(|config| config.heartbeat_ms = 300).await;
    let start = Instant::now();
    let mut viewer = EventViewer::connect(&server, "/api/events?streams=logs").await;
    assert_eq!(viewer.greeting.heartbeat_ms, 300);
    viewer.subscribed().await;
    let source = viewer.source();
    soon("three heartbeats", async {
        for beats in 1..=3 {
            let block = loop {
                let block = source.next_block().await.unwrap();
                // Client counts come at any time.
                if Event::parse(&block).name != Some("client_count") {
                    break block;
                }
            };
            assert_eq!(block, ": heartbeat\n\n");
            // One may arrive late and the next soon after it, but none is sent early.
            let took = start.elapsed();
            assert!(took >= beats * HEARTBEAT, "{beats} in {took:?}");
        }
    })
    .await;
    server.log(&["no comment"]);
    assert_eq!(viewer.next_line().await, "no comment");
    server.drain(viewer).await;
}
