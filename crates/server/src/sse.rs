//! Server-Sent Events: the same cursor behind another transport.
//!
//! HTML Living Standard, section 9.2. A viewer sends nothing but the `id` of the last event that it
//! received, which browsers do by themselves when they reconnect.

use crate::accounts::Grant;
use crate::app::App;
use crate::http::{Preset, ResponseAbort, query_value, refuse};
use crate::reading::PendingPage;
use crate::viewers::hub::{Counted, TransportKind, ViewerSlot};
use crate::viewers::{CloseReason, Hub, Progress, Sink, Transport, Viewer};
use access::Access;
use accounts::{Action, Denied, Principal};
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, Version, header};
use axum::response::{IntoResponse, Response};
use bytes::{BufMut, Bytes, BytesMut};
use futures_util::stream;
use journal::Encoding;
use protocol::{Stream, Subscribe};
use std::cell::RefCell;
use std::convert::Infallible;
use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Interval, MissedTickBehavior};

/// The size of a chunk; the rest stays in the journal until the viewer has taken it.
const CHUNK_BYTES: usize = 64 << 10;

/// The delays before browsers reconnect, spread so that they do not all reconnect at once.
const RETRY_MS: std::ops::Range<u64> = 1_000..3_000;

const LAST_EVENT_ID: &str = "last-event-id";

