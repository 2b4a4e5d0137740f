//! What is seen and what is written, whatever the store does. Time is the test's own.

mod shelf;

use super::appender::{Appender, Uncommitted};
use super::health::{Health, Readiness};
use super::mark::Mark;
use super::numbers::{self, BLOCK, Numbers};
use super::series::Feed;
use super::writer::Writer;
use journal::{Journal, Limits, Log};
use protocol::{Durable, Level, Log as LogLine, OwnHost, Stream, Timestamp};
use shelf::{Mood, Shelf};
use std::sync::Arc;
use std::time::Duration;
use store::Store;
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// Longer than a commit may take, and than the store is left alone after it.
const LONG: Duration = Duration::from_secs(5);

struct Scene {
    shelf: Arc<Shelf>,
    journal: Journal,
    appender: Appender,
    ready: Readiness,
    writer: JoinHandle<()>,
}

impl Scene {
    async fn new() -> Self {
        Self::with_numbers(BLOCK).await
    }

    /// With so many reserved at a time.
    async fn with_numbers(block: u64) -> Self {
        let shelf = Arc::new(Shelf::new());
        let store: Arc<dyn Store> = shelf.clone();
        let journal = Journal::with_log(Log::new("e", Limits::default()));
        let (numbers, reserver) = Numbers::reserve(Arc::clone(&store), 0, block)
            .await
            .unwrap();
        tokio::spawn(numbers::run(reserver));
        let (appender, notes) = Appender::to_writer();
        let health = Health::default();
        health.sampled();
        let (feed, _) = Feed::new();
        let writer = Writer::new(
            store,
            journal.clone(),
            (numbers, Mark::nowhere()),
            notes,
            feed,
            health.clone(),
        );
        Self {
            shelf,
            journal,
            appender,
            ready: Readiness::new(health, 1_000),
            writer: tokio::spawn(writer.run()),
        }
    }

    async fn append(&self, lines: &[&str]) {
        self.appender.append(lines.iter().map(line).collect()).await;
    }

    /// Waits until so much is visible.
    async fn shown(&self, head: u64) {
        let mut watch = self.journal.watch();
        watch.wait_for(|seen| *seen >= head).await.unwrap();
    }

    /// What everyone can see, from the first message on.
    fn seen(&self) -> Vec<String> {
        let frames = self.journal.batch(0).frames;
        frames.iter().map(|frame| frame.json().to_owned()).collect()
    }

    fn written(&self) -> Vec<String> {
        let state = self.shelf.state();
        state
            .entries
            .values()
            .map(|entry| entry.body.clone())
            .collect()
    }
}

fn line(text: &&str) -> Durable {
    Durable::Log(LogLine {
        timestamp: Timestamp::from_unix_ms(0),
        level: Level::Info,
        source: "test".into(),
        message: (*text).into(),
    })
}

#[tokio::test(start_paused = true)]
async fn nothing_is_seen_before_it_is_written() {
    let scene = Scene::new().await;
    scene.shelf.is(Mood::Stuck);
    scene.append(&["first"]).await;
    tokio::time::sleep(Duration::from_millis(900)).await;
    assert_eq!((scene.seen(), scene.written()), (vec![], vec![]));
    scene.shelf.is(Mood::Well);
    scene.shown(1).await;
    assert_eq!(scene.seen(), scene.written());
    assert_eq!(scene.ready.trouble(), None);
}

#[tokio::test(start_paused = true)]
async fn what_comes_during_a_commit_is_the_next_commit() {
    let scene = Scene::new().await;
    scene.shelf.is(Mood::Stuck);
    scene.append(&["first"]).await;
    tokio::time::sleep(Duration::from_millis(1)).await;
    for _ in 0..50 {
        scene.append(&["meanwhile", "and more"]).await;
    }
    scene.shelf.is(Mood::Well);
    scene.shown(101).await;
    assert_eq!(scene.shelf.state().commits, 2);
    assert_eq!(scene.seen(), scene.written());
}

