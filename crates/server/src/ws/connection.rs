use super::ending;
use super::requests;
use crate::reading::PendingPage;
use crate::viewers::hub::Seat;
use crate::viewers::rate_limit::RateLimit;
use crate::viewers::{Ending, Hub, Progress, Viewer};
use journal::Encoding;
use protocol::{Error, ErrorCode, InvalidRequest, Request, ServerMessage, Subscribe};
use std::cell::RefCell;
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tokio::io::Interest;
use tokio::net::TcpStream;
use websocket::{Decoder, Message};

/// Read at a time; one buffer a thread, since an idle connection must not own any.
const READ_BYTES: usize = 16 << 10;

thread_local! {
    static READ_BUFFER: RefCell<Vec<u8>> = RefCell::new(vec![0; READ_BYTES]);
}

/// One viewer's own task: reads what the peer says, and writes whenever the sweep does not.
pub(super) struct Connection {
    pub(super) viewer: Arc<Viewer>,
    pub(super) hub: Hub,
    /// Counted until the task ends.
    pub(super) seat: Seat,
    decoder: Decoder,
    rate: RateLimit,
}

/// How a connection ends.
pub(super) enum End {
    /// With a close frame of ours, and why.
    Close(u16, String),
    /// The peer has gone, or cannot be written to.
    Lost,
}

/// Whether the connection goes on.
type Flow = Result<(), End>;

/// What a connection waits for, beside being woken.
enum Wait {
    Socket(Interest),
    /// Only for its next turn: there is more to write.
    Turn,
    /// For what the store has been asked: the socket has room, and nothing is read before that.
    Store,
}

impl Connection {
    pub(super) fn new(viewer: Arc<Viewer>, hub: Hub, seat: Seat, decoder: Decoder) -> Self {
        let limits = hub.limits();
        let rate = RateLimit::new(
            limits.messages_per_second,
            limits.messages_burst,
            hub.clock().now_ms(),
        );
        Self {
            viewer,
            hub,
            seat,
            decoder,
            rate,
        }
    }

    /// Runs to the end. `early` is what the peer sent along with its handshake.
    pub(super) async fn run(mut self, preset: Option<Subscribe>, early: &[u8]) {
        // Joined first, so that no client count passes by between the greeting's and the next.
        let shard = Arc::clone(self.hub.shard(self.viewer.id));
        shard.join(&self.viewer);
        self.hub.greet(&self.viewer);
        if let Some(preset) = preset {
            self.hub.subscribe(&self.viewer, &preset, None);
        }
        let end = match self.receive(early) {
            Ok(()) => self.go_on().await,
            Err(end) => end,
        };
        self.viewer.set_gone();
        shard.leave();
        if let End::Close(code, reason) = end {
            tracing::debug!(
                viewer = self.viewer.id,
                code,
                reason,
                "Closing a connection."
            );
            Box::pin(ending::close(&self.viewer, &self.hub, code, &reason)).await;
        }
        drop(self.seat);
    }

    async fn go_on(&mut self) -> End {
        let viewer = Arc::clone(&self.viewer);
        let Some(socket) = viewer.socket() else {
            return End::Lost;
        };
        let mut pending_page = PendingPage::default();
        loop {
            if let Some(ending) = viewer.ending() {
                let (code, reason) = ending.close();
                return End::Close(code.into(), reason.into());
            }
            let interest = match self.write(socket, &mut pending_page) {
                Ok(Wait::Socket(interest)) => Some(interest),
                Ok(Wait::Store) => None,
                Ok(Wait::Turn) => {
                    tokio::task::yield_now().await;
                    continue;
                }
                Err(end) => return end,
            };
            tokio::select! {
                ready = socket.ready(interest.unwrap_or(Interest::READABLE)),
                    if interest.is_some() => match ready {
                    Ok(ready) if !ready.is_readable() => {}
                    Ok(_) => if let Err(end) = self.read(socket) { return end },
                    Err(_) => return End::Lost,
                },
                () = viewer.wake.notified() => {}
                page = pending_page.ready() => {
                    viewer.outbox().add_page(page.as_ref(), self.hub.clock().now_ms());
                }
            }
        }
    }

