//! A small server that stores everything and resumes, correctly or not, over both transports.

use axum::Router;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::response::sse::{Event, Sse};
use axum::routing::{any, get};
use futures_util::stream::{self, Stream as Events};
use protocol::{
    ClientMessage, Connection, Data, Durable, Gap, GapReason, Position, Request, ServerMessage,
    Stream, Subscribed, Timestamp, splice_position,
};
use std::collections::HashMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::watch;

const EPOCH: &str = "model";

/// How the server resumes a viewer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Resume {
    /// It sends everything missed.
    Complete,
    /// It silently drops the first missed message.
    Lossy,
    /// It reports everything missed as a gap.
    Gap,
    /// It repeats the last message received.
    Overlapping,
}

/// A running server; it ends with its runtime.
pub(crate) struct Model {
    pub(crate) address: SocketAddr,
    _runtime: Runtime,
}

#[derive(Clone)]
struct Shared {
    /// Message n is at index n - 1.
    log: watch::Receiver<Arc<Vec<String>>>,
    resume: Resume,
}

impl Model {
    pub(crate) fn start(resume: Resume) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, log) = watch::channel(Arc::new(Vec::new()));
        let router = Router::new()
            .route("/ws", any(upgrade))
            .route("/api/events", get(events))
            .with_state(Shared { log, resume });
        runtime.spawn(async move { axum::serve(listener, router).await });
        runtime.spawn(append(sender));
        Self {
            address,
            _runtime: runtime,
        }
    }
}

async fn append(log: watch::Sender<Arc<Vec<String>>>) {
    let mut ticks = tokio::time::interval(Duration::from_millis(10));
    loop {
        ticks.tick().await;
        log.send_modify(|log| {
            let seq = log.len() as u64 + 1;
            Arc::make_mut(log).push(message(seq));
        });
    }
}

fn message(seq: u64) -> String {
    let data = Durable::Data(Data {
        timestamp: Timestamp::now(),
        label: "a".into(),
        value: seq as f64,
        unit: None,
        source: None,
        ..Data::default()
    });
    let position = Position {
        seq,
        prev: seq - 1,
        stream: Stream::Data,
    };
    splice_position(&data.to_json(), position)
}

/// A viewer's cursor: its first messages, and its place in the log.
struct Cursor {
    shared: Shared,
    first: Vec<(Option<u64>, String)>,
    next: usize,
}

impl Cursor {
    fn new(shared: Shared, after: Option<u64>) -> Self {
        let head = shared.log.borrow().len() as u64;
        let subscribed = ServerMessage::Subscribed(Subscribed {
            streams: vec![Stream::Data],
            epoch: EPOCH.into(),
            head,
            recovered: after.map(|_| shared.resume != Resume::Gap),
            correlation_id: None,
        });
        // The client's position, not the head: the messages between follow.
        let position = after.unwrap_or(head);
        let mut first = vec![(Some(position), subscribed.to_json())];
        let next = match (after, shared.resume) {
            (None, _) => head,
            (Some(after), Resume::Complete) => after,
            (Some(after), Resume::Lossy) => after + 1,
            (Some(after), Resume::Overlapping) => after.saturating_sub(1),
            (Some(after), Resume::Gap) => {
                let gap = ServerMessage::Gap(Gap {
                    channel: None,
                    stream: Stream::Data,
                    after: Some(after),
                    before: head + 1,
                    reason: GapReason::Expired,
                });
                first.push((None, gap.to_json()));
                head
            }
        };
        first.reverse();
        Self {
            shared,
            first,
            next: next as usize,
        }
    }

    /// The next message, with its `seq` if it has one.
    async fn next(&mut self) -> Option<(Option<u64>, String)> {
        if let Some(first) = self.first.pop() {
            return Some(first);
        }
        let next = self.next;
        let log = self
            .shared
            .log
            .wait_for(|log| log.len() > next)
            .await
            .ok()?;
        self.next += 1;
        Some((Some(self.next as u64), log[next].clone()))
    }
}

async fn upgrade(upgrade: WebSocketUpgrade, State(shared): State<Shared>) -> Response {
    upgrade.on_upgrade(|socket| serve_viewer(socket, shared))
}

async fn serve_viewer(mut socket: WebSocket, shared: Shared) {
    let greeting = ServerMessage::Connection(Connection {
        message: "hello".into(),
        client_id: "c-1".into(),
        client_count: 1,
        epoch: EPOCH.into(),
        head: 0,
        protocol: 1,
        server_version: "0".into(),
        heartbeat_ms: 15_000,
    });
    let _ = socket.send(Message::Text(greeting.to_json().into())).await;
    let Some(Ok(Message::Text(text))) = socket.recv().await else {
        return;
    };
    let ClientMessage::Subscribe(subscribe) = Request::parse(&text).unwrap().message else {
        return;
    };
    let mut cursor = Cursor::new(shared, subscribe.after);
    loop {
        tokio::select! {
            next = cursor.next() => {
                let Some((_, json)) = next else { return };
                if socket.send(Message::Text(json.into())).await.is_err() {
                    return;
                }
            }
            request = socket.recv() => {
                if !matches!(request, Some(Ok(_))) {
                    return;
                }
            }
        }
    }
}

async fn events(
    State(shared): State<Shared>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Sse<impl Events<Item = Result<Event, Infallible>>> {
    assert_eq!(query.get("streams").map(String::as_str), Some("data"));
    let after = headers.get("last-event-id").map(|id| {
        let id = id.to_str().unwrap();
        let (epoch, seq) = id.split_once(':').unwrap();
        assert_eq!(epoch, EPOCH);
        seq.parse().unwrap()
    });
    let cursor = Cursor::new(shared, after);
    Sse::new(stream::unfold(cursor, |mut cursor| async {
        let (id, json) = cursor.next().await?;
        let event = Event::default().data(json);
        let event = match id {
            Some(seq) => event.id(format!("{EPOCH}:{seq}")),
            None => event,
        };
        Some((Ok(event), cursor))
    }))
}
