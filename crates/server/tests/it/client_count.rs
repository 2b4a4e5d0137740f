//! The client count.

use crate::support::{TestServer, Viewer};
use std::time::{Duration, Instant};
use tokio_tungstenite::tungstenite::Message;

/// The documented limit: twice a second.
const EVERY: Duration = Duration::from_millis(500);

#[tokio::test(flavor = "multi_thread")]
async fn every_viewer_receives_the_count_and_is_included() {
    let server = TestServer::start(|_| ()).await;
    let mut subscribed = Viewer::connect(&server, "/ws/metrics").await;
    let mut silent = Viewer::connect(&server, "/ws").await;
    assert_eq!(silent.greeting.client_count, 2);
    subscribed.until_count(2).await;
    silent.until_count(2).await;
    drop(silent);
    subscribed.until_count(1).await;
    server.drain(subscribed).await;
}

/// Between two broadcasts the count may rise and fall again: the greeting of a viewer that joined in between
/// has a count that was never broadcast.
#[tokio::test(flavor = "multi_thread")]
async fn a_new_viewer_receives_a_lower_count() {
    let server = TestServer::start(|_| ()).await;
    let leaver = Viewer::connect(&server, "/ws").await;
    let mut newcomer = Viewer::connect(&server, "/ws").await;
    assert_eq!(newcomer.greeting.client_count, 2);
    drop(leaver);
    newcomer.until_count(1).await;
    server.drain(newcomer).await;
}

/// As after a reload of the page: all other viewers have this count already.
#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_gets_the_count_as_a_message_even_if_it_has_not_changed() {
    let server = TestServer::start(|_| ()).await;
    for _ in 0..5 {
        let mut viewer = Viewer::connect(&server, "/ws").await;
        viewer.until_count(1).await;
        viewer.send_frame(Message::Close(None)).await;
        assert_eq!(viewer.close_code().await, 1000);
    }
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn client_counts_are_limited_in_rate() {
    const CROWD: usize = 100;
    let server = TestServer::start(|_| ()).await;
    let start = Instant::now();
    let connecting = (0..CROWD).map(|_| Viewer::connect(&server, "/ws"));
    let mut crowd = futures_util::future::join_all(connecting).await;
    for viewer in &mut crowd {
        viewer.until_count(CROWD as u64).await;
    }
    // One after the greeting, and one at the start of each interval.
    let most = start.elapsed().as_millis() / EVERY.as_millis() + 2;
    for viewer in &crowd {
        let counts = &viewer.client_counts;
        assert!(
            counts.len() as u128 <= most,
            "{counts:?} in {:?}",
            start.elapsed()
        );
    }
    server.drain(crowd).await;
}
