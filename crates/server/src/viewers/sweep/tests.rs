use super::*;
use crate::viewers::{Transport, Viewer};
use journal::{Encoding, Limits, Log};
use protocol::{Durable, Event, Level, Stream, StreamOptions, Subscribe, Timestamp};
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};

const HEARTBEAT_MS: u64 = 1_000;

/// A sweep, one viewer that it has not met yet, and the viewer's end of the socket.
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
        let transport = Transport::Socket(socket);
        Self {
            sweep: Sweep::new(Arc::default(), journal, Clock::start(), HEARTBEAT_MS),
            viewer: Arc::new(Viewer::new(1, transport, Encoding::Plain, 0)),
            peer: peer.unwrap(),
        }
    }

    fn subscribe(&self, stream: Stream) {
        let subscribe = Subscribe {
            streams: [(stream, StreamOptions::default())].into(),
            ..Subscribe::default()
        };
        let mut outbox = self.viewer.outbox();
        outbox.subscribe(&self.sweep.journal, &subscribe, None);
        self.viewer.set_interest(outbox.cursor.streams());
        self.sweep.shard.add_interest(outbox.cursor.streams());
    }

    /// The viewer's own task has its turn.
    fn drain(&self) {
        let socket = self.viewer.socket().unwrap();
        let drained = self.viewer.outbox().drain(socket, &self.sweep.journal, 0);
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

    /// Reads until this has come.
    async fn hears(&mut self, wanted: &str) {
        let mut heard = String::new();
        while !heard.contains(wanted) {
            let mut chunk = [0; 512];
            let length = self.peer.read(&mut chunk).await.unwrap();
            assert!(length > 0, "the connection ended after {heard:?}");
            heard.push_str(&String::from_utf8_lossy(&chunk[..length]));
        }
    }
}

#[tokio::test]
async fn it_writes_to_those_who_keep_up() {
    let mut scene = Scene::new().await;
    scene.subscribe(Stream::Events);
    scene.drain();
    scene.join();
    scene.append("swept");
    scene.sweep.sweep();
    assert!(scene.viewer.outbox().is_swept());
    scene.hears("swept").await;
}

/// What was appended between its last turn and its admission was swept without it.
#[tokio::test]
async fn whoever_joins_behind_catches_up_by_itself() {
    let mut scene = Scene::new().await;
    scene.subscribe(Stream::Events);
    scene.drain();
    scene.append("missed");
    scene.sweep.sweep();
    scene.join();
    assert!(!scene.viewer.outbox().is_swept(), "its own task takes over");
    scene.drain();
    scene.hears("missed").await;
}

/// A tally between a subscription and the admission must not forget what is wanted.
#[tokio::test]
async fn what_a_newcomer_wants_outlives_a_tally() {
    let mut scene = Scene::new().await;
    scene.subscribe(Stream::Events);
    scene.drain();
    scene.sweep.look_after();
    scene.join();
    scene.append("wanted");
    scene.sweep.sweep();
    scene.hears("wanted").await;
}

#[tokio::test]
async fn a_tally_forgets_what_nobody_wants_any_more() {
    let mut scene = Scene::new().await;
    scene.subscribe(Stream::Events);
    scene.drain();
    scene.join();
    scene.sweep.look_after();
    let interest = |scene: &Scene| scene.sweep.shard.notes().interest;
    assert!(interest(&scene).contains(Stream::Events));
    scene.viewer.set_gone();
    scene.sweep.shard.leave();
    scene.sweep.admit();
    scene.sweep.look_after();
    assert!(interest(&scene).is_empty());
    assert!(scene.sweep.viewers.is_empty());
}

#[tokio::test]
async fn whoever_is_silent_is_asked_and_then_dropped() {
    let scene = Scene::new().await;
    scene.drain();
    let asked_at = |now_ms| {
        scene.sweep.look_after_one(&scene.viewer, now_ms);
        scene.viewer.pinged_ms.load(Ordering::Relaxed)
    };
    assert_eq!(asked_at(HEARTBEAT_MS - 1), 0);
    assert_eq!(asked_at(HEARTBEAT_MS), HEARTBEAT_MS);
    assert_eq!(asked_at(HEARTBEAT_MS + 1), HEARTBEAT_MS, "once is enough");
    assert!(!scene.viewer.outbox().is_swept(), "its task sends the ping");
    assert_eq!(
        asked_at(2 * HEARTBEAT_MS),
        2 * HEARTBEAT_MS,
        "and once more"
    );
    assert_eq!(scene.viewer.ending(), None);
    scene
        .sweep
        .look_after_one(&scene.viewer, 2 * HEARTBEAT_MS + 1);
    assert_eq!(scene.viewer.ending(), Some(Ending::Silent));
}

#[tokio::test]
async fn a_sign_of_life_is_as_good_as_an_answer() {
    let scene = Scene::new().await;
    scene.drain();
    for now_ms in (0..20 * HEARTBEAT_MS).step_by(500) {
        scene.viewer.heard_ms.store(now_ms, Ordering::Relaxed);
        scene.sweep.look_after_one(&scene.viewer, now_ms + 499);
    }
    assert_eq!(scene.viewer.ending(), None);
    let asked_at = scene.viewer.pinged_ms.load(Ordering::Relaxed);
    assert_eq!(asked_at, 0, "whoever speaks need not be asked");
}

#[tokio::test]
async fn whoever_takes_nothing_is_dropped_whatever_it_says() {
    let scene = Scene::new().await;
    scene.drain();
    scene.viewer.outbox().hand_over(1_000);
    let is_dropped = |now_ms| {
        scene.viewer.heard_ms.store(now_ms, Ordering::Relaxed);
        scene.sweep.look_after_one(&scene.viewer, now_ms);
        scene.viewer.ending()
    };
    assert_eq!(is_dropped(1_000 + STALLED_MS_MAX), None);
    assert_eq!(is_dropped(1_001 + STALLED_MS_MAX), Some(Ending::Stalled));
}
