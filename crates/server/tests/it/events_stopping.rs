//! The end of a response, by the server or the viewer.

use crate::support::{End, EventViewer, TestServer, Viewer};

#[tokio::test(flavor = "multi_thread")]
async fn every_response_is_complete_when_the_server_stops() {
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
async fn messages_before_the_stop_are_delivered() {
    let server = TestServer::start(|_| ()).await;
    let mut listener = EventViewer::connect(&server, "/api/events/alerts").await;
    listener.subscribed().await;
    let received = async {
        listener.until_stopping().await;
        listener.end().await
    };
    let ((), end) = tokio::join!(server.stop(), received);
    assert_eq!(end, End::Complete);
}

#[tokio::test(flavor = "multi_thread")]
async fn viewers_that_do_not_read_do_not_delay_the_stop() {
    let server = TestServer::start(|config| config.demo_rate = 2_000).await;
    let mut stuck = Vec::new();
    for _ in 0..5 {
        stuck.push(EventViewer::connect_with_small_buffer(&server, "/api/events/all").await);
    }
    server.fill_sockets().await;
    server.stop().await;
    drop(stuck);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_that_leaves_frees_its_slot() {
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
