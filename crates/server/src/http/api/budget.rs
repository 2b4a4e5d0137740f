use super::Failure;
use axum::body::{Body, HttpBody};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::{Buf, Bytes};
use hyper::body::{Frame, SizeHint};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Answers that their clients have not taken yet take no more memory than this, all together. Beyond,
/// whoever asks is told to ask again.
const BYTES_MAX: usize = 64 << 20;

/// What an answer counts as that is made while it is sent: a page of it, or two.
const STREAM_BYTES: u64 = 2 << 20;

/// Given to the connection at a time.
const PIECE_BYTES: usize = 64 << 10;

/// Memory for answers. Cheap to clone.
#[derive(Clone)]
pub(super) struct Budget(Arc<Semaphore>);

impl Budget {
    pub(super) fn new() -> Self {
        Self(Arc::new(Semaphore::new(BYTES_MAX)))
    }

    fn take(&self, bytes: u64) -> Option<OwnedSemaphorePermit> {
        let bytes = bytes.min(BYTES_MAX as u64) as u32;
        Arc::clone(&self.0).try_acquire_many_owned(bytes).ok()
    }
}

/// Counts each answer until its client has taken it.
pub(super) async fn keep_to(
    State(budget): State<Budget>,
    request: Request,
    next: Next,
) -> Response {
    let answer = next.run(request).await;
    let bytes = answer.body().size_hint().exact().unwrap_or(STREAM_BYTES);
    let Some(permit) = budget.take(bytes) else {
        return Failure::Busy.into_response();
    };
    answer.map(|body| {
        Body::new(Held {
            body,
            piece: Bytes::new(),
            _permit: permit,
        })
    })
}

/// A body that goes piece by piece, so that it lives as long as anything of it is left.
struct Held {
    body: Body,
    /// What is left of what the body gave last.
    piece: Bytes,
    _permit: OwnedSemaphorePermit,
}

impl HttpBody for Held {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if self.piece.is_empty() {
            match ready!(Pin::new(&mut self.body).poll_frame(context)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => self.piece = data,
                    Err(other) => return Poll::Ready(Some(Ok(other))),
                },
                ended => return Poll::Ready(ended),
            }
        }
        let length = self.piece.len().min(PIECE_BYTES);
        let piece = self.piece.split_to(length);
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.piece.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (left, mut hint) = (self.piece.remaining() as u64, self.body.size_hint());
        match hint.exact() {
            Some(bytes) => hint.set_exact(bytes + left),
            None => hint.set_lower(hint.lower() + left),
        }
        hint
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Router;
    use axum::http::StatusCode;
    use axum::middleware::from_fn_with_state;
    use axum::routing::get;
    use futures_util::StreamExt;
    use tower::ServiceExt;

    #[tokio::test]
    async fn an_answer_counts_until_it_is_taken() {
        const BYTES: usize = BYTES_MAX / 2 + 1;
        let router = Router::new()
            .route("/", get(async || vec![7; BYTES]))
            .layer(from_fn_with_state(Budget::new(), keep_to));
        let ask = async || {
            let request = Request::get("/").body(Body::empty()).unwrap();
            router.clone().oneshot(request).await.unwrap()
        };
        let first = ask().await;
        assert_eq!(first.body().size_hint().exact(), Some(BYTES as u64));
        assert_eq!(ask().await.status(), StatusCode::SERVICE_UNAVAILABLE);

        let mut body = first.into_body().into_data_stream();
        let mut taken = 0;
        while taken + PIECE_BYTES < BYTES {
            taken += body.next().await.unwrap().unwrap().len();
        }
        assert_eq!(ask().await.status(), StatusCode::SERVICE_UNAVAILABLE);
        taken += body.next().await.unwrap().unwrap().len();
        assert_eq!(taken, BYTES);
        drop(body);
        assert_eq!(ask().await.status(), StatusCode::OK);
    }
}
