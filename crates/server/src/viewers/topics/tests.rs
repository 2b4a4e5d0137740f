//! Who receives which message of a topic. Every step is atomic under the locks, so a random order of steps is what
//! threads can do.

use super::*;
use crate::viewers::Transport;
use access::Access;
use journal::{Limits, Log};
use proptest::collection::vec;
use proptest::prelude::*;
use protocol::ClientCount;
use std::cell::RefCell;
use std::io::{self, IoSlice};

fn viewer(transport: Transport) -> Viewer {
    Viewer::new(1, transport, Encoding::Plain, (Access::member([]), None), 0)
}

/// Takes everything.
#[derive(Default)]
struct Received(RefCell<Vec<u8>>);

impl crate::viewers::Sink for Received {
    fn try_write(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        let mut bytes = self.0.borrow_mut();
        let before = bytes.len();
        slices
            .iter()
            .for_each(|slice| bytes.extend_from_slice(slice));
        Ok(bytes.len() - before)
    }
}

impl Received {
    fn counts(&self) -> Vec<u64> {
        let bytes = self.0.borrow();
        let mut input = bytes.as_slice();
        let mut decoder = websocket::Decoder::client();
        let messages = std::iter::from_fn(|| decoder.next_message(&mut input).unwrap());
        let count = |message| match message {
            websocket::Message::Text(text) => match serde_json::from_str(&text).unwrap() {
                ServerMessage::ClientCount(count) => count.count,
                other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        };
        messages.map(count).collect()
    }
}

const INTERVAL: Duration = Duration::from_millis(500);

struct Scene {
    topics: Topics,
    topic: Topic,
    journal: Journal,
    viewers: Vec<(Arc<Viewer>, Received)>,
    now: Instant,
}

impl Scene {
    fn new() -> Self {
        let topics = Topics::default();
        Self {
            topic: topics.open(INTERVAL).unwrap(),
            topics,
            journal: Journal::with_log(Log::new("e", Limits::default())),
            viewers: Vec::new(),
            now: Instant::now(),
        }
    }

    fn set(&self, count: u64) {
        set(&self.topic, count).unwrap();
    }

    fn subscribe(&mut self) {
        let transport = Transport::Task(Arc::default());
        let viewer = Arc::new(viewer(transport));
        self.topic.subscribe(&viewer, &mut viewer.outbox());
        self.viewers.push((viewer, Received::default()));
    }

    fn deliver(&mut self) {
        for topic in self.topics.take_changed() {
            if !topic.deliver(self.now, |_, _| {}) {
                // As the thread does, which keeps it.
                self.topics.changed().push(topic);
            }
        }
    }

    /// A viewer's own task or the delivery writes what was offered.
    fn drain(&self, index: usize) {
        let (viewer, received) = &self.viewers[index];
        let drained = viewer
            .outbox()
            .drain(received, &self.journal, 0, &mut Tally::default());
        assert_eq!(drained.unwrap(), Progress::Done);
    }

