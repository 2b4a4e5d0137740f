use axum::body::{Body, HttpBody};
use bytes::Bytes;
use futures_util::task::AtomicWaker;
use hyper::body::{Frame, SizeHint};
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::time::Instant;

/// A client that does not take a piece of a response within this time gets nothing more of it. Over HTTP/1.1, the
/// connection has the same limit ([`super::WriteTimeout`]).
const PIECE_TIME_MAX: Duration = Duration::from_secs(10);

/// The size of a piece. It makes a rate of the limit, as a client could grant a byte a second.
const PIECE_BYTES: usize = 2 << 10;

/// No more is given to hyper while it has this much.
const UNSENT_BYTES_MAX: usize = 32 << 10;

/// What hyper has of a response, and the client has not: h2 drops each piece once it is written.
#[derive(Debug, Default)]
pub(super) struct Unsent {
    state: Mutex<State>,
    /// The body, which waits for room or for its end.
    body: AtomicWaker,
}

#[derive(Debug, Default)]
struct State {
    bytes: usize,
    /// When a piece was last taken, or the first was added; absent without any.
    since: Option<Instant>,
}

/// A part of a body, until it is sent or discarded.
struct Piece {
    bytes: Bytes,
    unsent: Arc<Unsent>,
}

impl Unsent {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn bytes(&self) -> usize {
        self.state().bytes
    }

    fn add(self: &Arc<Self>, bytes: Bytes) -> Bytes {
        let mut state = self.state();
        state.bytes += bytes.len();
        state.since.get_or_insert_with(Instant::now);
        drop(state);
        let unsent = Arc::clone(self);
        Bytes::from_owner(Piece { bytes, unsent })
    }

    fn remove(&self, bytes: usize) {
        let mut state = self.state();
        state.bytes -= bytes;
        state.since = (state.bytes > 0).then(Instant::now);
        drop(state);
        self.body.wake();
    }

    /// Waits until the client has taken nothing for too long. It has to be polled after the body, by the same task:
    /// nothing else wakes it for the first piece.
    pub(super) async fn stuck(&self) {
        let mut sleep = pin!(tokio::time::sleep(Duration::ZERO));
        poll_fn(|context| {
            loop {
                let Some(since) = self.state().since else {
                    return Poll::Pending;
                };
                let deadline = since + PIECE_TIME_MAX;
                if Instant::now() >= deadline {
                    return Poll::Ready(());
                }
                if sleep.is_elapsed() {
                    sleep.as_mut().reset(deadline);
                }
                ready!(sleep.as_mut().poll(context));
            }
        })
        .await;
    }
}

impl AsRef<[u8]> for Piece {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Piece {
    fn drop(&mut self) {
        self.unsent.remove(self.bytes.len());
    }
}

/// A response's body in pieces, which ends only once the client has taken all of them. Otherwise h2 would have the rest
/// when the stream's task has ended, for as long as the client likes.
pub(super) struct PiecewiseBody {
    inner: Body,
    has_ended: bool,
    /// The rest of the inner body's last frame.
    rest: Bytes,
    unsent: Arc<Unsent>,
}

impl PiecewiseBody {
    pub(super) fn new(inner: Body, unsent: Arc<Unsent>) -> Self {
        Self {
            inner,
            has_ended: false,
            rest: Bytes::new(),
            unsent,
        }
    }
}

impl HttpBody for PiecewiseBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        // Before looking, so that nothing that is sent meanwhile goes unnoticed.
        self.unsent.body.register(context.waker());
        let unsent_bytes = self.unsent.bytes();
        if unsent_bytes >= UNSENT_BYTES_MAX {
            return Poll::Pending;
        }
        while self.rest.is_empty() && !self.has_ended {
            match ready!(Pin::new(&mut self.inner).poll_frame(context)) {
                None => self.has_ended = true,
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => self.rest = data,
                    Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
                },
            }
        }
        if self.rest.is_empty() {
            return match unsent_bytes {
                0 => Poll::Ready(None),
                _ => Poll::Pending,
            };
        }
        let length = self.rest.len().min(PIECE_BYTES);
        let piece = self.rest.split_to(length);
        let piece = self.unsent.add(piece);
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    /// A body that was empty from the start needs no frame.
    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream() && self.rest.is_empty() && self.unsent.bytes() == 0
    }

    /// Of the whole: hyper asks before it takes anything.
    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

#[cfg(test)]
mod tests;
