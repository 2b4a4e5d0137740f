//! Resuming event streams: exactly the missed events, or a gap.

use crate::support::{EventViewer, TestServer};
use protocol::{GapReason, Level, ServerMessage, Stream, Subscribed};

const LOGS: &str = "/api/events?streams=logs";

/// The two ways to send a position.
async fn resume(server: &TestServer, path: &str, id: &str) -> [EventViewer; 2] {
    let header = format!("Last-Event-ID: {id}\r\n");
    let separator = if path.contains('?') { '&' } else { '?' };
    let query = format!("{path}{separator}last_event_id={id}");
    [
        EventViewer::connect_with(server, path, &header).await,
        EventViewer::connect(server, &query).await,
    ]
}

/// The `id` of a viewer that has received a stream's newest message.
async fn seen(server: &TestServer) -> EventViewer {
    let mut viewer = EventViewer::connect(server, LOGS).await;
    viewer.next_subscribed().await;
    viewer.next_line().await;
    viewer
}

impl EventViewer {
    /// The next message, which must be `subscribed`.
    async fn next_subscribed(&mut self) -> Subscribed {
        match self.next().await.message {
            Ok(ServerMessage::Subscribed(subscribed)) => subscribed,
            other => panic!("instead of an answer came {other:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn exactly_the_missed_events_are_sent_once() {
    let server = TestServer::start(|config| config.demo_rate = 100).await;
    server.log(&["seen"]);
    let viewer = seen(&server).await;
    server.log(&["missed 1", "missed 2"]);
    server.alert(Level::Error, "not wanted");
    server.log(&["missed 3"]);

    let mut viewers = resume(&server, LOGS, viewer.last_event_id()).await;
    for viewer in &mut viewers {
        assert_eq!(viewer.next_subscribed().await.recovered, Some(true));
    }
    server.log(&["live"]);
    for viewer in &mut viewers {
        let lines = viewer.lines(4).await;
        assert_eq!(lines, ["missed 1", "missed 2", "missed 3", "live"]);
    }
    server.drain((viewer, viewers)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn at_the_head_nothing_was_missed() {
    let server = TestServer::start(|_| ()).await;
    server.log(&["seen"]);
    let viewer = seen(&server).await;
    let mut back = viewer.reconnect(&server, LOGS).await;
    assert_eq!(back.next_subscribed().await.recovered, Some(true));
    server.log(&["live"]);
    assert_eq!(back.next_line().await, "live");
    server.drain(back).await;
}

/// Browsers reconnect with the original URL.
#[tokio::test(flavor = "multi_thread")]
async fn the_header_takes_precedence_over_the_query() {
    let server = TestServer::start(|_| ()).await;
    server.log(&["seen"]);
    let viewer = seen(&server).await;
    server.log(&["seen later"]);
    let path = format!("{LOGS}&last_event_id={}", viewer.last_event_id());
    let mut viewer = EventViewer::connect(&server, &path).await;
    viewer.next_subscribed().await;
    assert_eq!(viewer.next_line().await, "seen later");
    let mut back = viewer.reconnect(&server, &path).await;
    back.next_subscribed().await;
    server.log(&["live"]);
    assert_eq!(back.next_line().await, "live");
    server.drain(back).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_over_many_reconnections() {
    const PATH: &str = "/api/events?streams=data,events,metrics";
    let server = TestServer::start(|config| config.demo_rate = 400).await;
    let mut viewer = EventViewer::connect(&server, PATH).await;
    viewer.next_subscribed().await;
    for messages in 0..20 {
        for _ in 0..messages {
            viewer.next_position().await;
        }
        viewer = viewer.reconnect(&server, PATH).await;
        assert_eq!(viewer.next_subscribed().await.recovered, Some(true));
    }
    server.drain(viewer).await;
}

/// Disconnects after the answer, and after each message of the backlog.
#[tokio::test(flavor = "multi_thread")]
async fn a_disconnection_during_a_backlog_loses_nothing() {
    let server = TestServer::start(|config| config.demo_rate = 100).await;
    server.log(&["seen"]);
    let viewer = seen(&server).await;
    let missed: Vec<_> = (0..10).map(|number| format!("missed {number}")).collect();
    for line in &missed {
        server.log(&[line]);
        server.alert(Level::Info, "between");
    }
    let id = viewer.last_event_id();
    for cut in 0..missed.len() {
        for mut viewer in resume(&server, LOGS, id).await {
            viewer.next_subscribed().await;
            let mut lines = viewer.lines(cut).await;
            let mut back = viewer.reconnect(&server, LOGS).await;
            assert_eq!(back.next_subscribed().await.recovered, Some(true));
            lines.extend(back.lines(missed.len() - cut).await);
            assert_eq!(lines, missed);
        }
    }
    server.drain(viewer).await;
}

/// The first answer has an `id`, too, from which a viewer resumes.
#[tokio::test(flavor = "multi_thread")]
async fn a_disconnection_before_the_first_message_loses_no_stream() {
    const PATH: &str = "/api/events?streams=alerts,logs";
    let server = TestServer::start(|_| ()).await;
    server.log(&["older", "newest"]);
    server.alert(Level::Info, "newest");
    let mut viewer = EventViewer::connect(&server, PATH).await;
    viewer.next_subscribed().await;
    server.log(&["missed"]);
    let mut back = viewer.reconnect(&server, PATH).await;
    assert_eq!(back.next_subscribed().await.recovered, Some(true));
    let mut streams = Vec::new();
    for _ in 0..3 {
        streams.push(back.next_position().await.stream);
    }
    assert_eq!(streams, [Stream::Logs, Stream::Alerts, Stream::Logs]);
    server.drain(back).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_position_of_another_log_is_not_recovered() {
    let server = TestServer::start(|_| ()).await;
    server.log(&["older", "newest"]);
    let epoch = server.epoch();
    let ids = [
        "another:1",
        "no-position",
        "1",
        ":",
        ":1",
        epoch,
        &format!("{epoch}:"),
        &format!("{epoch}:-1"),
        &format!("{epoch}:1x"),
        &format!("{epoch}:1000000"),
        &format!("{epoch}:18446744073709551615"),
        &format!("{epoch}:18446744073709551616"),
        &format!("x{epoch}:1"),
    ];
    for id in ids {
        for mut viewer in resume(&server, LOGS, id).await {
            begins_anew(&mut viewer, id).await;
        }
    }
    // As browsers send an `id` of another server.
    let header = "Last-Event-ID: caf\u{e9}:1\r\n";
    let mut viewer = EventViewer::connect_with(&server, LOGS, header).await;
    begins_anew(&mut viewer, header).await;
    server.drain(viewer).await;
}

async fn begins_anew(viewer: &mut EventViewer, id: &str) {
    assert_eq!(
        viewer.next_subscribed().await.recovered,
        Some(false),
        "{id}"
    );
    let gap = viewer.next_gap().await;
    assert_eq!((gap.stream, gap.reason), (Stream::Logs, GapReason::Epoch));
    assert_eq!(gap.after, None, "{id}");
    assert_eq!(viewer.next_line().await, "newest", "{id}");
    assert_eq!(viewer.chain.newest(), gap.before, "{id}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_id_is_ignored() {
    let server = TestServer::start(|_| ()).await;
    server.log(&["older", "newest"]);
    for mut viewer in resume(&server, LOGS, "").await {
        assert_eq!(viewer.next_subscribed().await.recovered, None);
        assert_eq!(viewer.next_line().await, "newest");
    }
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_stream_has_a_gap_for_what_left_the_ring() {
    const PATH: &str = "/api/events?streams=logs,alerts";
    let server = TestServer::start(|config| config.ring.frames = 10).await;
    server.log(&["seen"]);
    let viewer = seen(&server).await;
    let after = viewer.chain.newest();
    server.alert(Level::Info, "quiet");
    server.log(&["lost"; 30]);
    server.log(&["newest"]);

    let mut viewers = Vec::from(resume(&server, PATH, viewer.last_event_id()).await);
    // A viewer that is disconnected before it receives its gap must receive it when it resumes.
    let mut cut = viewer.reconnect(&server, LOGS).await;
    cut.next_subscribed().await;
    viewers.push(cut.reconnect(&server, PATH).await);
    for viewer in &mut viewers {
        let answer = viewer.next_subscribed().await;
        assert_eq!(answer.recovered, Some(false), "not all of it");
        let gap = viewer.next_gap().await;
        assert_eq!((gap.stream, gap.reason), (Stream::Logs, GapReason::Expired));
        assert_eq!(gap.after, Some(after));
        // The newest message of a quiet stream is retained.
        assert_eq!(viewer.next_position().await.stream, Stream::Alerts);
        assert_eq!(viewer.next_line().await, "newest");
        assert_eq!(viewer.chain.newest(), gap.before);
    }
    server.log(&["live"]);
    for viewer in &mut viewers {
        assert_eq!(viewer.next_line().await, "live");
    }
    server.drain(viewers).await;
}
