use super::chained::{ChainedViewer, Source};
use super::http::read_answer;
use super::{Answer, TestServer, soon};
use bytes::BufMut;
use loadtest::event_stream::{self, Body, Event};
use protocol::{Received, ServerMessage};
use socket2::SockRef;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

/// The size of a read: small, so that a slow viewer is slow.
const READ_BYTES: usize = 4 << 10;

/// A viewer of Server-Sent Events, like a browser's `EventSource`.
pub(crate) type EventViewer = ChainedViewer<EventSource>;

/// The connection, with what tests need and pages do not see: the response's head and retry time.
pub(crate) struct EventSource {
    socket: TcpStream,
    body: Body,
    /// Received events, without chunk sizes.
    unread: Vec<u8>,
    last_event_id: String,
    pub(crate) answer: Answer,
    pub(crate) retry_ms: Option<u64>,
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
            let text = match self.next_block().await {
                Ok(text) => text,
                Err(end) => panic!("instead of an event came the end: {end:?}"),
            };
            let event = Event::parse(&text);
            if let Some(retry) = event.retry {
                self.retry_ms = Some(retry.parse().unwrap());
            }
            let Some(data) = event.data else {
                continue;
            };
            let received = Received::parse(data);
            let message = received.message.as_ref().unwrap();
            assert_eq!(event.name, Some(message.message_type()));
            let is_place = matches!(message, ServerMessage::Subscribed(_));
            let has_place = received.position.is_some() || is_place;
            assert_eq!(event.id.is_some(), has_place, "{event:?}");
            if let Some(position) = received.position {
                let (_, seq) = self.last_event_id.split_once(':').unwrap();
                assert_eq!(seq, position.seq.to_string(), "{event:?}");
            }
            return data.to_owned();
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
        let mut source = Self {
            socket,
            body: Body::chunked(),
            unread,
            last_event_id: String::new(),
            answer,
            retry_ms: None,
        };
        source.unwrap_chunks(0);
        source
    }

    /// The next event, or a comment, with the empty line after it.
    pub(crate) async fn next_block(&mut self) -> Result<String, End> {
        loop {
            if let Some(block) = event_stream::next(&self.unread) {
                let block = String::from_utf8(block.to_owned()).unwrap();
                self.unread.drain(..block.len());
                if let Some(id) = Event::parse(&block).id {
                    id.clone_into(&mut self.last_event_id);
                }
                return Ok(block);
            }
            if self.body == Body::Ended {
                return Err(End::Complete);
            }
            let read = self.unread.len();
            self.unread.reserve(READ_BYTES);
            let mut room = (&mut self.unread).limit(READ_BYTES);
            match self.socket.read_buf(&mut room).await {
                Ok(0) | Err(_) => return Err(End::Cut),
                Ok(_) => self.unwrap_chunks(read),
            }
        }
    }

    fn unwrap_chunks(&mut self, from: usize) {
        let to = self.unread.len();
        let end = self.body.unwrap_chunks(&mut self.unread, from, to).unwrap();
        self.unread.truncate(end);
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

    pub(crate) async fn open(socket: TcpStream, path: &str, headers: &str) -> Self {
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
                match self.source.next_block().await {
                    Ok(block) => Event::parse(&block).data.map(|data| self.read(data)),
                    Err(end) => return end,
                };
            }
        })
        .await
    }
}
