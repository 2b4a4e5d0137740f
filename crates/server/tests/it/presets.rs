//! Paths with a preset subscription, for viewers that send nothing.

use crate::support::{ChainedViewer, EventViewer, RawViewer, Source, TestServer, Viewer};
use protocol::{Level, ServerMessage, Stream};

#[tokio::test(flavor = "multi_thread")]
async fn each_path_has_its_streams() {
    let server = TestServer::start(|_| ()).await;
    server.log(&["a line"]);
    server.alert(Level::Info, "a rule");
    let table: [(&str, &[Stream]); 8] = [
        ("/ws/metrics", &[Stream::Metrics, Stream::Processes]),
        ("/ws/notifications", &[Stream::Events, Stream::Alerts]),
        ("/ws/dashboard", &Stream::PRESET),
        ("/ws?streams=logs,alerts", &[Stream::Alerts, Stream::Logs]),
        ("/ws?x=1&streams=logs", &[Stream::Logs]),
        ("/ws/metrics?streams=logs", &[Stream::Logs]),
        ("/ws?streams=", &[]),
        ("/ws/metrics?streams=", &[]),
    ];
    for (path, streams) in table {
        assert_streams(Viewer::connect(&server, path).await, path, streams).await;
    }
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_path_of_events_has_its_streams() {
    let server = TestServer::start(|_| ()).await;
    let two: &[Stream] = &[Stream::Alerts, Stream::Logs];
    let table: [(&str, &[Stream]); 9] = [
        ("/api/events/all", &Stream::PRESET),
        ("/api/events/metrics", &[Stream::Metrics, Stream::Processes]),
        ("/api/events/alerts", &[Stream::Events, Stream::Alerts]),
        ("/api/events?streams=logs,alerts", two),
        ("/api/events?streams=logs%2Calerts", two),
        ("/api/events?x=1&streams=logs", &[Stream::Logs]),
        ("/api/events/all?streams=logs", &[Stream::Logs]),
        ("/api/events?streams=", &[]),
        ("/api/events/all?streams=", &[]),
    ];
    for (path, streams) in table {
        assert_streams(EventViewer::connect(&server, path).await, path, streams).await;
    }
    server.drain(()).await;
}

async fn assert_streams<S: Source>(mut viewer: ChainedViewer<S>, path: &str, streams: &[Stream]) {
    let answer = viewer.subscribed().await;
    assert_eq!(answer.streams, streams, "{path}");
    assert_eq!(answer.recovered, None, "{path}");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_stream_starts_with_its_newest_message() {
    let server = TestServer::start(|_| ()).await;
    server.log(&["older", "newest"]);
    server.alert(Level::Info, "older");
    server.alert(Level::Info, "newest");
    let mut viewer = Viewer::connect(&server, "/ws?streams=logs,alerts").await;
    viewer.subscribed().await;
    assert_newest_and_live(&server, &mut viewer).await;
    server.drain(viewer).await;
}

/// Asserts that the newest log line and alert are received, and then a live line; returns the `seq` of the newest.
pub(crate) async fn assert_newest_and_live<S: Source>(
    server: &TestServer,
    viewer: &mut ChainedViewer<S>,
) -> u64 {
    assert_eq!(viewer.next_line().await, "newest");
    let seq = viewer.chain.newest();
    let next = viewer.next().await.message;
    assert!(
        matches!(&next, Ok(ServerMessage::Alert(alert)) if alert.rule == "newest"),
        "{next:?}"
    );
    server.log(&["live"]);
    assert_eq!(viewer.next_line().await, "live");
    seq
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_are_sent_each_interval_in_a_chain() {
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
async fn an_unknown_stream_is_refused() {
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
