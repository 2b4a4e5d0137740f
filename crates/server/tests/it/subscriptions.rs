//! Subscriptions, and their backlogs.

use crate::support::{TestServer, Viewer, last, subscribe};
use protocol::{ClientMessage, Level, Received, ServerMessage, Stream, StreamOptions, Unsubscribe};
use std::collections::HashSet;

#[tokio::test(flavor = "multi_thread")]
async fn the_first_message_is_the_greeting() {
    let server = TestServer::start(|config| config.heartbeat_ms = 12_000).await;
    let first = Viewer::connect(&server, "/ws").await;
    let second = Viewer::connect(&server, "/ws").await;
    let greeting = &second.greeting;
    assert!(!greeting.message.is_empty());
    assert_ne!(greeting.client_id, first.greeting.client_id);
    assert_eq!(greeting.client_count, 2, "the receiver counts itself");
    assert_eq!(greeting.epoch, server.epoch());
    assert!((1..=server.head()).contains(&greeting.head));
    assert_eq!(greeting.protocol, protocol::PROTOCOL_VERSION);
    assert_eq!(greeting.server_version, server::VERSION);
    assert_eq!(greeting.heartbeat_ms, 12_000);
    server.drain((first, second)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_subscription_nothing_is_sent() {
    let server = TestServer::start(|config| config.demo_rate = 100).await;
    let mut viewer = Viewer::connect(&server, "/ws").await;
    let mut witness = Viewer::connect(&server, "/ws/dashboard").await;
    for _ in 0..20 {
        witness.next().await;
    }
    viewer
        .send(ClientMessage::Ping(protocol::Ping { id: Some(1) }))
        .await;
    let next = viewer.next().await.message;
    assert!(matches!(next, Ok(ServerMessage::Pong(_))), "{next:?}");
    server.drain((viewer, witness)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_backlog_is_merged_by_seq_and_live_messages_follow() {
    let server = TestServer::start(|_| ()).await;
    for number in 0..5 {
        server.log(&[&format!("line {number}")]);
        server.alert(Level::Warning, &format!("rule {number}"));
    }
    let mut viewer = Viewer::connect(&server, "/ws").await;
    let wanted = subscribe(&[(Stream::Logs, last(3)), (Stream::Alerts, last(2))]);
    let answer = viewer.subscribe(wanted).await;
    assert_eq!(answer.streams, [Stream::Alerts, Stream::Logs]);
    assert_eq!(answer.epoch, server.epoch());
    assert_eq!(answer.recovered, None, "nothing was to be recovered");

    server.log(&["live"]);
    let mut seen = Vec::new();
    let mut seqs = Vec::new();
    while seen.last().is_none_or(|last| last != "live") {
        let received = viewer.next().await;
        seqs.push(received.position.unwrap().seq);
        seen.push(text(&received));
    }
    assert_eq!(
        seen,
        ["line 2", "line 3", "rule 3", "line 4", "rule 4", "live"]
    );
    assert!(seqs.is_sorted(), "{seqs:?}");
    assert!(
        seqs[4] <= answer.head && answer.head < seqs[5],
        "{answer:?} {seqs:?}"
    );
    server.drain(viewer).await;
}

/// Subscribes while messages flow; the viewer verifies the chain.
#[tokio::test(flavor = "multi_thread")]
async fn no_message_is_lost_between_backlog_and_live() {
    let server = TestServer::start(|config| config.demo_rate = 500).await;
    for count in [0, 1, 50, 10_000] {
        let mut viewer = Viewer::connect(&server, "/ws").await;
        let answer = viewer
            .subscribe(subscribe(
                &Stream::PUBLIC.map(|stream| (stream, last(count))),
            ))
            .await;
        let mut seq = 0;
        while seq < answer.head + 100 {
            seq = viewer.next_position().await.seq;
        }
        drop(viewer);
    }
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_passes_only_matching_messages() {
    let server = TestServer::start(|_| ()).await;
    let mut viewer = Viewer::connect(&server, "/ws").await;
    viewer.chain.expect_skips(Stream::Alerts);
    server.alert(Level::Error, "past");
    server.alert(Level::Info, "past but harmless");
    let wanted = StreamOptions {
        levels: Some(vec![Level::Warning, Level::Error]),
        ..last(10)
    };
    viewer.subscribe_to(&[(Stream::Alerts, wanted)]).await;
    server.alert(Level::Info, "harmless");
    server.alert(Level::Warning, "first");
    server.alert(Level::Success, "harmless");
    server.alert(Level::Error, "second");
    for rule in ["past", "first", "second"] {
        assert_eq!(text(&viewer.next().await), rule);
    }

    // Subscribing again changes the filter.
    let wanted = StreamOptions {
        sources: Some(vec!["cpu-high".into()]),
        ..last(0)
    };
    viewer.subscribe_to(&[(Stream::Alerts, wanted)]).await;
    server.alert(Level::Error, "disk-full");
    server.alert(Level::Info, "cpu-high");
    assert_eq!(text(&viewer.next().await), "cpu-high");
    server.drain(viewer).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn data_is_filtered_by_label() {
    let server = TestServer::start(|config| config.demo_rate = 300).await;
    let mut viewer = Viewer::connect(&server, "/ws").await;
    viewer.subscribe_to(&[(Stream::Data, last(0))]).await;
    let label = |received: &Received| match &received.message {
        Ok(ServerMessage::Data(data)) => data.label.clone(),
        other => panic!("instead of data came {other:?}"),
    };
    let wanted = label(&viewer.next().await);
    viewer.chain.expect_skips(Stream::Data);
    let options = StreamOptions {
        labels: Some(vec![wanted.clone()]),
        ..last(0)
    };
    viewer.subscribe_to(&[(Stream::Data, options)]).await;
    for _ in 0..3 {
        assert_eq!(label(&viewer.next().await), wanted);
    }
    server.drain(viewer).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unsubscribed_stream_is_not_sent() {
    let server = TestServer::start(|_| ()).await;
    let mut viewer = Viewer::connect(&server, "/ws").await;
    let both = subscribe(&[(Stream::Logs, last(0)), (Stream::Alerts, last(0))]);
    viewer.subscribe(both).await;
    server.log(&["heard"]);
    assert_eq!(viewer.next_line().await, "heard");

    let streams = vec![Stream::Logs];
    viewer
        .send(ClientMessage::Unsubscribe(Unsubscribe { streams }))
        .await;
    assert_eq!(viewer.subscribed().await.streams, [Stream::Alerts]);
    server.log(&["unheard"]);
    server.alert(Level::Info, "heard, too");
    assert_eq!(text(&viewer.next().await), "heard, too");

    // After a new subscription the stream starts at the head, not where it was left.
    viewer.chain.expect_skips(Stream::Logs);
    viewer.subscribe_to(&[(Stream::Logs, last(0))]).await;
    server.log(&["heard again"]);
    assert_eq!(viewer.next_line().await, "heard again");
    server.drain(viewer).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_can_be_added() {
    let server = TestServer::start(|_| ()).await;
    let mut viewer = Viewer::connect(&server, "/ws").await;
    viewer.subscribe_to(&[(Stream::Logs, last(0))]).await;
    server.log(&["first"]);
    assert_eq!(viewer.next_line().await, "first");
    server.alert(Level::Info, "one");
    server.alert(Level::Info, "two");

    let answer = viewer.subscribe_to(&[(Stream::Alerts, last(1))]).await;
    assert_eq!(answer.streams, [Stream::Alerts, Stream::Logs]);
    server.log(&["second"]);
    let mut seen = HashSet::new();
    for _ in 0..2 {
        seen.insert(text(&viewer.next().await));
    }
    assert_eq!(seen, ["two", "second"].map(str::to_owned).into());
    server.drain(viewer).await;
}

/// The cursor of a viewer of a quiet stream does not advance with other streams, which must not become a backlog
/// that it has not requested.
#[tokio::test(flavor = "multi_thread")]
async fn an_added_stream_without_backlog_starts_at_the_head() {
    let server = TestServer::start(|config| config.ring.frames = 30).await;
    let mut viewer = Viewer::connect(&server, "/ws").await;
    viewer.subscribe_to(&[(Stream::Logs, last(0))]).await;
    // More than the ring holds, which must not become a gap either.
    for number in 0..100 {
        server.alert(Level::Info, &format!("before {number}"));
    }
    viewer.subscribe_to(&[(Stream::Alerts, last(0))]).await;
    server.alert(Level::Info, "after");
    assert_eq!(text(&viewer.next().await), "after");
    server.drain(viewer).await;
}

/// The text by which these tests distinguish messages.
fn text(received: &Received) -> String {
    match &received.message {
        Ok(ServerMessage::Log(log)) => log.message.clone(),
        Ok(ServerMessage::Alert(alert)) => alert.rule.clone(),
        other => panic!("neither line nor alert: {other:?}"),
    }
}
