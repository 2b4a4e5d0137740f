//! Event viewers that read too slowly, or not at all.

use crate::slow_viewers::{LINES, RING_FRAMES, STALLED, pour, server, until_alone};
use crate::support::{End, EventViewer, TestServer};
use protocol::{Gap, GapReason, ServerMessage, Stream};
use std::time::Instant;

const LOGS: &str = "/api/events?streams=logs";

/// A viewer that reads everything, and one with a small buffer that has read only the answer.
async fn fast_and_slow(server: &TestServer) -> (EventViewer, EventViewer) {
    let mut witness = EventViewer::connect(server, LOGS).await;
    witness.subscribed().await;
    let mut slow = EventViewer::connect_with_small_buffer(server, LOGS).await;
    slow.subscribed().await;
    witness.until_count(2).await;
    (witness, slow)
}

/// Reads up to the first gap; returns it with the last `seq` before it.
async fn read_to_gap(viewer: &mut EventViewer) -> (u64, Gap) {
    let mut last = viewer.chain.newest();
    viewer
        .until("a gap", |received| {
            if let Ok(ServerMessage::Gap(gap)) = &received.message {
                return Some((last, gap.clone()));
            }
            last = received.position.map_or(last, |position| position.seq);
            None
        })
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_event_viewer_gets_a_gap_and_the_newest() {
    let server = server().await;
    let (mut witness, mut slow) = fast_and_slow(&server).await;
    pour(&server, &mut witness, LINES).await;
    let newest = witness.chain.newest();

    let (last, gap) = read_to_gap(&mut slow).await;
    assert_eq!((gap.stream, gap.reason), (Stream::Logs, GapReason::Slow));
    assert_eq!(gap.after, Some(last), "it begins where reading stopped");
    assert!(
        gap.before > newest - RING_FRAMES as u64,
        "{gap:?}, newest {newest}"
    );

    // After it has caught up, it receives live events.
    pour(&server, &mut witness, RING_FRAMES).await;
    while slow.chain.newest() < witness.chain.newest() {
        slow.next_position().await;
    }
    server.drain((witness, slow)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn three_gaps_within_a_minute_end_the_response() {
    let server = server().await;
    let (mut witness, mut slow) = fast_and_slow(&server).await;
    for _ in 0..2 {
        pour(&server, &mut witness, LINES).await;
        read_to_gap(&mut slow).await;
    }
    pour(&server, &mut witness, LINES).await;
    assert_eq!(slow.end().await, End::Complete);
    witness.until_count(1).await;

    // As its browser does; then it receives its gap.
    let mut back = slow.reconnect(&server, LOGS).await;
    let (_, gap) = read_to_gap(&mut back).await;
    assert_eq!(gap.reason, GapReason::Expired);
    server.drain((witness, back)).await;
}

/// Its slot becomes free, and other viewers are not affected.
pub(crate) async fn a_listener_that_never_reads_is_cut_after_ten_seconds() {
    let server = server().await;
    let (mut witness, mut stalled) = fast_and_slow(&server).await;
    let start = Instant::now();
    pour(&server, &mut witness, LINES).await;
    until_alone(&server, &mut witness, async || ()).await;
    assert!(start.elapsed() >= STALLED, "{:?}", start.elapsed());
    // A complete response would hide that the rest is missing.
    assert_eq!(stalled.end().await, End::Cut);
    server.drain((witness, stalled)).await;
}
