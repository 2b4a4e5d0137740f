//! Resuming after messages have left the ring: they are read from the store.

use crate::support::{TestServer, Viewer, last, subscribe, subscribe_after};
use protocol::{GapReason, Received, Stream};

const FEW: usize = 10;

async fn start() -> TestServer {
    TestServer::start(|config| config.ring.frames = FEW).await
}

fn numbered(count: usize) -> Vec<String> {
    (1..=count).map(|number| format!("line {number}")).collect()
}

async fn log(server: &TestServer, lines: &[String]) {
    // So many that they span several pages and commits.
    for lines in lines.chunks(300) {
        let lines: Vec<_> = lines.iter().map(String::as_str).collect();
        server.log_stored(&lines).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn missed_messages_are_read_from_the_store() {
    let server = start().await;
    let missed = numbered(2_000);
    let mut viewer = Viewer::connect(&server, "/ws").await;
    viewer.subscribe_to(&[(Stream::Logs, last(0))]).await;
    server.log_stored(&["seen"]).await;
    viewer.next_line().await;
    log(&server, &missed).await;

    let after = viewer.chain.newest();
    let mut viewer = Viewer::resume_with(&server, viewer.chain).await;
    let wanted = subscribe_after(&[(Stream::Logs, last(0))], server.epoch(), after);
    assert_eq!(viewer.subscribe(wanted).await.recovered, Some(true));
    server.log_stored(&["live"]).await;
    assert_eq!(viewer.lines(missed.len()).await, missed);
    assert_eq!(viewer.next_line().await, "live");
    server.drain(viewer).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn last_includes_messages_of_the_store() {
    let server = start().await;
    let lines = numbered(1_200);
    log(&server, &lines).await;
    let mut viewer = Viewer::connect(&server, "/ws").await;
    let wanted = subscribe(&[(Stream::Logs, last(700))]);
    assert_eq!(viewer.subscribe(wanted).await.recovered, None);
    assert_eq!(viewer.lines(700).await, lines[500..]);
    server.drain(viewer).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn resuming_too_far_back_is_a_gap() {
    let server = start().await;
    server.log_stored(&["seen"]).await;
    let position = server.head();
    log(&server, &numbered(10_001)).await;
    let mut viewer = Viewer::connect(&server, "/ws").await;
    let wanted = subscribe_after(&[(Stream::Logs, last(3))], server.epoch(), position);
    assert_eq!(viewer.subscribe(wanted).await.recovered, Some(false));
    let gap = viewer.next_gap().await;
    assert_eq!((gap.reason, gap.after), (GapReason::TooFar, Some(position)));
    let Received { position, .. } = viewer.next().await;
    assert_eq!(position.unwrap().seq, gap.before);
    assert_eq!(viewer.lines(2).await, ["line 10000", "line 10001"]);
    server.drain(viewer).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restarted_server_continues_its_log() {
    let server = start().await;
    let epoch = server.epoch().to_owned();
    server.log_stored(&["before"]).await;
    let mut viewer = Viewer::connect(&server, "/ws").await;
    viewer.subscribe_to(&[(Stream::Logs, last(1))]).await;
    viewer.next_line().await;
    let chain = viewer.chain.clone();
    drop(viewer);
    server.log_stored(&["missed"]).await;

    let server = server.restart().await;
    assert_eq!(server.epoch(), epoch);
    let after = chain.newest();
    let mut viewer = Viewer::resume_with(&server, chain).await;
    let wanted = subscribe_after(&[(Stream::Logs, last(0))], &epoch, after);
    assert_eq!(viewer.subscribe(wanted).await.recovered, Some(true));
    server.log_stored(&["live"]).await;
    assert_eq!(viewer.lines(2).await, ["missed", "live"]);
    server.drain(viewer).await;
}
