use super::chained::{ChainedViewer, Source};
use super::event_stream::{EventStream, Item, next_chunk};
use super::http::read_answer;
use super::{Answer, TestServer, soon};
use bytes::BufMut;
use protocol::{Received, ServerMessage};
use socket2::SockRef;
use std::collections::VecDeque;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

/// The size of a read: small, so that a slow viewer is slow.
const READ_BYTES: usize = 4 << 10;

/// A viewer of Server-Sent Events, like a browser's `EventSource`.
pub(crate) type EventViewer = ChainedViewer<EventSource>;

/// The connection, with what tests need and pages do not see: the response's head, retry time and comments.
pub(crate) struct EventSource {
    socket: TcpStream,
    unread: Vec<u8>,
    stream: EventStream,
    items: VecDeque<Item>,
    /// The last one taken from `items`.
    last_event_id: String,
    pub(crate) answer: Answer,
    pub(crate) retry_ms: Option<u64>,
    pub(crate) comments: Vec<String>,
}

/// How a response ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// Complete: a browser reconnects and resumes.
    Complete,
    /// Truncated.
    Cut,
}

impl Source for EventSource {
    /// The next event's data; verifies its name and `id`.
    async fn next_text(&mut self) -> String {
        loop {
            match self.next_item().await {
                Ok(Item::Event(event)) => {
                    let received = Received::parse(&event.data);
                    let message = received.message.as_ref().unwrap();
                    assert_eq!(event.name, message.message_type());
                    let is_place = matches!(message, ServerMessage::Subscribed(_));
                    let has_place = received.position.is_some() || is_place;
                    assert_eq!(event.has_id, has_place, "{event:?}");
                    if let Some(position) = received.position {
                        let (_, seq) = event.last_event_id.split_once(':').unwrap();
                        assert_eq!(seq, position.seq.to_string(), "{event:?}");
                    }
                    return event.data;
                }
                Ok(Item::RetryMs(retry_ms)) => self.retry_ms = Some(retry_ms),
                Ok(Item::Comment(comment)) => self.comments.push(comment),
                Err(end) => panic!("instead of an event came the end: {end:?}"),
            }
        }
    }
}

impl EventSource {
    /// Sends a request with additional headers, whatever the response.
    async fn ask(mut socket: TcpStream, path: &str, headers: &str) -> Self {
        let host = socket.peer_addr().unwrap();
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept: text/event-stream\r\n{headers}\r\n"
        );
        socket.write_all(request.as_bytes()).await.unwrap();
        let (answer, unread) = soon("an answer", read_answer(&mut socket)).await;
        Self {
            socket,
            unread,
            stream: EventStream::default(),
            items: VecDeque::new(),
            last_event_id: String::new(),
            answer,
            retry_ms: None,
            comments: Vec::new(),
        }
    }

    pub(crate) async fn next_item(&mut self) -> Result<Item, End> {
        loop {
            if let Some(item) = self.items.pop_front() {
                if let Item::Event(event) = &item {
                    self.last_event_id.clone_from(&event.last_event_id);
                }
                return Ok(item);
            }
            if let Some(chunk) = next_chunk(&mut self.unread) {
                if chunk.is_empty() {
                    return Err(End::Complete);
                }
                self.stream.feed(&chunk, &mut self.items);
                continue;
            }
            self.unread.reserve(READ_BYTES);
            let mut room = (&mut self.unread).limit(READ_BYTES);
            match self.socket.read_buf(&mut room).await {
                Ok(0) | Err(_) => return Err(End::Cut),
                Ok(_) => {}
            }
        }
    }
}

impl EventViewer {
    pub(crate) async fn connect(server: &TestServer, path: &str) -> Self {
        Self::connect_with(server, path, "").await
    }

    /// With additional headers.
    pub(crate) async fn connect_with(server: &TestServer, path: &str, headers: &str) -> Self {
        let connecting = TcpStream::connect(server.address());
        let socket = soon("a connection", connecting).await.unwrap();
        Self::open(socket, path, headers).await
    }

    /// With a small receive buffer, so that it is soon full.
    pub(crate) async fn connect_with_small_buffer(server: &TestServer, path: &str) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4 << 10).unwrap();
        let connecting = socket.connect(server.address());
        let socket = soon("a connection", connecting).await.unwrap();
        Self::open(socket, path, "").await
    }

    /// Reconnects as browsers do: with the `id` of the last event.
    pub(crate) async fn reconnect(self, server: &TestServer, path: &str) -> Self {
        let id = self.last_event_id().to_owned();
        let chain = self.chain.clone();
        drop(self);
        let headers = format!("Last-Event-ID: {id}\r\n");
        let viewer = Self::connect_with(server, path, &headers).await;
        Self { chain, ..viewer }
    }

    async fn open(socket: TcpStream, path: &str, headers: &str) -> Self {
        let source = EventSource::ask(socket, path, headers).await;
        assert_eq!(source.answer.status, 200, "{:?}", source.answer);
        let viewer = Self::greeted(source).await;
        let retry_ms = viewer.source.retry_ms;
        assert!(retry_ms.is_some(), "the first block has it");
        viewer
    }

    /// The connection.
    pub(crate) fn source(&mut self) -> &mut EventSource {
        &mut self.source
    }

    /// Where this viewer resumes.
    pub(crate) fn last_event_id(&self) -> &str {
        &self.source.last_event_id
    }

    /// The next event's data.
    pub(crate) async fn next_text(&mut self) -> String {
        soon("an event", self.source.next_text()).await
    }

    /// Closes the connection.
    pub(crate) fn close(self) {}

    /// Resets the connection instead of ending it.
    pub(crate) fn reset(self) {
        let zero = Some(std::time::Duration::ZERO);
        SockRef::from(&self.source.socket).set_linger(zero).unwrap();
    }

    /// Reads to the end, and returns its kind.
    pub(crate) async fn end(&mut self) -> End {
        soon("the end of a response", async {
            loop {
                match self.source.next_item().await {
                    Ok(Item::Event(event)) => drop(self.read(&event.data)),
                    Ok(Item::RetryMs(_) | Item::Comment(_)) => {}
                    Err(end) => return end,
                }
            }
        })
        .await
    }
}
