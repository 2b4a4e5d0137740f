//! Requests that are answered outside the log: the newest metrics, the server's time.

use crate::support::{RawViewer, TestServer, Viewer};
use protocol::{
    ClientMessage, Ping, Received, Request, RequestMetrics, ServerMessage, Stream, Timestamp,
};

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_metrics_are_sent_to_the_requesting_viewer_only() {
    let server = TestServer::start(|config| config.interval_ms = 3_600_000).await;
    let mut witness = Viewer::connect(&server, "/ws/metrics").await;
    let sampled = witness
        .until("a sample", |received| match &received.message {
            Ok(ServerMessage::Metrics(metrics)) => Some(metrics.clone()),
            _ => None,
        })
        .await;

    let mut viewer = RawViewer::connect(&server, "/ws", "").await;
    viewer.next_message().await;
    let request = Request {
        correlation_id: Some("a \"quoted\" id".into()),
        message: ClientMessage::RequestMetrics(RequestMetrics::default()),
    };
    viewer.say(&request.to_json()).await;
    let text = loop {
        let text = viewer.next_text().await;
        if text.contains("metrics") {
            break text;
        }
    };
    let received = Received::parse(&text);
    assert_eq!(received.message, Ok(ServerMessage::Metrics(sampled)));
    assert!(
        text.ends_with(r#","correlation_id":"a \"quoted\" id"}"#),
        "{text}"
    );
    for name in ["\"seq\"", "\"prev\""] {
        assert!(!text.contains(name), "{text}");
    }

    witness
        .send(ClientMessage::Ping(Ping { id: Some(1) }))
        .await;
    let next = witness
        .until("a pong", |received| match &received.message {
            Ok(ServerMessage::Processes(_)) => None,
            other => Some(format!("{other:?}")),
        })
        .await;
    assert!(next.contains("Pong"), "{next}");
    server.drain((viewer, witness)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn requested_metrics_do_not_break_the_chain() {
    let server = TestServer::start(|config| config.interval_ms = 100).await;
    let mut viewer = Viewer::connect(&server, "/ws/metrics").await;
    viewer.until("a sample", |it| it.position).await;
    viewer
        .send(ClientMessage::RequestMetrics(RequestMetrics::default()))
        .await;
    let is_metrics =
        |received: &Received| matches!(received.message, Ok(ServerMessage::Metrics(_)));
    viewer
        .until("the answer", |it| {
            (is_metrics(it) && it.position.is_none()).then_some(())
        })
        .await;
    // The viewer verifies the chain.
    for _ in 0..3 {
        viewer
            .until("a sample", |it| {
                it.position.filter(|it| it.stream == Stream::Metrics)
            })
            .await;
    }
    server.drain(viewer).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ping_is_answered_with_the_servers_time() {
    let server = TestServer::start(|_| ()).await;
    let mut viewer = Viewer::connect(&server, "/ws").await;
    let before = Timestamp::now();
    let request = Request {
        correlation_id: Some("abc".into()),
        message: ClientMessage::Ping(Ping { id: Some(u64::MAX) }),
    };
    viewer.say(&request.to_json()).await;
    match viewer.next().await.message {
        Ok(ServerMessage::Pong(pong)) => {
            assert_eq!(
                (pong.id, pong.correlation_id.as_deref()),
                (Some(u64::MAX), Some("abc"))
            );
            assert!(
                (before..=Timestamp::now()).contains(&pong.timestamp),
                "{pong:?}"
            );
        }
        other => panic!("instead of a pong came {other:?}"),
    }
    server.drain(viewer).await;
}