    fn counts(&self) -> Vec<Vec<u64>> {
        (0..self.viewers.len()).for_each(|index| self.drain(index));
        let received = self.viewers.iter();
        received.map(|(_, received)| received.counts()).collect()
    }
}

fn set(topic: &Topic, count: u64) -> Result<(), TopicsFull> {
    topic.set(|| ServerMessage::ClientCount(ClientCount { count }))
}

#[tokio::test(start_paused = true)]
async fn subscribers_receive_the_newest_message_once_an_interval() {
    let mut scene = Scene::new();
    scene.set(1);
    scene.subscribe();
    scene.deliver();
    assert_eq!(
        scene.counts(),
        [[1]],
        "the present one, right away and once"
    );
    for count in 2..5 {
        scene.set(count);
        scene.deliver();
    }
    assert_eq!(scene.counts(), [[1]], "within the interval");
    scene.subscribe();
    assert_eq!(scene.counts()[1], [4], "a new subscriber does not wait");
    scene.now += INTERVAL;
    scene.deliver();
    assert_eq!(
        scene.counts(),
        [vec![1, 4], vec![4]],
        "which has it already"
    );
    scene.set(4);
    assert!(
        scene.topics.take_changed().is_empty(),
        "nothing has changed"
    );
}

#[tokio::test(start_paused = true)]
async fn only_present_members_receive_what_is_for_a_channel() {
    let mut scene = Scene::new();
    let channel = Some((Stream::Rooms, "r7"));
    scene.topic = scene
        .topics
        .open_in(INTERVAL, channel, &Pace::default())
        .unwrap();
    let member = || access::Span {
        stream: Stream::Rooms,
        channel: "r7".into(),
        after: 0,
        until: None,
    };
    scene.subscribe();
    scene.set(1);
    scene.deliver();
    assert_eq!(scene.counts(), [[0; 0]]);
    let access = scene.viewers[0].0.outbox().access().clone();
    access.replace([member()]);
    scene.set(2);
    scene.now += INTERVAL;
    scene.deliver();
    assert_eq!(scene.counts(), [[2]]);
    scene.set(3);
    scene.now += INTERVAL;
    scene.deliver();
    // It waits for the socket.
    access.replace([]);
    assert_eq!(scene.counts(), [[2]]);
    access.replace([member()]);
    assert_eq!(scene.counts(), [[2]], "it is discarded");
}

#[tokio::test(start_paused = true)]
async fn topics_of_one_pace_take_turns() {
    let mut scene = Scene::new();
    let pace = Pace::default();
    let topics = [(); 3].map(|()| scene.topics.open_in(INTERVAL, None, &pace).unwrap());
    scene.topic = topics[0].clone();
    scene.subscribe();
    let viewer = Arc::clone(&scene.viewers[0].0);
    for topic in &topics[1..] {
        topic.subscribe(&viewer, &mut viewer.outbox());
    }
    for round in 0..4 {
        // Each changes all the time, and nobody waits longer than for the others.
        for (number, topic) in (1..).zip(&topics) {
            set(topic, 10 * round + number).unwrap();
        }
        scene.deliver();
        scene.deliver();
        scene.drain(0);
        scene.now += INTERVAL;
    }
    assert_eq!(scene.counts(), [[1, 12, 23, 31]]);
    for _ in 0..2 {
        scene.deliver();
        scene.drain(0);
        scene.now += INTERVAL;
    }
    assert_eq!(
        scene.counts(),
        [[1, 12, 23, 31, 32, 33]],
        "the newest of each"
    );
    scene.deliver();
    assert!(scene.topics.take_changed().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_viewer_that_is_gone_is_removed() {
    let mut scene = Scene::new();
    for count in 0..100 {
        scene.set(count);
        scene.subscribe();
        scene.now += INTERVAL;
        scene.deliver();
        scene.viewers.clear();
    }
    assert!(scene.topic.0.subscribers.lock().unwrap().len() <= 1);
    // Without a change of the message, too.
    for _ in 0..1_000 {
        scene.subscribe();
        scene.deliver();
        scene.viewers.clear();
    }
    assert!(scene.topic.0.subscribers.lock().unwrap().capacity() <= 8);
}

#[test]
fn topics_and_their_bytes_are_bounded() {
    let topics = Topics::default();
    let open = || topics.open(INTERVAL);
    let all: Vec<_> = (0..TOPICS_MAX).map(|_| open().unwrap()).collect();
    assert_eq!(open().unwrap_err(), TopicsFull);
    drop(all);
    let large = |topic: &Topic| {
        topic.set(|| {
            ServerMessage::Error(protocol::Error {
                code: protocol::ErrorCode::NotAvailable,
                message: "x".repeat(BYTES_MAX / 8),
                correlation_id: None,
            })
        })
    };
    let (first, second) = (open().unwrap(), open().unwrap());
    set(&second, 1).unwrap();
    assert_eq!((large(&first), large(&second)), (Ok(()), Ok(())));
    let third = open().unwrap();
    set(&third, 1).unwrap();
    assert_eq!(large(&third), Err(TopicsFull));
    assert_eq!(third.latest().version, 1, "it keeps its older message");
    drop(first);
    topics.take_changed();
    assert_eq!(large(&third), Ok(()));
    drop((second, third));
    topics.take_changed();
    assert_eq!(topics.0.bytes.load(Ordering::Relaxed), 0);
}

#[derive(Debug, Clone)]
enum Step {
    Set,
    Subscribe,
    Deliver,
    Drain(usize),
    Time,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        Just(Step::Set),
        Just(Step::Subscribe),
        Just(Step::Deliver),
        (0..8_usize).prop_map(Step::Drain),
        Just(Step::Time),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2_000) })]

    #[test]
    fn every_subscriber_receives_the_newest_message_at_last(steps in vec(step(), 1..60)) {
        let mut scene = Scene::new();
        let mut newest = 0;
        for step in steps {
            match step {
                Step::Set => {
                    newest += 1;
                    scene.set(newest);
                }
                Step::Subscribe => scene.subscribe(),
                Step::Deliver => scene.deliver(),
                Step::Drain(index) if index < scene.viewers.len() => scene.drain(index),
                Step::Drain(_) => {}
                Step::Time => scene.now += INTERVAL,
            }
        }
        scene.now += INTERVAL;
        scene.deliver();
        for counts in scene.counts() {
            prop_assert_eq!(counts.last().copied().unwrap_or(0), newest);
            prop_assert!(counts.is_sorted());
        }
    }
}

/// As the steps are atomic, so are they between threads.
#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn no_change_is_lost_between_threads() {
    const CHANGES: u64 = 20_000;
    let scene = Scene::new();
    let (topics, topic) = (scene.topics.clone(), scene.topic.clone());
    let (stop, stopped) = watch::channel(false);
    let delivery = tokio::spawn(topics.run(scene.journal.clone(), Clock::start(), stopped));
    let transport = Transport::Task(Arc::default());
    let viewer = Arc::new(viewer(transport));
    let setting = tokio::task::spawn_blocking({
        let topic = topic.clone();
        move || (1..=CHANGES).for_each(|count| set(&topic, count).unwrap())
    });
    topic.subscribe(&viewer, &mut viewer.outbox());
    let received = Received::default();
    while received.counts().last() != Some(&CHANGES) {
        viewer
            .outbox()
            .drain(&received, &scene.journal, 0, &mut Tally::default())
            .unwrap();
        tokio::task::yield_now().await;
    }
    assert!(received.counts().is_sorted());
    setting.await.unwrap();
    stop.send(true).unwrap();
    delivery.await.unwrap();
}
