use super::*;
use crate::viewers::{Socket, Transport, Viewer};
use journal::{Encoding, Limits, Log};
use protocol::{Durable, Event, Level, Stream, StreamOptions, Subscribe, Timestamp};
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};

const HEARTBEAT_MS: u64 = 1_000;

/// A sweep, one viewer that has not joined yet, and the peer's end of the socket.
struct Scene {
    sweep: Sweep,
    viewer: Arc<Viewer>,
    peer: TcpStream,
}

impl Scene {
    async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (peer, accepted) = tokio::join!(TcpStream::connect(address), listener.accept());
        let (socket, _) = accepted.unwrap();
        socket.writable().await.unwrap();
        let journal = Journal::with_log(Log::new("e", Limits::default()));
        let transport = Transport::Socket(Socket::Plain(socket));
        Self {
            sweep: Sweep::new(Arc::default(), journal, Clock::start(), HEARTBEAT_MS),
            viewer: Arc::new(Viewer::new(
                1,
                transport,
                Encoding::Plain,
                (access::Access::member([]), None),
                0,
            )),
            peer: peer.unwrap(),
        }
    }

    fn subscribe(&self, stream: Stream) {
        let subscribe = Subscribe {
            streams: [(stream, StreamOptions::default())].into(),
            ..Subscribe::default()
        };
        let mut outbox = self.viewer.outbox();
        outbox.subscribe(&self.sweep.journal, &subscribe, None, &mut Tally::default());
        self.viewer.set_interest(outbox.cursor.streams());
        self.sweep.shard.add_interest(outbox.cursor.streams());
    }

    /// As the viewer's own task does.
    fn drain(&self) {
        let socket = self.viewer.socket().unwrap();
        let drained =
            self.viewer
                .outbox()
                .drain(socket, &self.sweep.journal, 0, &mut Tally::default());
        assert_eq!(drained.unwrap(), Progress::Done);
    }

    fn join(&mut self) {
        self.sweep.shard.join(&self.viewer);
        self.sweep.admit();
    }

    fn append(&self, message: &str) {
        self.sweep.journal.append(&[Durable::Event(Event {
            timestamp: Timestamp::from_unix_ms(0),
            level: Level::Info,
            source: "test".into(),
            message: message.into(),
        })]);
    }

    /// Reads until this is received.
    async fn receives(&mut self, wanted: &str) {
        let mut received = String::new();
        while !received.contains(wanted) {
            let mut chunk = [0; 512];
            let length = self.peer.read(&mut chunk).await.unwrap();
            assert!(length > 0, "the connection ended after {received:?}");
            received.push_str(&String::from_utf8_lossy(&chunk[..length]));
        }
    }
}

#[tokio::test]
async fn it_writes_to_viewers_that_are_up_to_date() {
    let mut scene = Scene::new().await;
    scene.subscribe(Stream::Events);
    scene.drain();
    scene.join();
    scene.append("swept");
    scene.sweep.sweep();
    assert!(scene.viewer.outbox().is_swept());
    scene.receives("swept").await;
}

/// A message appended between its last write and its admission was swept without it.
#[tokio::test]
async fn a_viewer_that_joins_late_is_handed_over() {
    let mut scene = Scene::new().await;
    scene.subscribe(Stream::Events);
    scene.drain();
    scene.append("missed");
    scene.sweep.sweep();
    scene.join();
    assert!(!scene.viewer.outbox().is_swept(), "its own task takes over");
    scene.drain();
    scene.receives("missed").await;
}

/// A recount between a subscription and the admission must not remove the streams.
#[tokio::test]
async fn a_recount_keeps_the_streams_of_a_joining_viewer() {
    let mut scene = Scene::new().await;
    scene.subscribe(Stream::Events);
    scene.drain();
    scene.sweep.check_all();
    scene.join();
    scene.append("wanted");
    scene.sweep.sweep();
    scene.receives("wanted").await;
}

#[tokio::test]
async fn a_recount_removes_streams_without_subscribers() {
    let mut scene = Scene::new().await;
    scene.subscribe(Stream::Events);
    scene.drain();
    scene.join();
    scene.sweep.check_all();
    let interest = |scene: &Scene| scene.sweep.shard.state().interest;
    assert!(interest(&scene).contains(Stream::Events));
    scene.viewer.set_gone();
    scene.sweep.shard.leave();
    scene.sweep.admit();
    scene.sweep.check_all();
    assert!(interest(&scene).is_empty());
    assert!(scene.sweep.viewers.is_empty());
}

#[tokio::test]
async fn a_silent_viewer_is_pinged_and_then_closed() {
    let scene = Scene::new().await;
    scene.drain();
    let pinged_at = |now_ms| {
        scene.sweep.check(&scene.viewer, now_ms);
        scene.viewer.pinged_ms.load(Ordering::Relaxed)
    };
    assert_eq!(pinged_at(HEARTBEAT_MS - 1), 0);
    assert_eq!(pinged_at(HEARTBEAT_MS), HEARTBEAT_MS);
    assert_eq!(pinged_at(HEARTBEAT_MS + 1), HEARTBEAT_MS, "once is enough");
    assert!(!scene.viewer.outbox().is_swept(), "its task sends the ping");
    assert_eq!(
        pinged_at(2 * HEARTBEAT_MS),
        2 * HEARTBEAT_MS,
        "and once more"
    );
    assert_eq!(scene.viewer.close_reason(), None);
    scene.sweep.check(&scene.viewer, 2 * HEARTBEAT_MS + 1);
    assert_eq!(scene.viewer.close_reason(), Some(CloseReason::Silent));
}

#[tokio::test]
async fn any_received_message_counts_as_a_pong() {
    let scene = Scene::new().await;
    scene.drain();
    for now_ms in (0..20 * HEARTBEAT_MS).step_by(500) {
        scene.viewer.received_ms.store(now_ms, Ordering::Relaxed);
        scene.sweep.check(&scene.viewer, now_ms + 499);
    }
    assert_eq!(scene.viewer.close_reason(), None);
    let pinged_at = scene.viewer.pinged_ms.load(Ordering::Relaxed);
    assert_eq!(pinged_at, 0, "an active viewer is not pinged");
}

#[tokio::test]
async fn a_viewer_that_reads_nothing_is_closed_although_it_sends() {
    let scene = Scene::new().await;
    scene.drain();
    scene.viewer.outbox().hand_over(1_000);
    let close_reason = |now_ms| {
        scene.viewer.received_ms.store(now_ms, Ordering::Relaxed);
        scene.sweep.check(&scene.viewer, now_ms);
        scene.viewer.close_reason()
    };
    assert_eq!(close_reason(1_000 + STALLED_MS_MAX), None);
    assert_eq!(
        close_reason(1_001 + STALLED_MS_MAX),
        Some(CloseReason::Stalled)
    );
}
