//! Resuming: exactly the missed messages, or a gap.

use crate::support::{TestServer, Viewer, last, subscribe_after};
use protocol::{GapReason, Level, ServerMessage, Stream};

/// The newest `seq` of a viewer that has received the lines.
async fn seen(server: &TestServer) -> Viewer {
    let mut viewer = Viewer::connect(server, "/ws").await;
    viewer.subscribe_to(&[(Stream::Logs, last(1))]).await;
    viewer.next_line().await;
    viewer
}

#[tokio::test(flavor = "multi_thread")]
async fn exactly_the_missed_messages_are_sent() {
    let server = TestServer::start(|config| config.demo_rate = 100).await;
    server.log(&["seen"]);
    let chain = seen(&server).await.chain;
    server.log(&["missed 1", "missed 2"]);
    server.alert(Level::Error, "not subscribed");
    server.log(&["missed 3"]);

    let after = chain.newest();
    let mut viewer = Viewer::resume_with(&server, chain).await;
    let wanted = subscribe_after(&[(Stream::Logs, last(50))], server.epoch(), after);
    let answer = viewer.subscribe(wanted).await;
    assert_eq!(answer.recovered, Some(true));
    server.log(&["live"]);
    let lines = viewer.lines(4).await;
    assert_eq!(lines, ["missed 1", "missed 2", "missed 3", "live"]);
    server.drain(viewer).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn at_the_head_nothing_was_missed() {
    let server = TestServer::start(|_| ()).await;
    server.log(&["seen"]);
    let viewer = seen(&server).await;
    let mut back = Viewer::resume_with(&server, viewer.chain.clone()).await;
    let head = server.head();
    let wanted = subscribe_after(&[(Stream::Logs, last(50))], server.epoch(), head);
    assert_eq!(back.subscribe(wanted).await.recovered, Some(true));
    server.log(&["live"]);
    assert_eq!(back.next_line().await, "live", "`last` is for what is lost");
    server.drain((viewer, back)).await;
}

/// Many times while messages flow: the chain continues over all connections.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_over_many_reconnections() {
    let server = TestServer::start(|config| config.demo_rate = 400).await;
    let streams = [Stream::Data, Stream::Events, Stream::Metrics].map(|it| (it, last(0)));
    let mut viewer = Viewer::connect(&server, "/ws").await;
    viewer.subscribe_to(&streams).await;
    for _ in 0..15 {
        for _ in 0..20 {
            viewer.next().await;
        }
        let after = viewer.chain.newest();
        viewer = Viewer::resume_with(&server, viewer.chain).await;
        let wanted = subscribe_after(&streams, server.epoch(), after);
        assert_eq!(viewer.subscribe(wanted).await.recovered, Some(true));
    }
    server.drain(viewer).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_position_of_another_log_is_not_recovered() {
    let server = TestServer::start(|_| ()).await;
    server.log(&["older", "newest"]);
    let epoch = server.epoch().to_owned();
    for (epoch, after) in [("another", 1), (epoch.as_str(), 1_000_000)] {
        let mut viewer = Viewer::connect(&server, "/ws").await;
        let wanted = subscribe_after(&[(Stream::Logs, last(0))], epoch, after);
        let answer = viewer.subscribe(wanted).await;
        assert_eq!(answer.recovered, Some(false), "{epoch} {after}");
        let gap = viewer.next_gap().await;
        assert_eq!((gap.stream, gap.reason), (Stream::Logs, GapReason::Epoch));
        assert_eq!(gap.after, None, "{epoch} {after}");
        let next = viewer.next().await;
        assert_eq!(next.position.unwrap().seq, gap.before);
        assert!(matches!(&next.message, Ok(ServerMessage::Log(log)) if log.message == "newest"));
        drop(viewer);
    }
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_stream_has_a_gap_for_what_left_the_ring() {
    let server = TestServer::start(|config| config.ring.frames = 10).await;
    server.log(&["seen"]);
    let chain = seen(&server).await.chain;
    server.alert(Level::Info, "quiet");
    server.log(&["lost"; 30]);
    server.log(&["third", "second", "newest"]);

    let after = chain.newest();
    let mut viewer = Viewer::resume_with(&server, chain).await;
    let streams = [(Stream::Logs, last(2)), (Stream::Alerts, last(0))];
    let answer = viewer
        .subscribe(subscribe_after(&streams, server.epoch(), after))
        .await;
    assert_eq!(answer.recovered, Some(false), "not all of it");
    let gap = viewer.next_gap().await;
    assert_eq!((gap.stream, gap.reason), (Stream::Logs, GapReason::Expired));
    assert_eq!(gap.after, Some(after));
    // The newest message of a quiet stream is retained.
    let quiet = viewer.next().await;
    assert_eq!(quiet.position.unwrap().stream, Stream::Alerts);
    let first = viewer.next().await;
    assert_eq!(first.position.unwrap().seq, gap.before);
    server.log(&["live"]);
    assert_eq!(viewer.lines(2).await, ["newest", "live"]);
    server.drain(viewer).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gap_without_a_message_after_it_ends_at_the_head() {
    let server = TestServer::start(|_| ()).await;
    let mut viewer = Viewer::connect(&server, "/ws").await;
    let wanted = subscribe_after(&[(Stream::Logs, last(0))], "another", 1);
    let answer = viewer.subscribe(wanted).await;
    assert_eq!(viewer.next_gap().await.before, answer.head + 1);
    server.log(&["live"]);
    assert_eq!(viewer.next_line().await, "live");
    server.drain(viewer).await;
}