    /// Writes, unless the sweep does, and says what to wait for.
    fn write(&self, socket: &TcpStream, page: &mut PendingPage) -> Result<Wait, End> {
        let mut outbox = self.viewer.outbox();
        if outbox.is_swept() {
            return Ok(Wait::Socket(Interest::READABLE));
        }
        match outbox.drain(socket, self.hub.journal(), self.hub.clock().now_ms()) {
            Ok(Progress::Done) => {
                if let Some(at_ms) = outbox.cursor.due_at() {
                    self.hub.shard(self.viewer.id).note_due(at_ms, &self.viewer);
                }
                Ok(Wait::Socket(Interest::READABLE))
            }
            // With too many answers waiting, the peer must read before it is heard again.
            Ok(Progress::Full) if outbox.is_crowded() => Ok(Wait::Socket(Interest::WRITABLE)),
            Ok(Progress::Full) => Ok(Wait::Socket(Interest::READABLE | Interest::WRITABLE)),
            Ok(Progress::More) => Ok(Wait::Turn),
            Ok(Progress::WaitingForStore) => {
                if let Some(request) = outbox.take_store_request() {
                    page.start(self.hub.backlog_reader().read(request));
                }
                Ok(if outbox.is_crowded() {
                    Wait::Store
                } else {
                    Wait::Socket(Interest::READABLE)
                })
            }
            Ok(Progress::TooSlow) => {
                let (code, reason) = Ending::TooSlow.close();
                Err(End::Close(code.into(), reason.into()))
            }
            Err(_) => Err(End::Lost),
        }
    }

    fn read(&mut self, socket: &TcpStream) -> Flow {
        READ_BUFFER.with_borrow_mut(|buffer| match socket.try_read(buffer) {
            Ok(0) => Err(End::Lost),
            Ok(length) => self.receive(&buffer[..length]),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(()),
            Err(_) => Err(End::Lost),
        })
    }

    fn receive(&mut self, mut input: &[u8]) -> Flow {
        if !input.is_empty() {
            self.viewer
                .heard_ms
                .store(self.hub.clock().now_ms(), Ordering::Relaxed);
        }
        loop {
            match self.decoder.next_message(&mut input) {
                Ok(Some(message)) => self.handle(message)?,
                Ok(None) => return Ok(()),
                Err(violation) => {
                    let reason = format!("cannot {violation}");
                    return Err(End::Close(violation.close_code(), reason));
                }
            }
        }
    }

    fn handle(&mut self, message: Message) -> Flow {
        if !self.rate.take(self.hub.clock().now_ms()) {
            let (code, reason) = Ending::TooMany.close();
            return Err(End::Close(code.into(), reason.into()));
        }
        match message {
            Message::Text(text) => match self.parse(&text) {
                Ok(request) => requests::answer(&self.viewer, &self.hub, request),
                Err(error) => self.say(&ServerMessage::Error(error.into_error())),
            },
            Message::Binary(_) => self.say(&ServerMessage::Error(Error {
                code: ErrorCode::BinaryMessage,
                message: "binary messages have no meaning here; send JSON as text".into(),
                correlation_id: None,
            })),
            Message::Ping(payload) => self.control(websocket::pong_frame(&payload)),
            Message::Pong(_) => {}
            Message::Close(reason) => {
                let code = reason.map_or(websocket::close::NORMAL, |reason| reason.code);
                return Err(End::Close(code, String::new()));
            }
        }
        Ok(())
    }

    fn parse(&self, text: &str) -> Result<Request, InvalidRequest> {
        match self.viewer.outbox().encoding() {
            Encoding::Envelope => Request::parse_enveloped(text),
            _ => Request::parse(text),
        }
    }

    fn say(&self, message: &ServerMessage) {
        let mut outbox = self.viewer.outbox();
        outbox.queue_message(message);
        outbox.hand_over(self.hub.clock().now_ms());
    }

    fn control(&self, frame: bytes::Bytes) {
        let mut outbox = self.viewer.outbox();
        outbox.queue_control(frame);
        outbox.hand_over(self.hub.clock().now_ms());
    }
}
