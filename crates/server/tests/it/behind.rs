//! Coming back after the ring has moved on: the store has what was missed.

use crate::support::{TestServer, Viewer, last, subscribe, subscribe_after};
use protocol::{GapReason, Received, ServerMessage, Stream};

const FEW: usize = 10;

async fn start() -> TestServer {
    TestServer::keeping(|config| config.ring.frames = FEW).await
}

fn numbered(count: usize) -> Vec<String> {
    (1..=count).map(|number| format!("line {number}")).collect()
}

async fn log(server: &TestServer, lines: &[String]) {
    // So that they span several pages of the store, and several commits.
    for lines in lines.chunks(300) {
        let lines: Vec<_> = lines.iter().map(String::as_str).collect();
        server.log_kept(&lines).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_missed_follows_from_the_store() {
    let server = start().await;
    let missed = numbered(2_000);
    let mut viewer = Viewer::connect(&server, "/ws").await;
    viewer
        .subscribe(subscribe(&[(Stream::Logs, last(0))]))
        .await;
    server.log_kept(&["seen"]).await;
    viewer.next_line().await;
    log(&server, &missed).await;

    let after = viewer.chain.newest();
    let mut viewer = Viewer::return_with(&server, viewer.chain).await;
    let wanted = subscribe_after(&[(Stream::Logs, last(0))], server.epoch(), after);
    assert_eq!(viewer.subscribe(wanted).await.recovered, Some(true));
    server.log_kept(&["live"]).await;
    assert_eq!(viewer.lines(missed.len()).await, missed);
    assert_eq!(viewer.next_line().await, "live");
    server.drain(viewer).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_are_served_from_the_store_as_well() {
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
async fn more_than_a_connection_is_resumed_with_is_too_far() {
    let server = start().await;
    server.log_kept(&["seen"]).await;
    let position = server.head();
    log(&server, &numbered(10_001)).await;
    let mut viewer = Viewer::connect(&server, "/ws").await;
    let wanted = subscribe_after(&[(Stream::Logs, last(3))], server.epoch(), position);
    assert_eq!(viewer.subscribe(wanted).await.recovered, Some(false));
    let gap = match viewer.next().await.message {
        Ok(ServerMessage::Gap(gap)) => gap,
        other => panic!("instead of a gap came {other:?}"),
    };
    assert_eq!((gap.reason, gap.after), (GapReason::TooFar, Some(position)));
    let Received { position, .. } = viewer.next().await;
    assert_eq!(position.unwrap().seq, gap.before);
    assert_eq!(viewer.lines(2).await, ["line 10000", "line 10001"]);
    server.drain(viewer).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_comes_back_goes_on_where_it_was() {
    let server = start().await;
    let epoch = server.epoch().to_owned();
    server.log_kept(&["before"]).await;
    let mut viewer = Viewer::connect(&server, "/ws").await;
    viewer
        .subscribe(subscribe(&[(Stream::Logs, last(1))]))
        .await;
    viewer.next_line().await;
    let chain = viewer.chain.clone();
    drop(viewer);
    server.log_kept(&["missed"]).await;

    let server = server.restart().await;
    assert_eq!(server.epoch(), epoch);
    let after = chain.newest();
    let mut viewer = Viewer::return_with(&server, chain).await;
    let wanted = subscribe_after(&[(Stream::Logs, last(0))], &epoch, after);
    assert_eq!(viewer.subscribe(wanted).await.recovered, Some(true));
    server.log_kept(&["live"]).await;
    assert_eq!(viewer.lines(2).await, ["missed", "live"]);
    server.drain(viewer).await;
}
