//! What is published and what is stored in each state of the store. Time is simulated.

mod fake_store;

use super::appender::Unavailable;
use super::sequence_allocator::{self, BLOCK};
use super::series::SeriesSender;
use super::writer::Writer;
use super::{Appender, DirtyFlag, KeyChange, SequenceAllocator};
use crate::health::{Health, Readiness};
use fake_store::{FakeStore, StoreState};
use journal::{Journal, Limits, Log, ResumeState};
use protocol::{Durable, Event, Level, Log as LogLine, Received, Stream, Timestamp};
use std::sync::Arc;
use std::time::Duration;
use store::{IdempotencyKeyRow, Store};
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// Longer than a commit may take, and than the delay of a retry.
const LONG: Duration = Duration::from_secs(5);

struct Scene {
    store: Arc<FakeStore>,
    journal: Journal,
    appender: Appender,
    readiness: Readiness,
    writer: JoinHandle<()>,
}

impl Scene {
    async fn new() -> Self {
        Self::with_block(BLOCK).await
    }

    /// With this many sequence numbers reserved at a time.
    async fn with_block(block: u64) -> Self {
        Self::with_log(Log::new("e", Limits::default()), block).await
    }

    async fn with_log(log: Log, block: u64) -> Self {
        let head = log.head();
        let fake_store = Arc::new(FakeStore::new());
        let store: Arc<dyn Store> = fake_store.clone();
        let journal = Journal::with_log(log);
        let (sequence, reserver) = SequenceAllocator::reserve(Arc::clone(&store), head, block)
            .await
            .unwrap();
        tokio::spawn(sequence_allocator::run(reserver));
        let (appender, commands) = Appender::to_writer();
        let health = Health::default();
        health.sampled();
        let (series, _) = SeriesSender::new();
        let writer = Writer::new(
            store,
            journal.clone(),
            (sequence, DirtyFlag::nowhere()),
            commands,
            series,
            health.clone(),
            crate::metrics::Metrics::default(),
        );
        Self {
            store: fake_store,
            journal,
            appender,
            readiness: Readiness::new(health, 1_000),
            writer: tokio::spawn(writer.run()),
        }
    }

    /// Appends events of the server.
    async fn append(&self, events: &[&str]) {
        let event = |text: &&str| event(text).into();
        self.appender
            .publish(events.iter().map(event).collect())
            .await;
    }

    /// Commits log lines of a program.
    async fn commit(&self, lines: &[&str]) -> Result<(), Unavailable> {
        self.appender
            .commit(lines.iter().map(|text| line(text)).collect())
            .await
    }

    /// Waits until the head is published.
    async fn wait_for_head(&self, head: u64) {
        let mut watch = self.journal.watch();
        watch.wait_for(|newest| *newest >= head).await.unwrap();
    }

    fn published(&self) -> Vec<String> {
        let frames = self.journal.batch(0).frames;
        frames.iter().map(|frame| frame.json().to_owned()).collect()
    }

    fn stored(&self) -> Vec<String> {
        let state = self.store.state();
        state
            .entries
            .values()
            .map(|entry| entry.body.clone())
            .collect()
    }
}

fn event(text: &str) -> Event {
    Event {
        timestamp: Timestamp::from_unix_ms(0),
        level: Level::Info,
        source: "test".into(),
        message: text.into(),
    }
}

fn line(text: &str) -> Durable {
    Durable::Log(LogLine {
        timestamp: Timestamp::from_unix_ms(0),
        level: Level::Info,
        source: "test".into(),
        message: text.into(),
    })
}

#[tokio::test(start_paused = true)]
async fn nothing_is_published_before_it_is_committed() {
    let scene = Scene::new().await;
    scene.store.is(StoreState::Hanging);
    scene.append(&["first"]).await;
    tokio::time::sleep(Duration::from_millis(900)).await;
    assert_eq!((scene.published(), scene.stored()), (vec![], vec![]));
    scene.store.is(StoreState::Healthy);
    scene.wait_for_head(1).await;
    assert_eq!(scene.published(), scene.stored());
    assert_eq!(scene.readiness.trouble(), None);
}

#[tokio::test(start_paused = true)]
async fn messages_that_arrive_during_a_commit_are_in_the_next_one() {
    let scene = Scene::new().await;
    scene.store.is(StoreState::Hanging);
    scene.append(&["first"]).await;
    tokio::time::sleep(Duration::from_millis(1)).await;
    for _ in 0..50 {
        scene.append(&["meanwhile", "and more"]).await;
    }
    scene.store.is(StoreState::Healthy);
    scene.wait_for_head(101).await;
    assert_eq!(scene.store.state().commits, 2);
    assert_eq!(scene.published(), scene.stored());
}