#[tokio::test(start_paused = true)]
async fn a_commit_that_takes_a_second_holds_nobody_up_and_is_said() {
    for mood in [Mood::Stuck, Mood::Away] {
        let scene = Scene::new().await;
        scene.shelf.is(mood);
        let began = Instant::now();
        scene.append(&["first"]).await;
        // The line, and what the server says about the store.
        scene.shown(2).await;
        assert!(began.elapsed() <= Duration::from_millis(1_001), "{mood:?}");
        assert!(
            scene.seen()[1].contains("The store takes nothing"),
            "{mood:?}"
        );
        assert!(scene.ready.trouble().is_some(), "{mood:?}");

        let began = Instant::now();
        scene.append(&["live"]).await;
        scene.shown(3).await;
        assert_eq!(
            began.elapsed(),
            Duration::ZERO,
            "{mood:?}: nobody waits any more"
        );
        tokio::time::sleep(LONG).await;
        assert_eq!(scene.written(), Vec::<String>::new(), "{mood:?}");

        scene.shelf.is(Mood::Well);
        scene.shown(4).await;
        assert!(scene.seen()[3].contains("The store is back"), "{mood:?}");
        assert_eq!(scene.seen(), scene.written(), "{mood:?}: all, and in order");
        assert_eq!(scene.ready.trouble(), None, "{mood:?}");
        scene.append(&["as before"]).await;
        scene.shown(5).await;
        assert_eq!(scene.seen(), scene.written(), "{mood:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn who_is_promised_a_commit_waits_for_it() {
    let scene = Scene::new().await;
    let commit = |text| scene.appender.commit(vec![line(&text)]);
    assert_eq!(commit("written").await, Ok(()));
    assert_eq!(scene.written().len(), 1);

    scene.shelf.is(Mood::Stuck);
    let began = Instant::now();
    assert_eq!(commit("meanwhile").await, Err(Uncommitted));
    assert!(began.elapsed() <= Duration::from_millis(1_001));
    assert_eq!(commit("refused").await, Err(Uncommitted));
    assert_eq!(scene.appender.lend().commit(vec![]).await, Err(Uncommitted));

    scene.shelf.is(Mood::Well);
    tokio::time::sleep(LONG).await;
    assert_eq!(commit("again").await, Ok(()));
    let written = scene.written();
    assert_eq!(scene.seen(), written);
    assert!(
        written.iter().all(|json| !json.contains("refused")),
        "{written:?}"
    );
    assert!(written.iter().any(|json| json.contains("meanwhile")));
    let newest = written.last().unwrap();
    assert!(newest.contains("again"), "{newest}");
}

#[tokio::test(start_paused = true)]
async fn what_can_never_be_written_is_given_up_and_named() {
    let scene = Scene::new().await;
    scene.shelf.is(Mood::Faulty);
    scene.append(&["poison"]).await;
    scene.shown(2).await;
    tokio::time::sleep(LONG).await;
    scene.shelf.is(Mood::Well);
    scene.append(&["good"]).await;
    tokio::time::sleep(LONG).await;
    let (seen, written) = (scene.seen(), scene.written());
    assert!(written.iter().any(|body| body.contains("good")));
    assert!(!written.iter().any(|body| body.contains("poison")));
    assert!(!scene.shelf.state().forgone.is_empty(), "the store knows");
    let said = |text: &str| seen.iter().any(|body| body.contains(text));
    assert!(said("could not be kept"), "and so does everyone: {seen:?}");
}

#[tokio::test(start_paused = true)]
async fn no_number_is_given_that_could_be_given_again() {
    let scene = Scene::with_numbers(40).await;
    scene.append(&["written"]).await;
    scene.shown(1).await;
    scene.shelf.is(Mood::Away);
    for _ in 0..40 {
        scene.append(&["live"]).await;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let (head, reserved) = (scene.journal.head(), scene.shelf.state().reserved);
    // It went on as long as it could, and then waited.
    assert!(head > 20 && head <= reserved, "{head} of {reserved}");
    scene.shelf.is(Mood::Well);
    // All of it, and two events of the store's.
    scene.shown(43).await;
    assert!(scene.journal.head() <= scene.shelf.state().reserved);
    tokio::time::sleep(LONG).await;
    assert_eq!(scene.seen(), scene.written());
}

#[tokio::test(start_paused = true)]
async fn a_store_that_comes_and_goes_is_spoken_of_now_and_then() {
    let scene = Scene::new().await;
    for _ in 0..20 {
        scene.shelf.is(Mood::Away);
        scene.append(&["live"]).await;
        tokio::time::sleep(LONG).await;
        scene.shelf.is(Mood::Well);
        tokio::time::sleep(LONG).await;
        assert_eq!(scene.ready.trouble(), None, "readiness is always told");
    }
    let said = |text: &str| {
        let seen = scene.seen();
        seen.iter().filter(|body| body.contains(text)).count()
    };
    // 200 s: at the first, and then once a minute.
    assert_eq!(said("The store takes nothing"), 4);
    assert_eq!(said("The store is back"), 4);
    assert_eq!(said("5 times since"), 3, "{:?}", scene.seen());
    // One that lasts is said in the end, however soon it follows another.
    scene.shelf.is(Mood::Away);
    scene.append(&["live"]).await;
    tokio::time::sleep(Duration::from_secs(120)).await;
    assert_eq!(said("The store takes nothing"), 5);
}

#[tokio::test]
async fn what_was_shown_and_lost_in_a_crash_is_named_to_whoever_comes_back() {
    let entry = |seq: u64| store::Entry {
        seq,
        prev: seq - 1,
        stream: Stream::Logs,
        at_ms: 0,
        body: format!(
            r#"{{"type":"log","seq":{seq},"prev":{},"stream":"logs","timestamp":"2026-01-15T10:30:00Z","level":"info","source":"test","message":""}}"#,
            seq - 1
        ),
    };
    for (is_marked, is_whole) in [(false, true), (true, false)] {
        let folder = tempfile::tempdir().unwrap();
        let config = store::Config::of(store::Location::Sqlite(folder.path().to_owned()));
        let store = store::open(&config).await.unwrap();
        store.reserve(100).await.unwrap();
        store.commit(&[entry(1), entry(2)]).await.unwrap();
        // 3 to 5 are shown, and the server dies.
        drop(store);
        let store = store::open(&config).await.unwrap();
        let log = super::open::log(
            &*store,
            &OwnHost::default(),
            is_marked,
            Limits::default(),
            None,
        )
        .await
        .unwrap();
        assert_eq!(log.head(), 101);
        let kept = store.log_state().await.unwrap();
        assert_eq!(kept.is_recoverable(Stream::Logs, 2), is_whole);
        assert!(!kept.is_recoverable(Stream::Logs, 4));
        assert!(kept.is_recoverable(Stream::Logs, 101));
    }
}

#[tokio::test(start_paused = true)]
async fn a_good_end_is_marked_and_a_bad_one_is_not() {
    for (mood, finished) in [(Mood::Well, Some(1)), (Mood::Away, None)] {
        let scene = Scene::new().await;
        scene.shelf.is(mood);
        scene.append(&["last words"]).await;
        let Scene {
            shelf,
            appender,
            writer,
            ..
        } = scene;
        // A sampler that is stuck has it as long as it likes.
        let _stuck = appender.lend();
        drop(appender);
        writer.await.unwrap();
        assert_eq!(shelf.state().finished, finished, "{mood:?}");
    }
}