/// `GET /api/events…`: a preset subscription, resumed from the `id` that the viewer sends.
pub(crate) async fn events(State(app): State<App>, preset: Preset, request: Request) -> Response {
    let query = request.uri().query();
    let mut subscribe = match preset.subscribe(query) {
        Ok(Some(subscribe)) => subscribe,
        Ok(None) => return (StatusCode::BAD_REQUEST, "`streams` is missing.\n").into_response(),
        Err(error) => {
            return (StatusCode::BAD_REQUEST, format!("{error}\n")).into_response();
        }
    };
    let encoding = match query_value(query, "format").as_deref() {
        None => Encoding::Sse,
        Some("points") => Encoding::Points,
        Some(other) => {
            let text = format!(
                "`format` is {other:?}, and `points` is accepted; without it messages come whole.\n"
            );
            return (StatusCode::BAD_REQUEST, text).into_response();
        }
    };
    if encoding == Encoding::Points
        && let Err(text) = keep_values(&mut subscribe, query_value(query, "streams").is_some())
    {
        return (StatusCode::BAD_REQUEST, text).into_response();
    }
    // An id that is not even text is a position that cannot be resumed.
    let id = request
        .headers()
        .get(LAST_EVENT_ID)
        .map(|id| String::from_utf8_lossy(id.as_bytes()).into_owned())
        .or_else(|| query_value(query, "last_event_id"));
    resume(&mut subscribe, id.as_deref());
    let abort = request
        .extensions()
        .get::<ResponseAbort>()
        .cloned()
        .unwrap_or_default();
    let principal = request.extensions().get::<Principal>();
    let granted = principal.and_then(|principal| {
        let grant = app.accounts().grant(principal, Action::ReadDashboard)?;
        Some((principal.access.clone(), grant))
    });
    let Some((access, grant)) = granted else {
        return refuse(Denied::NotSignedIn, None);
    };
    let counted = Counted {
        is_http2: request.version() == Version::HTTP_2,
        ..Counted::of(request.extensions(), app.accounts().policy())
    };
    let slot = match app.hub().admit(counted, TransportKind::Events) {
        Ok(slot) => slot,
        Err(refusal) => return refusal.into_response(),
    };
    let events = Events::new(
        app.hub().clone(),
        slot,
        abort,
        encoding,
        (access, Some(grant)),
        &subscribe,
    );
    let body = stream::unfold(events, |mut events| async move {
        events
            .next()
            .await
            .map(|chunk| (Ok::<_, Infallible>(chunk), events))
    });
    let mut response = Body::from_stream(body).into_response();
    for (name, value) in [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-cache"),
        (HeaderName::from_static("x-accel-buffering"), "no"),
    ] {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Removes the streams whose messages have no values; it is an error if those were named.
fn keep_values(subscribe: &mut Subscribe, named: bool) -> Result<(), &'static str> {
    const WITH_VALUES: [Stream; 2] = [Stream::Metrics, Stream::Data];
    let before = subscribe.streams.len();
    let streams = &mut subscribe.streams;
    streams.retain(|(stream, _)| WITH_VALUES.contains(stream));
    if streams.len() < before && (named || streams.is_empty()) {
        return Err(
            "`format=points` is for the streams `metrics` and `data`; others have no values.\n",
        );
    }
    Ok(())
}

/// An `id` is an epoch and a `seq`; anything else is a position that cannot be resumed.
fn resume(subscribe: &mut Subscribe, id: Option<&str>) {
    let Some(id) = id.filter(|id| !id.is_empty()) else {
        return;
    };
    let position = id
        .rsplit_once(':')
        .and_then(|(epoch, seq)| Some((epoch, seq.parse().ok()?)));
    let (epoch, after) = position.unwrap_or(("", 0));
    subscribe.epoch = Some(epoch.to_owned());
    subscribe.after = Some(after);
}

/// One viewer's events, in chunks, which its connection pulls.
struct Events {
    viewer: Arc<Viewer>,
    hub: Hub,
    heartbeat: Interval,
    has_started: bool,
    page: PendingPage,
    _slot: ViewerSlot,
}

impl Events {
    fn new(
        hub: Hub,
        slot: ViewerSlot,
        abort: ResponseAbort,
        encoding: Encoding,
        seen: (Access, Option<Arc<Grant>>),
        subscribe: &Subscribe,
    ) -> Self {
        let transport = Transport::Task(abort.0);
        let now_ms = hub.clock().now_ms();
        let viewer = Arc::new(Viewer::new(slot.id, transport, encoding, seen, now_ms));
        hub.shard(viewer.id).join(&viewer);
        hub.greet(&viewer);
        hub.subscribe(&viewer, subscribe, None);
        let mut heartbeat = tokio::time::interval(Duration::from_millis(hub.limits().heartbeat_ms));
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        heartbeat.reset();
        Self {
            viewer,
            hub,
            heartbeat,
            has_started: false,
            page: PendingPage::default(),
            _slot: slot,
        }
    }

    /// The next chunk; `None` ends the response, after which browsers reconnect.
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            let close_reason = self.viewer.close_reason();
            // Before a restart, messages up to then are still sent.
            if close_reason.is_some_and(|close_reason| close_reason != CloseReason::Restart) {
                return None;
            }
            let chunk = self.write()?;
            if !chunk.is_empty() {
                self.heartbeat.reset();
                return Some(chunk);
            }
            if close_reason.is_some() {
                return None;
            }
            tokio::select! {
                () = poll_fn(|context| self.viewer.wake.poll(context)) => {}
                page = poll_fn(|context| self.page.poll(context)) => {
                    self.viewer.outbox().add_page(page.as_ref(), self.hub.clock().now_ms());
                }
                _ = self.heartbeat.tick() => return Some(Bytes::from_static(b": heartbeat\n\n")),
            }
        }
    }

    /// What can be sent now.
    fn write(&mut self) -> Option<Bytes> {
        let chunk = Chunk::default();
        if !std::mem::replace(&mut self.has_started, true) {
            // In the block of the greeting, since some clients take a block of its own for an event without
            // data.
            let retry = format!("retry: {}\n", retry_ms(self.viewer.id));
            chunk.0.borrow_mut().put_slice(retry.as_bytes());
        }
        let mut outbox = self.viewer.outbox();
        if !outbox.is_swept() {
            let now_ms = self.hub.clock().now_ms();
            match self.hub.drain(self.viewer.id, &mut outbox, &chunk) {
                Ok(Progress::Done) => {
                    if let Some(at_ms) = outbox.cursor.due_at() {
                        self.hub.shard(self.viewer.id).schedule(at_ms, &self.viewer);
                    }
                }
                Ok(Progress::Full | Progress::More) => {}
                Ok(Progress::WaitingForStore) => {
                    if let Some(request) = outbox.take_store_request(now_ms) {
                        let access = outbox.access().clone();
                        self.page
                            .start(self.hub.backlog_reader().read(request, access));
                    }
                }
                Ok(Progress::TooSlow) => self.viewer.request_close(CloseReason::TooSlow),
                Err(_) => return None,
            }
        }
        Some(chunk.0.into_inner().freeze())
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        if let Some(reason) = self.viewer.close_reason() {
            self.hub.metrics().closed(reason);
        }
        self.viewer.set_gone();
        self.hub.shard(self.viewer.id).leave();
    }
}

/// A viewer's delay, evenly spread over consecutive viewers (Fibonacci hashing: Knuth, The Art of Computer
/// Programming 3, 6.4).
fn retry_ms(viewer: u64) -> u64 {
    let spread = viewer.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
    RETRY_MS.start + spread % (RETRY_MS.end - RETRY_MS.start)
}

/// A sink that takes up to [`CHUNK_BYTES`].
#[derive(Default)]
struct Chunk(RefCell<BytesMut>);

impl Sink for Chunk {
    fn try_write(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        let mut bytes = self.0.borrow_mut();
        let before = bytes.len();
        for slice in slices {
            let room = CHUNK_BYTES.saturating_sub(bytes.len());
            bytes.put_slice(&slice[..slice.len().min(room)]);
        }
        match bytes.len() - before {
            0 => Err(io::ErrorKind::WouldBlock.into()),
            taken => Ok(taken),
        }
    }
}
