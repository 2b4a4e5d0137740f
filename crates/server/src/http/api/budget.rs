use super::error::ApiError;
use crate::shares::{Exhausted, Holder, Permit, Shares};
use accounts::{Credential, Principal};
use axum::body::{Body, HttpBody};
use axum::extract::{Request, State};
use axum::http::Extensions;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::{Buf, Bytes};
use hyper::body::{Frame, SizeHint};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

/// The memory of all responses that clients have not received yet. Beyond, requests are answered with 503.
const BYTES_MAX: usize = 64 << 20;

/// The part of one client. Beyond, it is answered with 429.
const CLIENT_BYTES_MAX: usize = BYTES_MAX / 8;

/// The part of everybody without a credential, where the dashboard is public.
const PUBLIC_BYTES_MAX: usize = BYTES_MAX / 2;

/// What is reserved for the next page of a streamed response, until its size is known.
const PAGE_BYTES: u32 = 2 << 20;

/// The size of a frame of the body.
const PIECE_BYTES: usize = 64 << 10;

/// Memory for responses. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Budget(Arc<Parts>);

struct Parts {
    shares: Shares,
    /// What everybody without a credential may take of it.
    public: Shares,
}

/// Whose memory it is.
#[derive(Debug, Clone, Copy)]
struct Client {
    holder: Option<Holder>,
    is_public: bool,
}

/// Memory, until it is dropped.
struct Charge {
    permit: Permit,
    of_public: Option<Permit>,
}

impl Client {
    fn of(extensions: &Extensions) -> Self {
        let principal = extensions.get::<Principal>();
        Self {
            holder: Holder::of_user(extensions),
            is_public: principal.is_some_and(|it| it.credential == Credential::Public),
        }
    }
}

impl Budget {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Parts {
            shares: Shares::new(BYTES_MAX, CLIENT_BYTES_MAX),
            public: Shares::new(PUBLIC_BYTES_MAX, CLIENT_BYTES_MAX),
        }))
    }

    /// How many bytes are taken, and how many there are.
    pub(crate) fn fill(&self) -> (usize, usize) {
        self.0.shares.fill()
    }

    fn try_take(&self, client: Client, bytes: u64) -> Result<Charge, ApiError> {
        let bytes = bytes.min(BYTES_MAX as u64) as u32;
        let why = |exhausted| match exhausted {
            Exhausted::Share => ApiError::Unread,
            Exhausted::All => ApiError::Busy,
        };
        if !client.is_public {
            let permit = self.0.shares.try_acquire(client.holder, bytes);
            return Ok(Charge {
                permit: permit.map_err(why)?,
                of_public: None,
            });
        }
        let own = bytes.min(PUBLIC_BYTES_MAX as u32);
        let of_public = self.0.public.try_acquire(client.holder, own).map_err(why)?;
        Ok(Charge {
            permit: self.0.shares.try_acquire(None, bytes).map_err(why)?,
            of_public: Some(of_public),
        })
    }

    /// For the next page of a response. Whoever waits here for its own share holds nothing of what others wait for.
    async fn take_page(self, client: Client) -> Charge {
        let (of_public, holder) = match client.is_public {
            true => {
                let permit = self.0.public.acquire(client.holder, PAGE_BYTES).await;
                (Some(permit), None)
            }
            false => (None, client.holder),
        };
        Charge {
            permit: self.0.shares.acquire(holder, PAGE_BYTES).await,
            of_public,
        }
    }
}

impl Charge {
    /// Gives back what is more than this.
    fn shrink(&mut self, bytes: usize) {
        self.permit.shrink(bytes);
        if let Some(permit) = &mut self.of_public {
            permit.shrink(bytes);
        }
    }
}

/// Charges each response to the budget until its client has received it.
pub(super) async fn limit(State(budget): State<Budget>, request: Request, next: Next) -> Response {
    let client = Client::of(request.extensions());
    let answer = next.run(request).await;
    let bytes = answer.body().size_hint().exact();
    let charge = match budget.try_take(client, bytes.unwrap_or(PAGE_BYTES.into())) {
        Ok(charge) => charge,
        Err(error) => return error.into_response(),
    };
    let pages = match bytes {
        Some(_) => None,
        None => Some(Pages {
            budget,
            client,
            state: PageState::Reserved,
        }),
    };
    answer.map(|body| {
        Body::new(BudgetedBody {
            body,
            piece: Bytes::new(),
            charge: Some(charge),
            pages,
        })
    })
}

/// A body that is sent in small pieces, so that it is dropped only after the last one.
struct BudgetedBody {
    body: Body,
    /// The rest of the body's last frame.
    piece: Bytes,
    /// Of a streamed body, what the page takes that is sent, or is made.
    charge: Option<Charge>,
    /// Only of a streamed body.
    pages: Option<Pages>,
}

/// The pages of a streamed body.
struct Pages {
    budget: Budget,
    client: Client,
    state: PageState,
}

enum PageState {
    /// There is memory for the next page.
    Reserved,
    /// It waits for that.
    Waits(Pin<Box<dyn Future<Output = Charge> + Send>>),
    /// A page is sent, and the memory is what it takes.
    Sent,
}

impl BudgetedBody {
    /// Waits for the memory of the next page.
    fn poll_reserve(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let Some(pages) = &mut self.pages else {
            return Poll::Ready(());
        };
        loop {
            match &mut pages.state {
                PageState::Reserved => return Poll::Ready(()),
                PageState::Waits(taking) => {
                    self.charge = Some(ready!(taking.as_mut().poll(context)));
                    pages.state = PageState::Reserved;
                }
                PageState::Sent => {
                    // First, so that no page waits for the memory of another that waits, too.
                    self.charge = None;
                    let taking = pages.budget.clone().take_page(pages.client);
                    pages.state = PageState::Waits(Box::pin(taking));
                }
            }
        }
    }

