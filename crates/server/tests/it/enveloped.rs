//! The enveloped variant: its paths, its subprotocol, and its messages.

use crate::support::{Answer, RawViewer, TestServer, Viewer, deflate_offer, exchange, get, soon};
use protocol::{
    Envelope, EnvelopedMessage, ErrorCode, GapReason, KeyMetrics, Level, MetricsUpdate,
    ServerMessage, Stream,
};
use websocket::Message;

const OFFER: &str = "Sec-WebSocket-Protocol: chat, watchroom.envelope.v1\r\n";

/// A viewer of envelopes.
struct Client(RawViewer);

impl Client {
    async fn connect(server: &TestServer, path: &str, headers: &str) -> (Self, Answer) {
        let (viewer, answer) = RawViewer::ask(server, path, headers).await;
        assert_eq!(answer.status, 101, "{path}: {answer:?}");
        (Self(viewer), answer)
    }

    async fn at(server: &TestServer, path: &str) -> Self {
        Self::connect(server, path, "").await.0
    }

    /// The next message that is no client count.
    async fn next(&mut self) -> Envelope {
        soon("an envelope", async {
            loop {
                let text = self.0.next_text().await;
                let envelope =
                    Envelope::from_json(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
                if !matches!(
                    envelope.message,
                    EnvelopedMessage::Plain(ServerMessage::ClientCount(_))
                ) {
                    return envelope;
                }
            }
        })
        .await
    }

    /// The next matching message; others are skipped.
    async fn until<T>(&mut self, mut sought: impl FnMut(Envelope) -> Option<T>) -> T {
        loop {
            if let Some(found) = sought(self.next().await) {
                return found;
            }
        }
    }

    /// Reads the greeting and the answer to the preset subscription.
    async fn streams(&mut self) -> Vec<Stream> {
        let first = self.next().await;
        let EnvelopedMessage::ConnectionAck(greeting) = first.message else {
            panic!("the first message is {first:?}");
        };
        assert_eq!(greeting.protocol, protocol::PROTOCOL_VERSION);
        let second = self.next().await;
        let EnvelopedMessage::Plain(ServerMessage::Subscribed(subscribed)) = second.message else {
            panic!("the second message is {second:?}");
        };
        subscribed.streams
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_path_has_its_streams() {
    let server = TestServer::start(|_| ()).await;
    let table: [(&str, &[Stream]); 4] = [
        (
            "/dashboard",
            &[Stream::Metrics, Stream::Events, Stream::Alerts],
        ),
        ("/metrics", &[Stream::Metrics]),
        ("/notifications", &[Stream::Events, Stream::Alerts]),
        (
            "/notifications?streams=data,logs",
            &[Stream::Data, Stream::Logs],
        ),
    ];
    for (path, streams) in table {
        let (mut client, answer) = Client::connect(&server, path, "").await;
        assert_eq!(client.streams().await, streams, "{path}");
        let named = answer.header("Sec-WebSocket-Protocol");
        assert_eq!(named, None, "{path}: none was offered");
    }
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_subprotocol_selects_envelopes_at_any_path() {
    let server = TestServer::start(|_| ()).await;
    for path in ["/", "/ws/dashboard", "/dashboard", "/ws?streams=metrics"] {
        let (mut client, answer) = Client::connect(&server, path, OFFER).await;
        let named = answer.header("Sec-WebSocket-Protocol");
        assert_eq!(named, Some("watchroom.envelope.v1"), "{path}");
        assert!(client.streams().await.contains(&Stream::Metrics), "{path}");
    }
    // In any of several headers, among other subprotocols.
    let split = "Sec-WebSocket-Protocol: chat\r\nSec-WebSocket-Protocol: watchroom.envelope.v1\r\n";
    let (mut client, _) = Client::connect(&server, "/ws/metrics", split).await;
    client.streams().await;
    let (mut plain, answer) = RawViewer::ask(
        &server,
        "/ws/metrics",
        "Sec-WebSocket-Protocol: Watchroom.Envelope.V1\r\n",
    )
    .await;
    assert_eq!(answer.header("Sec-WebSocket-Protocol"), None);
    assert!(plain.next_text().await.contains(r#""type":"connection""#));
    server.drain((client, plain)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn other_requests_of_these_paths_are_not_found() {
    let server = TestServer::start(|_| ()).await;
    let host = server.address();
    for path in ["/dashboard", "/notifications"] {
        let answer = get(&server, path).await;
        assert_eq!(answer.status, 404, "{path}");
        assert!(answer.body.contains("WebSocket"), "{answer:?}");
        let request = format!("POST {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        assert_eq!(exchange(&server, &request).await.status, 405, "{path}");
    }
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_have_a_count_of_viewers_and_a_position() {
    let server = TestServer::start(|config| config.interval_ms = 100).await;
    let witness = Viewer::connect(&server, "/ws").await;
    let mut client = Client::at(&server, "/metrics").await;
    client.streams().await;
    // The first may be older.
    for _ in 0..2 {
        let (epoch, envelope) = (server.epoch(), client.next().await);
        let EnvelopedMessage::MetricsUpdate(MetricsUpdate { metrics, .. }) = envelope.message
        else {
            panic!("instead of a sample came {envelope:?}");
        };
        let KeyMetrics {
            cpu_usage,
            memory_usage,
            network_traffic,
            active_connections,
        } = metrics;
        assert!(cpu_usage.is_some_and(|it| (0.0..=100.0).contains(&it)));
        assert!(memory_usage.is_some_and(|it| (0.0..=100.0).contains(&it)));
        assert!(network_traffic.is_some());
        assert_eq!(active_connections, Some(2));
        let id = envelope.correlation_id.unwrap();
        let seq = id.strip_prefix(&format!("{epoch}:")).unwrap();
        assert!(seq.parse::<u64>().unwrap() <= server.head(), "{id}");
    }
    server.drain((witness, client)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_viewer_gets_the_same_envelopes() {
    const COUNT: usize = 10;
    let server = TestServer::start(|config| config.interval_ms = 100).await;
    let mut clients = [
        Client::connect(&server, "/metrics", "").await.0,
        Client::connect(&server, "/metrics", deflate_offer())
            .await
            .0,
    ];
    let mut heard = [Vec::new(), Vec::new()];
    for (client, heard) in clients.iter_mut().zip(&mut heard) {
        client.streams().await;
        while heard.len() < COUNT {
            heard.push(client.next().await);
        }
    }
    let first = heard[1].first().unwrap();
    let start = heard[0].iter().position(|it| it == first).unwrap();
    let both = COUNT - start;
    assert_eq!(heard[0][start..], heard[1][..both]);
    server.drain(clients).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn events_and_alerts_are_notifications() {
    let server = TestServer::start(|_| ()).await;
    let mut client = Client::at(&server, "/notifications").await;
    client.streams().await;
    let started = client
        .until(|envelope| match envelope.message {
            EnvelopedMessage::Notification(it) => Some(it),
            _ => None,
        })
        .await;
    assert_eq!(started.state, None);
    server.alert(Level::Warning, "cpu-high");
    let fired = client
        .until(|envelope| match envelope.message {
            EnvelopedMessage::Notification(it) => Some(it).filter(|it| it.state.is_some()),
            _ => None,
        })
        .await;
    assert_eq!(
        (fired.source.as_str(), fired.level),
        ("cpu-high", Level::Warning)
    );
    server.drain(client).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_and_responses_are_enveloped_too() {
    let server = TestServer::start(|config| config.interval_ms = 3_600_000).await;
    let mut witness = Viewer::connect(&server, "/ws/metrics").await;
    witness.until("a sample", |it| it.position).await;
    let mut client = Client::connect(&server, "/ws", OFFER).await.0;
    client.next().await;

    let mut ask = async |request: &str| {
        client.0.say(request).await;
        client.next().await
    };
    let pong = ask(r#"{"type":"ping","correlation_id":"a"}"#).await;
    assert_eq!(pong.correlation_id.as_deref(), Some("a"));
    assert!(
        matches!(&pong.message, EnvelopedMessage::Plain(ServerMessage::Pong(pong)) if pong.id.is_none()),
        "{pong:?}"
    );
    let pong = ask(r#"{"type":"ping","data":{"id":7}}"#).await;
    assert!(
        matches!(&pong.message, EnvelopedMessage::Plain(ServerMessage::Pong(pong)) if pong.id == Some(7)),
        "{pong:?}"
    );
    let error = ask(r#"{"type":"foo","correlation_id":"b"}"#).await;
    assert_eq!(error.correlation_id.as_deref(), Some("b"));
    assert!(
        matches!(&error.message, EnvelopedMessage::Plain(ServerMessage::Error(it)) if it.code == ErrorCode::InvalidMessage),
        "{error:?}"
    );
    let update = ask(r#"{"type":"request_metrics","correlation_id":"c"}"#).await;
    assert_eq!(update.correlation_id.as_deref(), Some("c"));
    assert!(
        matches!(&update.message, EnvelopedMessage::MetricsUpdate(it)
            if it.metrics.active_connections == Some(2)),
        "{update:?}"
    );
    let subscribed =
        ask(r#"{"type":"subscribe","data":{"streams":["logs"]},"correlation_id":"d"}"#).await;
    assert_eq!(subscribed.correlation_id.as_deref(), Some("d"));
    server.log(&["live"]);
    let line = client.next().await;
    assert!(
        matches!(&line.message, EnvelopedMessage::Plain(ServerMessage::Log(log)) if log.message == "live"),
        "{line:?}"
    );
    server.drain((witness, client)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gap_is_reported_in_an_envelope() {
    let server = TestServer::start(|_| ()).await;
    server.log(&["before"]);
    let mut client = Client::connect(&server, "/ws", OFFER).await.0;
    client.next().await;
    client
        .0
        .say(r#"{"type":"subscribe","data":{"streams":{"logs":{}},"epoch":"another","after":1}}"#)
        .await;
    client.next().await;
    let gap = client.next().await;
    assert!(
        matches!(&gap.message, EnvelopedMessage::Plain(ServerMessage::Gap(gap))
            if gap.stream == Stream::Logs && gap.reason == GapReason::Epoch),
        "{gap:?}"
    );
    server.drain(client).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_apply_to_enveloped_viewers() {
    let server = TestServer::start(|config| {
        config.limits.viewers = 2;
        config.limits.messages_per_second = 1;
        config.limits.messages_burst = 5;
    })
    .await;
    let witness = Client::at(&server, "/metrics").await;
    let mut client = Client::at(&server, "/dashboard").await;
    let (_, refused) = RawViewer::ask(&server, "/notifications", "").await;
    assert_eq!(refused.status, 503);
    for _ in 0..6 {
        client.0.say(r#"{"type":"ping"}"#).await;
    }
    assert_eq!(client.0.close_code().await, Some(4029));

    let foreign = "Origin: https://evil.example\r\n";
    let mut client = soon("a free seat", async {
        loop {
            let (viewer, answer) = RawViewer::ask(&server, "/dashboard", foreign).await;
            if answer.status == 101 {
                return viewer;
            }
        }
    })
    .await;
    let first = client.next().await;
    assert!(
        matches!(&first, Some(Message::Close(Some(reason))) if reason.code == 1008),
        "{first:?}"
    );
    server.drain((witness, client)).await;
}
