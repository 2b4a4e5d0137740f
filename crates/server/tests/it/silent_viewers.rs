//! Heartbeats: a viewer that is silent for two of them is closed.

use crate::support::{RawViewer, TestServer, Viewer, soon};
use std::time::{Duration, Instant};
use websocket::Message;

const HEARTBEAT: Duration = Duration::from_millis(1_000);

async fn server(heartbeat: Duration) -> TestServer {
    TestServer::start(|config| config.heartbeat_ms = heartbeat.as_millis() as u64).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_viewer_is_pinged_and_then_closed() {
    let server = server(HEARTBEAT).await;
    // Before its handshake, from which on the silence counts.
    let start = Instant::now();
    let mut silent = RawViewer::connect(&server, "/ws", "").await;
    let mut pings = 0;
    let end = loop {
        match silent.next().await {
            Some(Message::Ping(_)) => pings += 1,
            Some(Message::Text(_)) => {}
            end => break end,
        }
    };
    let took = start.elapsed();
    assert!(pings > 0, "it was never asked");
    assert!(
        matches!(&end, Some(Message::Close(Some(reason))) if reason.code == 1001),
        "{end:?}"
    );
    // How much later depends on the machine.
    assert!(took > 2 * HEARTBEAT, "{took:?}");
    server.drain(silent).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_that_answers_stays() {
    tokio::join!(
        stays_while_it_answers(HEARTBEAT),
        // Shorter than the usual time between two rounds.
        stays_while_it_answers(Duration::from_millis(400)),
    );
}

async fn stays_while_it_answers(heartbeat: Duration) {
    let server = server(heartbeat).await;
    let mut viewer = RawViewer::connect(&server, "/ws", "").await;
    let start = Instant::now();
    while start.elapsed() < 3 * HEARTBEAT {
        match viewer.next().await {
            Some(Message::Ping(payload)) => viewer.pong(&payload).await,
            Some(Message::Text(_)) => {}
            other => panic!("after {:?} came {other:?}", start.elapsed()),
        }
    }
    server.drain(viewer).await;
}

/// It neither reads nor writes, like a suspended laptop, and is closed before the ten seconds of a stall.
#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_that_never_reads_is_closed_by_the_heartbeat() {
    let server = server(HEARTBEAT).await;
    let dead = RawViewer::connect(&server, "/ws/dashboard", "").await;
    let mut witness = Viewer::connect(&server, "/ws").await;
    assert_eq!(witness.greeting.client_count, 2);
    let start = Instant::now();
    // The witness answers pings whenever it reads.
    soon("the end of the dead", async {
        witness.until_count(2).await;
        witness.until_count(1).await;
    })
    .await;
    assert!(start.elapsed() < 7 * HEARTBEAT, "{:?}", start.elapsed());
    server.drain((witness, dead)).await;
}