    /// A page has its size now.
    fn charge_page(&mut self) {
        if let (Some(pages), Some(charge)) = (&mut self.pages, &mut self.charge) {
            charge.shrink(self.piece.len());
            pages.state = PageState::Sent;
        }
    }
}

impl HttpBody for BudgetedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if self.piece.is_empty() {
            ready!(self.poll_reserve(context));
            match ready!(Pin::new(&mut self.body).poll_frame(context)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => {
                        self.piece = data;
                        self.charge_page();
                    }
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
    use crate::http::RequestOrigin;
    use axum::Router;
    use axum::http::StatusCode;
    use axum::middleware::from_fn_with_state;
    use axum::routing::get;
    use futures_util::{FutureExt, StreamExt, stream};
    use std::convert::Infallible;
    use tower::ServiceExt;

    /// A part of the budget, so that three responses do not fit.
    const BYTES: usize = BYTES_MAX / 2 + 1;
    /// The same for a client's.
    const SMALL_BYTES: usize = CLIENT_BYTES_MAX / 2 + 1;
    const FIRST_PAGE_BYTES: usize = 1_000;

    async fn pages() -> Body {
        let sizes = stream::iter([FIRST_PAGE_BYTES, 50_000]);
        Body::from_stream(sizes.map(|size| Ok::<_, Infallible>(vec![7_u8; size])))
    }

    fn router() -> Router {
        Router::new()
            .route("/", get(async || vec![7_u8; BYTES]))
            .route("/small", get(async || vec![7_u8; SMALL_BYTES]))
            .route("/pages", get(pages))
            .layer(from_fn_with_state(Budget::new(), limit))
    }

    async fn ask(router: &Router, path: &str, credential: &Credential) -> Response {
        ask_from([192, 0, 2, 1], router, path, credential).await
    }

    async fn ask_from(
        address: [u8; 4],
        router: &Router,
        path: &str,
        credential: &Credential,
    ) -> Response {
        let mut request = Request::get(path).body(Body::empty()).unwrap();
        request.extensions_mut().insert(Principal {
            credential: credential.clone(),
            ..Principal::anonymous()
        });
        let origin = RequestOrigin {
            address: address.into(),
            ..RequestOrigin::of(request.extensions())
        };
        request.extensions_mut().insert(origin);
        router.clone().oneshot(request).await.unwrap()
    }

    const LOCAL: Credential = Credential::LoginOff;
    const BUSY: StatusCode = StatusCode::SERVICE_UNAVAILABLE;

    #[tokio::test]
    async fn an_answer_counts_until_it_is_taken() {
        let router = router();
        let first = ask(&router, "/", &LOCAL).await;
        assert_eq!(first.body().size_hint().exact(), Some(BYTES as u64));
        assert_eq!(ask(&router, "/", &LOCAL).await.status(), BUSY);

        let mut body = first.into_body().into_data_stream();
        let mut taken = 0;
        while taken + PIECE_BYTES < BYTES {
            taken += body.next().await.unwrap().unwrap().len();
        }
        assert_eq!(ask(&router, "/", &LOCAL).await.status(), BUSY);
        taken += body.next().await.unwrap().unwrap().len();
        assert_eq!(taken, BYTES);
        drop(body);
        assert_eq!(ask(&router, "/", &LOCAL).await.status(), StatusCode::OK);
    }

    #[tokio::test]
    async fn a_client_has_an_eighth_and_the_public_half() {
        let router = router();
        let [one, other] = [1, 2].map(|user| Credential::Jwt { user });
        let unread = ask(&router, "/small", &one).await;
        let refused = ask(&router, "/small", &one).await;
        assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
        assert!(refused.headers().contains_key("retry-after"));
        let of_other = ask(&router, "/small", &other).await;
        assert_eq!(of_other.status(), StatusCode::OK);
        drop((unread, of_other));
        // More than the share is all of it, and more than the public may take is all of that.
        let public = ask(&router, "/", &Credential::Public).await;
        assert_eq!(public.status(), StatusCode::OK);
        let refused = ask(&router, "/pages", &Credential::Public).await;
        assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
        let refused = ask_from([192, 0, 2, 2], &router, "/pages", &Credential::Public).await;
        assert_eq!(refused.status(), BUSY);
        assert_eq!(ask(&router, "/small", &one).await.status(), StatusCode::OK);
    }

    #[tokio::test]
    async fn a_streamed_response_counts_as_the_page_that_it_holds() {
        let router = router();
        let mut slow = Vec::new();
        for _ in 0..200 {
            let response = ask(&router, "/pages", &LOCAL).await;
            assert_eq!(response.status(), StatusCode::OK);
            let mut body = response.into_body().into_data_stream();
            let page = body.next().await.unwrap().unwrap();
            assert_eq!(page.len(), FIRST_PAGE_BYTES);
            slow.push(body);
        }
        // The next page waits until there is memory for it.
        let large = ask(&router, "/", &LOCAL).await;
        let rest = BYTES_MAX - BYTES - 200 * FIRST_PAGE_BYTES;
        let mut made = Vec::new();
        for _ in 0..rest / PAGE_BYTES as usize {
            made.push(ask(&router, "/pages", &LOCAL).await);
        }
        let mut body = slow.pop().unwrap();
        assert!(body.next().now_or_never().is_none());
        drop((large, made));
        assert_eq!(body.next().await.unwrap().unwrap().len(), 50_000);
        assert!(body.next().await.is_none());
    }
}
