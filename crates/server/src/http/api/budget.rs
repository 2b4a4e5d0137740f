use super::error::ApiError;
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

/// The memory of all responses that clients have not received yet. Beyond, requests are answered with 503.
const BYTES_MAX: usize = 64 << 20;

/// The size assumed for a streamed response: a page of it, or two.
const STREAM_BYTES: u64 = 2 << 20;

/// The size of a frame of the body.
const PIECE_BYTES: usize = 64 << 10;

/// Memory for responses. Cheap to clone.
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

/// Charges each response to the budget until its client has received it.
pub(super) async fn limit(State(budget): State<Budget>, request: Request, next: Next) -> Response {
    let answer = next.run(request).await;
    let bytes = answer.body().size_hint().exact().unwrap_or(STREAM_BYTES);
    let Some(permit) = budget.take(bytes) else {
        return ApiError::Busy.into_response();
    };
    answer.map(|body| {
        Body::new(BudgetedBody {
            body,
            piece: Bytes::new(),
            _permit: permit,
        })
    })
}

/// A body that is sent in small pieces, so that it is dropped only after the last one.
struct BudgetedBody {
    body: Body,
    /// The rest of the body's last frame.
    piece: Bytes,
    _permit: OwnedSemaphorePermit,
}

impl HttpBody for BudgetedBody {
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
            .layer(from_fn_with_state(Budget::new(), limit));
        let request_one = async || {
            let request = Request::get("/").body(Body::empty()).unwrap();
            router.clone().oneshot(request).await.unwrap()
        };
        let first = request_one().await;
        assert_eq!(first.body().size_hint().exact(), Some(BYTES as u64));
        assert_eq!(
            request_one().await.status(),
            StatusCode::SERVICE_UNAVAILABLE
        );

        let mut body = first.into_body().into_data_stream();
        let mut taken = 0;
        while taken + PIECE_BYTES < BYTES {
            taken += body.next().await.unwrap().unwrap().len();
        }
        assert_eq!(
            request_one().await.status(),
            StatusCode::SERVICE_UNAVAILABLE
        );
        taken += body.next().await.unwrap().unwrap().len();
        assert_eq!(taken, BYTES);
        drop(body);
        assert_eq!(request_one().await.status(), StatusCode::OK);
    }
}
