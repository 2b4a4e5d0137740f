use super::closing;
use super::requests;
use crate::reading::PendingPage;
use crate::viewers::hub::ViewerSlot;
use crate::viewers::rate_limit::RateLimit;
use crate::viewers::{CloseReason, Hub, Progress, Viewer};
use journal::Encoding;
use protocol::{Error, ErrorCode, InvalidRequest, Request, ServerMessage, Subscribe};
use std::cell::RefCell;
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tokio::io::Interest;
use tokio::net::TcpStream;
use websocket::{Decoder, Message};

/// The read buffer of a thread; an idle connection must not own one.
const READ_BYTES: usize = 16 << 10;

thread_local! {
    static READ_BUFFER: RefCell<Vec<u8>> = RefCell::new(vec![0; READ_BYTES]);
}

/// A viewer's own task: receives requests, and writes whenever the sweep does not.
pub(super) struct Connection {
    pub(super) viewer: Arc<Viewer>,
    pub(super) hub: Hub,
    /// Held until the task ends.
    pub(super) slot: ViewerSlot,
    decoder: Decoder,
    rate: RateLimit,
}

/// How a connection ends.
pub(super) enum End {
    /// With a close frame: code and reason.
    Close(u16, String),
    /// The peer is gone, or cannot be written to.
    Lost,
}

/// Whether the connection continues.
type Flow = Result<(), End>;

/// What a connection waits for, besides being woken.
enum Wait {
    Socket(Interest),
    /// Yields once: there is more to write.
    Yield,
    /// Waits for a page of the store, and reads nothing before that.
    Store,
}

impl Connection {
    pub(super) fn new(viewer: Arc<Viewer>, hub: Hub, slot: ViewerSlot, decoder: Decoder) -> Self {
        let limits = hub.limits();
        let rate = RateLimit::new(
            limits.messages_per_second,
            limits.messages_burst,
            hub.clock().now_ms(),
        );
        Self {
            viewer,
            hub,
            slot,
            decoder,
            rate,
        }
    }

    /// Runs to the end. `early` is what the peer sent with its handshake.
    pub(super) async fn run(mut self, preset: Option<Subscribe>, early: &[u8]) {
        // Joins first, so that no client count is missed after that of the greeting.
        let shard = Arc::clone(self.hub.shard(self.viewer.id));
        shard.join(&self.viewer);
        self.hub.greet(&self.viewer);
        if let Some(preset) = preset {
            self.hub.subscribe(&self.viewer, &preset, None);
        }
        let end = match self.receive(early) {
            Ok(()) => self.run_until_end().await,
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
            Box::pin(closing::close(&self.viewer, &self.hub, code, &reason)).await;
        }
        drop(self.slot);
    }

    async fn run_until_end(&mut self) -> End {
        let viewer = Arc::clone(&self.viewer);
        let Some(socket) = viewer.socket() else {
            return End::Lost;
        };
        let mut pending_page = PendingPage::default();
        loop {
            if let Some(reason) = viewer.close_reason() {
                if reason == CloseReason::Restart {
                    // Messages before the stop are still sent, as far as the socket has room.
                    let _ = self.write(socket, &mut pending_page);
                }
                let (code, reason) = reason.close();
                return End::Close(code.into(), reason.into());
            }
            let interest = match self.write(socket, &mut pending_page) {
                Ok(Wait::Socket(interest)) => Some(interest),
                Ok(Wait::Store) => None,
                Ok(Wait::Yield) => {
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

    /// Writes, unless the sweep does, and returns what to wait for.
    fn write(&self, socket: &TcpStream, page: &mut PendingPage) -> Result<Wait, End> {
        let mut outbox = self.viewer.outbox();
        if outbox.is_swept() {
            return Ok(Wait::Socket(Interest::READABLE));
        }
        match outbox.drain(socket, self.hub.journal(), self.hub.clock().now_ms()) {
            Ok(Progress::Done) => {
                if let Some(at_ms) = outbox.cursor.due_at() {
                    self.hub.shard(self.viewer.id).schedule(at_ms, &self.viewer);
                }
                Ok(Wait::Socket(Interest::READABLE))
            }
            // With a full queue, the peer must read before further requests are received.
            Ok(Progress::Full) if outbox.is_crowded() => Ok(Wait::Socket(Interest::WRITABLE)),
            Ok(Progress::Full) => Ok(Wait::Socket(Interest::READABLE | Interest::WRITABLE)),
            Ok(Progress::More) => Ok(Wait::Yield),
            Ok(Progress::WaitingForStore) => {
                if let Some(request) = outbox.take_store_request(self.hub.clock().now_ms()) {
                    let access = outbox.access().clone();
                    page.start(self.hub.backlog_reader().read(request, access));
                }
                Ok(if outbox.is_crowded() {
                    Wait::Store
                } else {
                    Wait::Socket(Interest::READABLE)
                })
            }
            Ok(Progress::TooSlow) => {
                let (code, reason) = CloseReason::TooSlow.close();
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
                .received_ms
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
            let (code, reason) = CloseReason::TooMany.close();
            return Err(End::Close(code.into(), reason.into()));
        }
        match message {
            Message::Text(text) => match self.parse(&text) {
                Ok(request) => requests::handle(&self.viewer, &self.hub, request),
                Err(error) => self.send(&ServerMessage::Error(error.into_error())),
            },
            Message::Binary(_) => self.send(&ServerMessage::Error(Error {
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

    fn send(&self, message: &ServerMessage) {
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
