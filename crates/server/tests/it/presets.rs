//! Addresses that subscribe by themselves, for viewers that send nothing.

use crate::support::{RawViewer, TestServer, Viewer};
use protocol::{Level, ServerMessage, Stream};

#[tokio::test(flavor = "multi_thread")]
async fn each_address_has_its_streams() {
    let server = TestServer::start(|_| ()).await;
    server.log(&["a line"]);
    server.alert(Level::Info, "a rule");
    let table: [(&str, &[Stream]); 8] = [
        ("/ws/metrics", &[Stream::Metrics, Stream::Processes]),
        ("/ws/notifications", &[Stream::Events, Stream::Alerts]),
        ("/ws/dashboard", &Stream::ALL),
        ("/ws?streams=logs,alerts", &[Stream::Alerts, Stream::Logs]),
        ("/ws?x=1&streams=logs", &[Stream::Logs]),
        ("/ws/metrics?streams=logs", &[Stream::Logs]),
        ("/ws?streams=", &[]),
        ("/ws/metrics?streams=", &[]),
    ];
    for (path, streams) in table {
        let mut viewer = Viewer::connect(&server, path).await;
        let answer = viewer.subscribed().await;
        assert_eq!(answer.streams, streams, "{path}");
        assert_eq!(answer.recovered, None, "{path}");
    }
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_stream_begins_with_its_newest_message() {
    let server = TestServer::start(|_| ()).await;
    server.log(&["older", "newest"]);
    server.alert(Level::Info, "older");
    server.alert(Level::Info, "newest");
    let mut viewer = Viewer::connect(&server, "/ws?streams=logs,alerts").await;
    viewer.subscribed().await;
    assert_eq!(viewer.next_line().await, "newest");
    let next = viewer.next().await.message;
    assert!(
        matches!(&next, Ok(ServerMessage::Alert(alert)) if alert.rule == "newest"),
        "{next:?}"
    );
    server.log(&["live"]);
    assert_eq!(viewer.next_line().await, "live");
    server.drain(viewer).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_come_each_interval_with_a_chain() {
    let server = TestServer::start(|config| config.interval_ms = 100).await;
    let mut viewer = Viewer::connect(&server, "/ws?streams=metrics").await;
    viewer.subscribed().await;
    for _ in 0..5 {
        let position = viewer.next_position().await;
        assert_eq!(position.stream, Stream::Metrics);
    }
    server.drain(viewer).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_stream_is_refused_by_name() {
    let server = TestServer::start(|_| ()).await;
    for path in ["/ws?streams=weather", "/ws?streams=logs,,alerts"] {
        let (_, answer) = RawViewer::ask(&server, path, "").await;
        assert_eq!(answer.status, 400, "{path}");
        assert!(
            answer.body.contains("`streams`") && answer.body.contains("metrics"),
            "{answer:?}"
        );
    }
    server.drain(()).await;
}
