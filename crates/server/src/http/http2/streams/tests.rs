use super::super::super::TrustedProxies;
use super::super::super::connection_limits::ConnectionLimits;
use super::*;
use crate::accounts::LoginPolicy;
use tokio::sync::oneshot;
use tokio::time::Instant;

/// The streams of a connection of an address that may have so many, and what ends the server.
fn streams(per_address_max: usize) -> (Streams, Arc<ConnectionLimits>, watch::Sender<bool>) {
    let login = LoginPolicy::new(true, true);
    let limits = Arc::new(ConnectionLimits::new(100, per_address_max, login));
    let acquire = {
        let limits = Arc::clone(&limits);
        move || limits.acquire([192, 0, 2, 1].into(), &TrustedProxies::new(&[]))
    };
    let (stop, stopped) = watch::channel(false);
    let place = acquire().unwrap();
    (Streams::new(place, acquire, stopped), limits, stop)
}

/// Starts a stream; it ends when what is returned first is dropped.
async fn start(streams: &Streams) -> (oneshot::Sender<()>, CurrentStream) {
    let (end, ended) = oneshot::channel::<()>();
    let (send, current) = oneshot::channel();
    streams.execute(async move {
        let _ = send.send(CurrentStream::get());
        let _ = ended.await;
    });
    (end, current.await.unwrap())
}

#[tokio::test(start_paused = true)]
async fn each_stream_but_one_counts_as_a_connection() {
    let (streams, _, _stop) = streams(2);
    let (first, of_first) = start(&streams).await;
    let (_second, of_second) = start(&streams).await;
    let (_third, of_third) = start(&streams).await;
    let places = [of_first, of_second, of_third].map(|stream| stream.has_place);
    assert_eq!(places, [true, true, false]);
    drop(first);
    tokio::task::yield_now().await;
    let (_fourth, of_fourth) = start(&streams).await;
    assert!(of_fourth.has_place);
}

#[tokio::test(start_paused = true)]
async fn a_stop_does_not_wait_for_streams_that_follow_it() {
    let (streams, _, stop) = streams(9);
    stop.send_replace(true);
    let (_late, of_late) = start(&streams).await;
    assert!(!of_late.has_place);
    streams.idle(LAST_WRITE_TIME_MAX).await;
}

#[tokio::test(start_paused = true)]
async fn all_places_are_free_after_the_connection() {
    let (streams, limits, _stop) = streams(9);
    let (first, _) = start(&streams).await;
    let (second, _) = start(&streams).await;
    drop((first, second, streams));
    limits.ended().await;
}

#[tokio::test(start_paused = true)]
async fn a_connection_is_idle_without_streams() {
    const TIME: Duration = Duration::from_secs(10);
    let (streams, _, _stop) = streams(9);
    let begin = Instant::now();
    let requests = async {
        for _ in 0..5 {
            tokio::time::sleep(TIME / 2).await;
            // Shorter than anybody notices.
            drop(start(&streams).await);
        }
        let long = start(&streams).await;
        tokio::time::sleep(TIME * 3).await;
        drop(long);
        std::future::pending::<()>().await;
    };
    tokio::select! {
        () = requests => {}
        () = streams.idle(TIME) => {}
    }
    assert_eq!(begin.elapsed(), TIME * 5 / 2 + TIME * 3 + TIME);
}

#[tokio::test(start_paused = true)]
async fn an_aborted_stream_ends_at_once_or_after_a_last_write() {
    for (is_stopping, expected) in [(false, Duration::ZERO), (true, LAST_WRITE_TIME_MAX)] {
        let (streams, _, stop) = streams(9);
        let (mut end, current) = start(&streams).await;
        let _ = stop.send(is_stopping);
        let begin = Instant::now();
        current.abort.0.notify_one();
        end.closed().await;
        assert_eq!(begin.elapsed(), expected);
    }
}
