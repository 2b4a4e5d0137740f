use super::closing;
use super::requests;
use crate::metrics::RejectedMessage;
use crate::reading::PendingPage;
use crate::viewers::hub::ViewerSlot;
use crate::viewers::rate_limit::RateLimit;
use crate::viewers::{CloseReason, Progress, Socket, Viewer};
use journal::{Encoding, Page};
use protocol::{Error, ErrorCode, InvalidRequest, Request, ServerMessage, Subscribe};
use std::cell::RefCell;
use std::future::poll_fn;
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use tokio::io::Interest;
use websocket::{Decoder, Message};

/// The read buffer of a thread; an idle connection must not own one.
const READ_BYTES: usize = 16 << 10;

thread_local! {
    static READ_BUFFER: RefCell<Vec<u8>> = RefCell::new(vec![0; READ_BYTES]);
}

/// A viewer's own task: receives requests, and writes whenever the sweep does not. There may be many thousands, so
/// its size matters.
pub(super) struct Connection {
    viewer: Arc<Viewer>,
    /// Held until the task ends.
    slot: ViewerSlot,
    /// Present while a message has arrived in part.
    decoder: Option<Box<Decoder>>,
    deflate: bool,
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
#[derive(Clone, Copy)]
enum Wait {
    Socket(Interest),
    /// Yields once: there is more to write.
    Yield,
    /// Waits for a page of the store, and reads nothing before that.
    Store,
}

/// What a connection has waited for.
enum Ready {
    ToRead,
    ToWrite,
    Page(Option<Page>),
    Lost,
}

impl Connection {
    /// Starts sending. `early` is what the peer sent with its handshake.
    pub(super) fn start(
        viewer: Arc<Viewer>,
        slot: ViewerSlot,
        deflate: bool,
        preset: Option<&Subscribe>,
        early: &[u8],
    ) -> (Self, Flow) {
        let hub = slot.hub();
        let limits = hub.limits();
        let rate = RateLimit::new(limits.messages_burst, hub.clock().now_ms());
        // Joins first, so that no client count is missed after that of the greeting.
        hub.shard(viewer.id).join(&viewer);
        // One that is closed at once learns nothing but why.
        if viewer.close_reason().is_none() {
            hub.greet(&viewer);
        }
        if let Some(preset) = preset {
            hub.subscribe(&viewer, preset, None);
        }
        let mut connection = Self {
            viewer,
            slot,
            decoder: None,
            deflate,
            rate,
        };
        let flow = connection.receive(early);
        (connection, flow)
    }