#[tokio::test(start_paused = true)]
async fn an_outage_is_reported_and_live_messages_continue() {
    for state in [StoreState::Hanging, StoreState::Unreachable] {
        let scene = Scene::new().await;
        scene.store.is(state);
        let start = Instant::now();
        scene.append(&["first"]).await;
        // The line, and the event about the store.
        scene.wait_for_head(2).await;
        assert!(start.elapsed() <= Duration::from_millis(1_001), "{state:?}");
        assert!(
            scene.published()[1].contains("The store takes nothing"),
            "{state:?}"
        );
        assert!(scene.readiness.trouble().is_some(), "{state:?}");

        let start = Instant::now();
        scene.append(&["live"]).await;
        scene.wait_for_head(3).await;
        assert_eq!(
            start.elapsed(),
            Duration::ZERO,
            "{state:?}: published at once"
        );
        tokio::time::sleep(LONG).await;
        assert_eq!(scene.stored(), Vec::<String>::new(), "{state:?}");

        scene.store.is(StoreState::Healthy);
        scene.wait_for_head(4).await;
        assert!(
            scene.published()[3].contains("The store is back"),
            "{state:?}"
        );
        assert_eq!(
            scene.published(),
            scene.stored(),
            "{state:?}: all, and in order"
        );
        assert_eq!(scene.readiness.trouble(), None, "{state:?}");
        scene.append(&["as before"]).await;
        scene.wait_for_head(5).await;
        assert_eq!(scene.published(), scene.stored(), "{state:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_others_report_is_committed_or_refused() {
    for state in [
        StoreState::Hanging,
        StoreState::Unreachable,
        StoreState::Rejecting,
        StoreState::Silent,
    ] {
        let scene = Scene::new().await;
        assert_eq!(scene.commit(&["stored"]).await, Ok(()));
        assert_eq!(scene.stored().len(), 1, "before the response");

        scene.store.is(state);
        let start = Instant::now();
        assert_eq!(scene.commit(&["unwanted"]).await, Err(Unavailable));
        assert!(start.elapsed() <= Duration::from_millis(1_001), "{state:?}");
        assert_eq!(scene.commit(&["unwanted"]).await, Err(Unavailable));
        let weak = scene.appender.downgrade();
        assert_eq!(weak.commit(vec![]).await, Err(Unavailable));

        scene.store.is(StoreState::Healthy);
        tokio::time::sleep(LONG).await;
        assert_eq!(scene.commit(&["again"]).await, Ok(()));
        let stored = scene.stored();
        assert_eq!(scene.published(), stored, "{state:?}");
        let is_unwanted = |json: &String| json.contains("unwanted");
        assert!(!stored.iter().any(is_unwanted), "{stored:?}");
        assert!(stored.last().unwrap().contains("again"), "{stored:?}");
        assert_chained(&stored);
    }
}

/// The key of a request.
fn key(name: &str) -> KeyChange {
    KeyChange {
        added: IdempotencyKeyRow {
            owner: "none".into(),
            key: name.into(),
            digest: [0; 32],
            at_ms: 0,
            accepted: 1,
            rejected: 0,
            seq: 0,
        },
        forgotten: Vec::new(),
    }
}

#[tokio::test(start_paused = true)]
async fn a_key_has_the_fate_of_its_messages() {
    for state in [StoreState::Unreachable, StoreState::Silent] {
        let scene = Scene::new().await;
        let intake = scene.appender.downgrade();
        scene.append(&["own"]).await;
        let commit = |name: &str| intake.commit_with_key(vec![line(name), line("more")], key(name));
        // In one batch with others.
        let (one, two) = tokio::join!(commit("one"), commit("two"));
        assert_eq!((one, two), (Ok(()), Ok(())));

        scene.store.is(state);
        assert_eq!(commit("unwanted").await, Err(Unavailable));
        scene.store.is(StoreState::Healthy);
        tokio::time::sleep(LONG).await;
        assert_eq!(commit("again").await, Ok(()));
        let state_of_store = scene.store.state();
        let keys: Vec<_> = state_of_store
            .keys
            .iter()
            .map(|row| row.key.as_str())
            .collect();
        assert_eq!(keys, ["one", "two", "again"], "{state:?}");
        for row in &state_of_store.keys {
            let body = &state_of_store.entries[&row.seq].body;
            assert!(body.contains(&row.key), "{row:?} is not of {body}");
        }
    }
}

/// They were appended in the same moment, and so are in one batch.
#[tokio::test(start_paused = true)]
async fn own_messages_are_published_without_those_that_are_refused() {
    for state in [StoreState::Unreachable, StoreState::Silent] {
        let scene = Scene::new().await;
        scene.append(&["before"]).await;
        scene.wait_for_head(1).await;
        scene.store.is(state);
        let (_, refused, (), flushed) = tokio::join!(
            scene.append(&["own 1"]),
            scene.commit(&["unwanted"]),
            scene.append(&["own 2"]),
            async {
                scene.appender.flush().await;
                scene.published().len()
            },
        );
        assert_eq!(refused, Err(Unavailable));
        assert_eq!(flushed, 4, "with the event about the store");
        tokio::time::sleep(LONG).await;
        scene.append(&["own 3"]).await;
        scene.store.is(StoreState::Healthy);
        tokio::time::sleep(LONG).await;

        let stored = scene.stored();
        assert_eq!(scene.published(), stored, "{state:?}");
        let own = stored.iter().filter(|json| json.contains("own"));
        assert_eq!(own.count(), 3, "{stored:?}");
        let is_unwanted = |json: &String| json.contains("unwanted");
        assert!(!stored.iter().any(is_unwanted), "{stored:?}");
        assert_chained(&stored);
    }
}

/// Each message's `prev` is the message before it on its stream.
#[track_caller]
fn assert_chained(stored: &[String]) {
    let mut newest = [0; Stream::COUNT];
    for json in stored {
        let position = Received::parse(json).position.unwrap();
        let prev = std::mem::replace(&mut newest[position.stream.index()], position.seq);
        assert_eq!(position.prev, prev, "{stored:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn rejected_messages_are_dropped_and_reported() {
    let scene = Scene::new().await;
    scene.store.is(StoreState::Rejecting);
    scene.append(&["poison"]).await;
    scene.wait_for_head(2).await;
    tokio::time::sleep(LONG).await;
    scene.store.is(StoreState::Healthy);
    scene.append(&["good"]).await;
    tokio::time::sleep(LONG).await;
    let (published, stored) = (scene.published(), scene.stored());
    assert!(stored.iter().any(|body| body.contains("good")));
    assert!(!stored.iter().any(|body| body.contains("poison")));
    assert!(!scene.store.state().dropped.is_empty());
    let reported = |text: &str| published.iter().any(|body| body.contains(text));
    assert!(reported("could not be kept"), "{published:?}");
}

#[tokio::test(start_paused = true)]
async fn no_sequence_number_is_assigned_before_it_is_reserved() {
    let scene = Scene::with_block(40).await;
    scene.append(&["stored"]).await;
    scene.wait_for_head(1).await;
    scene.store.is(StoreState::Unreachable);
    for _ in 0..40 {
        scene.append(&["live"]).await;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let (head, reserved) = (scene.journal.head(), scene.store.state().reserved);
    // Until the reserved numbers became short.
    assert!(head > 20 && head <= reserved, "{head} of {reserved}");
    scene.store.is(StoreState::Healthy);
    // All messages, and two events about the store.
    scene.wait_for_head(43).await;
    assert!(scene.journal.head() <= scene.store.state().reserved);
    tokio::time::sleep(LONG).await;
    assert_eq!(scene.published(), scene.stored());
}

#[tokio::test(start_paused = true)]
async fn a_flapping_store_is_reported_once_a_minute() {
    let scene = Scene::new().await;
    for _ in 0..20 {
        scene.store.is(StoreState::Unreachable);
        scene.append(&["live"]).await;
        tokio::time::sleep(LONG).await;
        scene.store.is(StoreState::Healthy);
        tokio::time::sleep(LONG).await;
        assert_eq!(scene.readiness.trouble(), None, "readiness is current");
    }
    let reported = |text: &str| {
        let published = scene.published();
        published.iter().filter(|body| body.contains(text)).count()
    };
    // Within 200 s: the first outage, and then one a minute.
    assert_eq!(reported("The store takes nothing"), 4);
    assert_eq!(reported("The store is back"), 4);
    assert_eq!(reported("5 times since"), 3, "{:?}", scene.published());
    // A long outage is reported in any case.
    scene.store.is(StoreState::Unreachable);
    scene.append(&["live"]).await;
    tokio::time::sleep(Duration::from_secs(120)).await;
    assert_eq!(reported("The store takes nothing"), 5);
}

#[tokio::test(start_paused = true)]
async fn a_clean_stop_is_recorded_and_an_unclean_one_is_not() {
    for (state, finished) in [
        (StoreState::Healthy, Some(1)),
        (StoreState::Unreachable, None),
    ] {
        let scene = Scene::new().await;
        scene.store.is(state);
        scene.append(&["last words"]).await;
        let Scene {
            store,
            appender,
            writer,
            ..
        } = scene;
        // As a sampler that is stuck has.
        let _stuck = appender.downgrade();
        drop(appender);
        writer.await.unwrap();
        assert_eq!(store.state().finished, finished, "{state:?}");
    }
}

/// Data of a host of which nothing is known.
fn about(host: &str) -> Durable {
    let json = format!(
        r#"{{"type":"data","timestamp":"2026-01-15T10:30:00Z","label":"a","host":"{host}","value":1}}"#
    );
    Durable::from_json(&json).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_batch_asks_for_all_its_unknown_chains_together() {
    const HOSTS: u64 = 50;
    let mut from = ResumeState::beginning("e");
    (from.head, from.newest) = (3, [3; Stream::COUNT]);
    let scene = Scene::with_log(Log::resume(from, Limits::default()), BLOCK).await;
    let messages = (0..HOSTS).map(|number| about(&format!("web-{number}")));
    scene.appender.commit(messages.collect()).await.unwrap();
    scene.wait_for_head(3 + HOSTS).await;
    let frames = scene.journal.batch(3).frames;
    assert!(frames.iter().all(|frame| frame.position().prev == 2));
    assert_eq!(scene.store.state().chain_queries, 1);
}
