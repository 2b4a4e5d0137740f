use super::*;
use futures_util::{FutureExt, StreamExt};

/// A body of this size, and what is unsent of it.
fn body(bytes: usize) -> (impl futures_util::Stream<Item = Bytes> + Unpin, Arc<Unsent>) {
    let unsent = Arc::<Unsent>::default();
    let body = PiecewiseBody::new(Body::from(vec![7; bytes]), Arc::clone(&unsent));
    let pieces = Body::new(body).into_data_stream();
    (pieces.map(|piece| piece.unwrap()), unsent)
}

#[tokio::test(start_paused = true)]
async fn a_body_ends_once_all_of_it_is_taken() {
    let bytes = 3 * UNSENT_BYTES_MAX + 1;
    let (mut body, unsent) = body(bytes);
    let (mut held, mut received) = (Vec::new(), 0);
    while let Some(Some(piece)) = body.next().now_or_never() {
        held.push(piece);
    }
    assert_eq!(unsent.bytes(), UNSENT_BYTES_MAX);
    while received < bytes {
        let piece = match held.is_empty() {
            true => body.next().await.unwrap(),
            false => held.remove(0),
        };
        assert!(piece.len() <= PIECE_BYTES);
        received += piece.len();
        let before = body.next().now_or_never();
        held.extend(before.map(|piece| piece.expect("there is more, or the last is unsent")));
    }
    assert_eq!(unsent.bytes(), 0);
    assert_eq!(body.next().await, None);
}

#[tokio::test(start_paused = true)]
async fn the_end_is_noticed_by_another_task() {
    let (mut body, _) = body(1);
    let piece = body.next().await.unwrap();
    let end = tokio::spawn(async move { body.next().await });
    tokio::task::yield_now().await;
    assert!(!end.is_finished());
    drop(piece);
    assert_eq!(end.await.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn an_empty_body_has_ended_already() {
    let empty = PiecewiseBody::new(Body::empty(), Arc::default());
    assert!(empty.is_end_stream());
    let sized = PiecewiseBody::new(Body::from("five!"), Arc::default());
    assert!(!sized.is_end_stream());
    assert_eq!(sized.size_hint().exact(), Some(5));
}

#[tokio::test(start_paused = true)]
async fn who_takes_a_piece_in_time_is_not_stuck() {
    let (mut body, unsent) = body(100 * PIECE_BYTES);
    let start = Instant::now();
    let slow = async {
        for _ in 0..5 {
            let piece = body.next().await.unwrap();
            tokio::time::sleep(PIECE_TIME_MAX * 9 / 10).await;
            drop(piece);
        }
        // Nothing is unsent for long, as when a viewer waits for events.
        tokio::time::sleep(PIECE_TIME_MAX * 5).await;
        let held = body.next().await;
        std::future::pending::<()>().await;
        drop(held);
    };
    tokio::select! {
        biased;
        () = slow => {}
        () = unsent.stuck() => {}
    }
    let expected = PIECE_TIME_MAX * 9 / 10 * 5 + PIECE_TIME_MAX * 6;
    assert_eq!(start.elapsed().as_secs(), expected.as_secs());
}
