use axum::BoxError;
use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::time::{Instant, Sleep};

/// How long a body may take, whatever its rate.
const GRACE: Duration = Duration::from_secs(10);

/// The rate that a body must have beyond [`GRACE`], on average.
const BYTES_PER_SECOND_MIN: u32 = 4 << 10;

/// A request's body that fails if it arrives too slowly, so that nobody can occupy a handler with a byte a second.
pub(super) struct PacedBody {
    inner: Body,
    bytes: u64,
    start: Instant,
    /// Present while bytes are waited for.
    deadline: Option<Pin<Box<Sleep>>>,
}

/// A body arrived too slowly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the body arrives too slowly")]
pub(super) struct TooSlow;

impl PacedBody {
    /// A body without content is left as it is.
    pub(super) fn wrap(body: Body) -> Body {
        if body.is_end_stream() {
            return body;
        }
        Body::new(Self {
            inner: body,
            bytes: 0,
            start: Instant::now(),
            deadline: None,
        })
    }

    fn deadline(&self) -> Instant {
        let paced = Duration::from_secs(self.bytes / u64::from(BYTES_PER_SECOND_MIN));
        self.start + GRACE + paced
    }
}

impl HttpBody for PacedBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.inner).poll_frame(context) {
            self.deadline = None;
            if let Some(Ok(frame)) = &frame {
                let bytes = frame.data_ref().map_or(0, Bytes::len);
                self.bytes += bytes as u64;
            }
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        let at = self.deadline();
        let deadline = self
            .deadline
            .get_or_insert_with(|| Box::pin(tokio::time::sleep_until(at)));
        ready!(deadline.as_mut().poll(context));
        Poll::Ready(Some(Err(TooSlow.into())))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::to_bytes;
    use futures_util::stream;
    use std::convert::Infallible;

    /// A body of pieces, one each interval.
    fn body(pieces: usize, bytes: usize, every: Duration) -> Body {
        let pieces = stream::unfold(pieces, move |left| async move {
            tokio::time::sleep(every).await;
            let piece = Ok::<_, Infallible>(Bytes::from(vec![0; bytes]));
            (left > 0).then(|| (piece, left - 1))
        });
        PacedBody::wrap(Body::from_stream(pieces))
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_body_fails_and_a_long_one_does_not() {
        let start = Instant::now();
        let trickle = body(1_000, 1, Duration::from_secs(1));
        assert!(to_bytes(trickle, usize::MAX).await.is_err());
        assert_eq!(start.elapsed(), GRACE);
        let rate = BYTES_PER_SECOND_MIN as usize;
        let steady = body(60, rate, Duration::from_secs(1));
        let received = to_bytes(steady, usize::MAX).await.unwrap();
        assert_eq!(received.len(), 60 * rate);
        let stops = body(1, 1, Duration::from_secs(3_600));
        assert!(to_bytes(stops, usize::MAX).await.is_err());
    }
}
