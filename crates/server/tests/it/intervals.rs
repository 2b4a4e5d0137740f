//! Viewers that limit a stream to one message per interval.

use crate::support::{TestServer, Viewer, last, subscribe};
use protocol::{
    ClientMessage, Error, ErrorCode, Level, Request, ServerMessage, SetInterval, Stream,
    StreamOptions,
};
use std::time::{Duration, Instant};

const INTERVAL: Duration = Duration::from_millis(200);

fn every(interval: Duration) -> StreamOptions {
    StreamOptions {
        interval_ms: Some(interval.as_millis() as u64),
        ..StreamOptions::default()
    }
}

fn set(interval_ms: u64) -> ClientMessage {
    ClientMessage::SetInterval(SetInterval {
        stream: Stream::Logs,
        interval_ms,
    })
}

/// Appends pairs of lines at once, so that the newest is always the second.
#[tokio::test(flavor = "multi_thread")]
async fn at_most_one_message_per_interval_and_always_the_newest() {
    let server = TestServer::start(|_| ()).await;
    let mut viewer = Viewer::connect(&server, "/ws").await;
    viewer.chain.expect_skips(Stream::Logs);
    viewer
        .subscribe_to(&[(Stream::Logs, every(INTERVAL))])
        .await;

    let start = Instant::now();
    let speak = async {
        let mut beat = tokio::time::interval(Duration::from_millis(10));
        while start.elapsed() < 5 * INTERVAL {
            beat.tick().await;
            server.log(&["superseded", "newest"]);
        }
        server.log(&["superseded", "last"]);
    };
    let listen = async {
        let mut lines = vec![viewer.next_line().await];
        while lines.last().is_some_and(|line| line != "last") {
            lines.push(viewer.next_line().await);
        }
        lines
    };
    let ((), lines) = tokio::join!(speak, listen);
    let (most, count) = (
        start.elapsed().as_millis() / INTERVAL.as_millis() + 1,
        lines.len(),
    );
    assert!(!lines.contains(&"superseded".to_owned()), "{lines:?}");
    assert!(
        (3..=most).contains(&(count as u128)),
        "{count} of at most {most}"
    );
    server.drain(viewer).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interval_can_be_set_and_lifted() {
    let server = TestServer::start(|_| ()).await;
    let mut viewer = Viewer::connect(&server, "/ws").await;
    let both = subscribe(&[(Stream::Logs, last(0)), (Stream::Alerts, last(0))]);
    viewer.subscribe(both).await;
    viewer.chain.expect_skips(Stream::Logs);

    viewer.send(set(3_600_000)).await;
    assert_eq!(
        viewer.subscribed().await.streams,
        [Stream::Alerts, Stream::Logs]
    );
    server.log(&["at once"]);
    assert_eq!(viewer.next_line().await, "at once");
    server.log(&["not for an hour"]);
    // Once this is received, the line before it was held back.
    server.alert(Level::Info, "a mark");
    assert_eq!(viewer.next_position().await.stream, Stream::Alerts);

    viewer.send(set(0)).await;
    viewer.subscribed().await;
    assert_eq!(
        viewer.next_line().await,
        "not for an hour",
        "lifted, and nothing is lost"
    );
    server.log(&["each", "one"]);
    assert_eq!(viewer.lines(2).await, ["each", "one"]);
    server.drain(viewer).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn other_streams_are_not_throttled() {
    let server = TestServer::start(|_| ()).await;
    let mut viewer = Viewer::connect(&server, "/ws").await;
    viewer.chain.expect_skips(Stream::Logs);
    let hour = Duration::from_secs(3_600);
    let both = subscribe(&[(Stream::Logs, every(hour)), (Stream::Alerts, last(0))]);
    viewer.subscribe(both).await;
    for number in 0..20 {
        server.log(&["a line"]);
        server.alert(Level::Info, &number.to_string());
    }
    let mut alerts = 0;
    while alerts < 20 {
        // The viewer verifies the chain of alerts.
        alerts += usize::from(viewer.next_position().await.stream == Stream::Alerts);
    }
    server.drain(viewer).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_interval_gets_an_error() {
    let server = TestServer::start(|_| ()).await;
    let mut viewer = Viewer::connect(&server, "/ws").await;
    let mut refused = async |message: ClientMessage| -> Error {
        let correlation_id = Some("mine".to_owned());
        let request = Request {
            correlation_id,
            message,
        };
        viewer.say(&request.to_json()).await;
        match viewer.next().await.message {
            Ok(ServerMessage::Error(error)) => error,
            other => panic!("instead of an error came {other:?}"),
        }
    };
    let error = refused(set(1_000)).await;
    assert_eq!(error.code, ErrorCode::NotSubscribed);
    assert!(error.message.contains("logs"), "{error:?}");
    assert_eq!(error.correlation_id.as_deref(), Some("mine"));
    let error = refused(set(99)).await;
    assert_eq!(error.code, ErrorCode::OutOfRange);
    assert!(
        error.message.contains("99") && error.message.contains("100"),
        "{error:?}"
    );
    server.drain(viewer).await;
}
