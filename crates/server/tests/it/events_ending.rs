//! The end of a response, from either side.

use crate::support::{End, EventViewer, TestServer, Viewer};
use protocol::{ServerMessage, Stream};

#[tokio::test(flavor = "multi_thread")]
async fn every_response_ends_completely_when_the_server_does() {
    let server = TestServer::start(|config| {
        config.demo_rate = 200;
        config.restart_spread_ms = 500;
    })
    .await;
    let mut listeners = Vec::new();
    for path in ["all", "metrics", "alerts"] {
        for _ in 0..20 {
            listeners.push(EventViewer::connect(&server, &format!("/api/events/{path}")).await);
        }
    }
    let ends = listeners.iter_mut().map(EventViewer::end);
    let ((), ends) = tokio::join!(server.stop(), futures_util::future::join_all(ends));
    assert!(ends.iter().all(|end| *end == End::Complete), "{ends:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_words_are_heard_before_the_end() {
    let server = TestServer::start(|_| ()).await;
    let mut listener = EventViewer::connect(&server, "/api/events/alerts").await;
    listener.subscribed().await;
    let hear = async {
        listener
            .until("the last words", |received| match &received.message {
                Ok(ServerMessage::Event(event)) if event.message == "Watchroom is stopping" => {
                    Some(())
                }
                _ => None,
            })
            .await;
        listener.end().await
    };
    let ((), end) = tokio::join!(server.stop(), hear);
    assert_eq!(end, End::Complete);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_who_never_reads_can_hold_the_server_up() {
    let server = TestServer::start(|config| config.demo_rate = 2_000).await;
    let mut stuck = Vec::new();
    for _ in 0..5 {
        stuck.push(EventViewer::connect_narrowly(&server, "/api/events/all").await);
    }
    let mut witness = Viewer::connect(&server, "/ws?streams=data").await;
    // Meanwhile the sockets of the others have become full.
    witness.chain.expect_skips(Stream::Data);
    for _ in 0..2_000 {
        witness.next().await;
    }
    drop(witness);
    server.stop().await;
    drop(stuck);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_leaves_leaves_a_seat() {
    const PATH: &str = "/api/events/all";
    let server = TestServer::start(|config| config.interval_ms = 3_600_000).await;
    let mut witness = Viewer::connect(&server, "/ws").await;
    for leave in [EventViewer::close, EventViewer::reset] {
        let listener = EventViewer::connect(&server, PATH).await;
        assert_eq!(listener.greeting.client_count, 2);
        witness.until_count(2).await;
        leave(listener);
        witness.until_count(1).await;
    }
    server.drain(witness).await;
}
