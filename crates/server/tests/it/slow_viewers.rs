//! Viewers that read too slowly, or not at all, and do not affect others.

use crate::events_slow;
use crate::support::{Chain, ChainedViewer, RawViewer, Source, TestServer, Viewer};
use crate::support::{last, soon, subscribe};
use protocol::{ClientMessage, Gap, GapReason, Request, ServerMessage, Stream};
use std::time::{Duration, Instant};

/// A ring so small that a viewer that stops reading soon has a gap.
pub(crate) const RING_FRAMES: usize = 100;

/// A viewer that takes nothing is closed after this time, and not earlier. How much later depends on the machine.
pub(crate) const STALLED: Duration = Duration::from_secs(10);

/// More than any two socket buffers hold, some megabytes.
pub(crate) const LINES: usize = 8_000;

pub(crate) async fn server() -> TestServer {
    TestServer::start(|config| {
        config.ring.frames = RING_FRAMES;
        // Hardly any messages but those of the tests.
        config.interval_ms = 3_600_000;
    })
    .await
}

pub(crate) async fn slow_viewer(server: &TestServer) -> RawViewer {
    let mut viewer = RawViewer::connect(server, "/ws", "").await;
    let wanted = subscribe(&[(Stream::Logs, last(0))]);
    viewer
        .say(&Request::from(ClientMessage::Subscribe(wanted)).to_json())
        .await;
    loop {
        if let Ok(ServerMessage::Subscribed(_)) = viewer.next_message().await.message {
            return viewer;
        }
    }
}

/// A viewer that reads everything, and so shows that slow viewers do not affect others.
pub(crate) async fn witness(server: &TestServer) -> Viewer {
    let mut viewer = Viewer::connect(server, "/ws").await;
    viewer.subscribe_to(&[(Stream::Logs, last(0))]).await;
    viewer
}

/// Appends no faster than the witness reads, which must get every line.
pub(crate) async fn pour<S: Source>(
    server: &TestServer,
    witness: &mut ChainedViewer<S>,
    lines: usize,
) {
    const AT_ONCE: usize = RING_FRAMES / 4;
    for _ in 0..lines / AT_ONCE {
        server.log_long_lines(AT_ONCE);
        witness.lines(AT_ONCE).await;
    }
}

/// Reads up to the first gap, the chain verified; `None` if the connection was closed, with 4008.
async fn read_to_gap(viewer: &mut RawViewer, chain: &mut Chain) -> Option<Gap> {
    loop {
        let text = match viewer.next().await {
            Some(websocket::Message::Text(text)) => text,
            Some(websocket::Message::Close(reason)) => {
                assert_eq!(reason.map(|it| it.code), Some(4008));
                return None;
            }
            Some(_) => continue,
            None => panic!("the connection ended without a close frame"),
        };
        let received = protocol::Received::parse(&text);
        if let Some(position) = received.position {
            chain.take(position);
        }
        if let Ok(ServerMessage::Gap(gap)) = received.message {
            chain.add_gap(&gap);
            return Some(gap);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_viewer_gets_a_gap_and_the_newest() {
    let server = server().await;
    let mut witness = witness(&server).await;
    let mut slow = slow_viewer(&server).await;
    let mut chain = Chain::default();
    pour(&server, &mut witness, LINES).await;
    let newest = witness.chain.newest();

    let mut before = 0;
    loop {
        let gap = read_to_gap(&mut slow, &mut chain).await.unwrap();
        assert_eq!((gap.stream, gap.reason), (Stream::Logs, GapReason::Slow));
        // Of two gaps, nothing need be between.
        assert_eq!(
            gap.after,
            Some(chain.newest().max(before)),
            "it begins where reading stopped"
        );
        // A late acknowledgement may let a little more through after the socket was full, and so make two gaps.
        if gap.before > newest - RING_FRAMES as u64 {
            break;
        }
        before = gap.before - 1;
    }

    // After it has caught up, it receives live messages.
    pour(&server, &mut witness, RING_FRAMES).await;
    while chain.newest() < witness.chain.newest() {
        chain.take(slow.next_message().await.position.unwrap());
    }
    server.drain((witness, slow)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn three_gaps_within_a_minute_are_too_many() {
    let server = server().await;
    let mut witness = witness(&server).await;
    let mut slow = slow_viewer(&server).await;
    let mut chain = Chain::default();
    let mut gaps = 0;
    for _ in 0..3 {
        pour(&server, &mut witness, LINES).await;
        match read_to_gap(&mut slow, &mut chain).await {
            Some(_) => gaps += 1,
            // Instead of the third.
            None => break,
        }
    }
    assert_eq!(gaps, 2);
    witness.until_count(1).await;
    server.drain((witness, slow)).await;
}

/// Three timeouts of ten seconds and more, waited for concurrently.
#[tokio::test(flavor = "multi_thread")]
async fn stalled_peers_are_disconnected() {
    tokio::join!(
        a_viewer_that_never_reads_is_closed_after_ten_seconds(),
        events_slow::a_listener_that_never_reads_is_cut_after_ten_seconds(),
        an_incomplete_request_head_times_out(),
    );
}

/// It sends messages, so that it is closed only for its full socket.
async fn a_viewer_that_never_reads_is_closed_after_ten_seconds() {
    let server = server().await;
    let mut witness = witness(&server).await;
    let mut stalled = slow_viewer(&server).await;
    witness.until_count(2).await;
    let start = Instant::now();
    pour(&server, &mut witness, LINES).await;
    until_alone(&server, &mut witness, async || {
        // Fails once the server has closed the connection, which changes the client count.
        let pong = websocket::Frame::new(websocket::Opcode::Pong, b"").masked([0; 4]);
        let _ = stalled.send_bytes(&pong.encode()).await;
    })
    .await;
    assert!(start.elapsed() >= STALLED, "{:?}", start.elapsed());
    server.drain((witness, stalled)).await;
}

/// Appends until only the witness is left.
pub(crate) async fn until_alone<S: Source>(
    server: &TestServer,
    witness: &mut ChainedViewer<S>,
    mut sign_of_life: impl AsyncFnMut(),
) {
    witness.client_counts.clear();
    let mut beat = tokio::time::interval(Duration::from_millis(250));
    soon("the end of the viewer that never reads", async {
        while witness.client_counts.back() != Some(&1) {
            beat.tick().await;
            sign_of_life().await;
            pour(server, witness, RING_FRAMES).await;
        }
    })
    .await;
}

async fn an_incomplete_request_head_times_out() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    let server = server().await;
    let start = Instant::now();
    let mut socket = tokio::net::TcpStream::connect(server.address())
        .await
        .unwrap();
    socket
        .write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-")
        .await
        .unwrap();
    let mut answer = Vec::new();
    let end = soon("the end", socket.read_to_end(&mut answer)).await;
    assert!(start.elapsed() >= STALLED, "{:?} {end:?}", start.elapsed());
    server.drain(socket).await;
}