    /// Runs to the end.
    #[expect(
        clippy::manual_async_fn,
        reason = "an async function would have two places for `self`"
    )]
    pub(super) fn run(mut self) -> impl Future<Output = ()> + Send {
        async move {
            let end = self.run_until_end().await;
            Box::pin(self.end(end)).await;
        }
    }

    pub(super) async fn end(&self, end: End) {
        let hub = self.slot.hub();
        if let Some(reason) = self.viewer.close_reason() {
            hub.metrics().closed(reason);
        }
        self.viewer.set_gone();
        hub.shard(self.viewer.id).leave();
        if let End::Close(code, reason) = end {
            tracing::debug!(
                viewer = self.viewer.id,
                code,
                reason,
                "Closing a connection."
            );
            closing::close(&self.viewer, hub, code, &reason).await;
        }
    }

    async fn run_until_end(&mut self) -> End {
        let viewer = Arc::clone(&self.viewer);
        let Some(socket) = viewer.socket() else {
            return End::Lost;
        };
        let mut page = PendingPage::default();
        loop {
            if let Some(reason) = viewer.close_reason() {
                if reason == CloseReason::Restart {
                    // Messages before the stop are still sent, as far as the socket has room.
                    let _ = self.write(socket, &mut page);
                }
                return self.close_for(reason);
            }
            let interest = match self.write(socket, &mut page) {
                Ok(Wait::Socket(interest)) => Some(interest),
                Ok(Wait::Store) => None,
                Ok(Wait::Yield) => {
                    tokio::task::yield_now().await;
                    continue;
                }
                Err(end) => return end,
            };
            match poll_fn(|context| ready(context, &viewer, socket, interest, &mut page)).await {
                Ready::ToWrite => {}
                Ready::ToRead => {
                    if let Err(end) = self.read(socket) {
                        return end;
                    }
                }
                Ready::Page(page) => {
                    let now_ms = self.slot.hub().clock().now_ms();
                    viewer.outbox().add_page(page.as_ref(), now_ms);
                }
                Ready::Lost => return End::Lost,
            }
        }
    }

    /// Writes, unless the sweep does, and returns what to wait for.
    fn write(&self, socket: &Socket, page: &mut PendingPage) -> Result<Wait, End> {
        let mut outbox = self.viewer.outbox();
        if outbox.is_swept() {
            return Ok(Wait::Socket(Interest::READABLE));
        }
        match self.slot.hub().drain(self.viewer.id, &mut outbox, socket) {
            Ok(Progress::Done) => {
                if let Some(at_ms) = outbox.cursor.due_at() {
                    self.slot
                        .hub()
                        .shard(self.viewer.id)
                        .schedule(at_ms, &self.viewer);
                }
                Ok(Wait::Socket(Interest::READABLE))
            }
            // With a full queue, the peer must read before further requests are received.
            Ok(Progress::Full) if outbox.is_crowded() => Ok(Wait::Socket(Interest::WRITABLE)),
            Ok(Progress::Full) => Ok(Wait::Socket(Interest::READABLE | Interest::WRITABLE)),
            Ok(Progress::More) => Ok(Wait::Yield),
            Ok(Progress::WaitingForStore) => {
                if let Some(request) = outbox.take_store_request(self.slot.hub().clock().now_ms()) {
                    let access = outbox.access().clone();
                    page.start(self.slot.hub().backlog_reader().read(request, access));
                }
                Ok(if outbox.is_crowded() {
                    Wait::Store
                } else {
                    Wait::Socket(Interest::READABLE)
                })
            }
            Ok(Progress::TooSlow) => Err(self.close_for(CloseReason::TooSlow)),
            Err(_) => Err(End::Lost),
        }
    }

    fn read(&mut self, socket: &Socket) -> Flow {
        READ_BUFFER.with_borrow_mut(|buffer| {
            loop {
                match socket.try_read(buffer) {
                    Ok(0) => return Err(End::Lost),
                    Ok(length) => self.receive(&buffer[..length])?,
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                    Err(_) => return Err(End::Lost),
                }
                if !socket.has_received() {
                    return Ok(());
                }
            }
        })
    }

    fn receive(&mut self, mut input: &[u8]) -> Flow {
        let mut decoder = self.decoder.take().map_or_else(
            || {
                Decoder::server()
                    .with_deflate(self.deflate)
                    .with_message_bytes_max(protocol::CLIENT_MESSAGE_BYTES_MAX)
            },
            |decoder| *decoder,
        );
        loop {
            match decoder.next_message(&mut input) {
                Ok(Some(message)) => self.handle(message)?,
                Ok(None) => {
                    self.decoder = (!decoder.is_idle()).then(|| Box::new(decoder));
                    return Ok(());
                }
                Err(violation) => {
                    let reason = format!("cannot {violation}");
                    return Err(End::Close(violation.close_code(), reason));
                }
            }
        }
    }

    fn handle(&mut self, message: Message) -> Flow {
        let (limits, now_ms) = (self.slot.hub().limits(), self.slot.hub().clock().now_ms());
        // Not with each byte: a message that arrives a byte a second keeps nobody connected.
        self.viewer.received_ms.store(now_ms, Ordering::Relaxed);
        let (per_second, burst) = (limits.messages_per_second, limits.messages_burst);
        if !self.rate.take(per_second, burst, now_ms) {
            let metrics = self.slot.hub().metrics();
            metrics.rejected_messages(RejectedMessage::RateLimit, 1);
            return Err(self.close_for(CloseReason::TooMany));
        }
        match message {
            Message::Text(text) => match self.parse(&text) {
                Ok(request) => requests::handle(&self.viewer, self.slot.hub(), request),
                Err(error) => self.reject(error.into_error()),
            },
            Message::Binary(_) => self.reject(Error {
                code: ErrorCode::BinaryMessage,
                message: "binary messages have no meaning here; send JSON as text".into(),
                correlation_id: None,
            }),
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

    /// The end for a reason of the server.
    fn close_for(&self, reason: CloseReason) -> End {
        self.viewer.request_close(reason);
        let (code, reason) = reason.close();
        End::Close(code.into(), reason.into())
    }

    fn reject(&self, error: Error) {
        let metrics = self.slot.hub().metrics();
        metrics.rejected_messages(RejectedMessage::Invalid, 1);
        self.send(&ServerMessage::Error(error));
    }

    fn send(&self, message: &ServerMessage) {
        let mut outbox = self.viewer.outbox();
        outbox.queue_message(message);
        outbox.hand_over(self.slot.hub().clock().now_ms());
    }

    fn control(&self, frame: bytes::Bytes) {
        let mut outbox = self.viewer.outbox();
        outbox.queue_control(frame);
        outbox.hand_over(self.slot.hub().clock().now_ms());
    }
}

/// Waits for what the task has to do next. With futures of the socket and a `select!`, each of the many tasks would
/// be 200 bytes larger.
fn ready(
    context: &mut Context<'_>,
    viewer: &Viewer,
    socket: &Socket,
    interest: Option<Interest>,
    page: &mut PendingPage,
) -> Poll<Ready> {
    if let Poll::Ready(page) = page.poll(context) {
        return Poll::Ready(Ready::Page(page));
    }
    if viewer.wake.poll(context).is_ready() {
        return Poll::Ready(Ready::ToWrite);
    }
    if interest.is_some_and(Interest::is_readable)
        && let Poll::Ready(ready) = socket.tcp().poll_read_ready(context)
    {
        return Poll::Ready(ready.map_or(Ready::Lost, |()| Ready::ToRead));
    }
    if interest.is_some_and(Interest::is_writable)
        && let Poll::Ready(ready) = socket.tcp().poll_write_ready(context)
    {
        return Poll::Ready(ready.map_or(Ready::Lost, |()| Ready::ToWrite));
    }
    Poll::Pending
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use crate::metrics::Metrics;
    use crate::reading::BacklogReader;
    use crate::viewers::hub::{Counted, TransportKind};
    use crate::viewers::{Hub, HubLimits, Transport};
    use access::Access;
    use journal::{Journal, Limits, Log};
    use std::net::Ipv4Addr;
    use tokio::net::{TcpListener, TcpStream};

    /// What a viewer costs for as long as it is connected, besides its socket.
    #[tokio::test]
    async fn a_viewer_and_its_task_are_small() {
        const LIMITS: HubLimits = HubLimits {
            viewers_max: 1,
            viewers_per_address_max: 1,
            messages_per_second: 1,
            messages_burst: 1,
            heartbeat_ms: 1_000,
        };
        let log = Log::new("e", Limits::default());
        let (reader, clock) = (BacklogReader::new(None), Clock::start());
        let hub = Hub::new(
            Journal::with_log(log),
            reader,
            clock,
            LIMITS,
            1,
            Metrics::default(),
        );
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (peer, accepted) = tokio::join!(TcpStream::connect(address), listener.accept());
        let (_peer, (socket, from)) = (peer.unwrap(), accepted.unwrap());
        let counted = Counted {
            address: Some(from.ip()),
            is_public: false,
            is_http2: false,
        };
        let slot = hub.admit(counted, TransportKind::WebSocket).unwrap();
        let transport = Transport::Socket(Socket::Plain(socket));
        let viewer = Arc::new(Viewer::new(
            1,
            transport,
            Encoding::Plain,
            (Access::member([]), None),
            0,
        ));
        let (connection, flow) = Connection::start(viewer, slot, false, None, b"");
        assert!(flow.is_ok());
        let task = size_of_val(&connection.run());
        assert!(task <= 256, "the task has {task} bytes");
        let viewer = size_of::<Viewer>();
        // Eight of them for each stream.
        assert!(viewer <= 280, "the viewer has {viewer} bytes");
    }
}
