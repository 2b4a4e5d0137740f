//! Concurrent appending, waiting and subscribing: under many schedules every viewer receives each message
//! once, and none sleeps while there is something to read.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use access::{Access, Span};
use journal::{Cursor, Journal, Limits, Log, Recovery};
use protocol::{Durable, Event, Level, Stream, StreamOptions, Subscribe, Timestamp};
use shuttle::future::block_on;
use shuttle::scheduler::RandomScheduler;
use shuttle::sync::Mutex;
use shuttle::{Config, Runner, thread};
use std::sync::Arc;

const SCHEDULES: usize = 2_000;
const APPENDERS: u64 = 2;
const APPENDS: u64 = 3;
/// Messages of one appender, which appends two at a time.
const APPENDED: u64 = APPENDS * 2;

fn check(run: impl Fn() + Send + Sync + 'static) {
    let mut config = Config::new();
    // The default holds no serialiser.
    config.stack_size = 256 << 10;
    Runner::new(RandomScheduler::new(SCHEDULES), config).run(run);
}

fn journal() -> Journal {
    let limits = Limits {
        frames_max: 100,
        bytes_max: usize::MAX,
        ..Limits::default()
    };
    Journal::with_log(Log::new("e", limits))
}

fn event() -> Durable {
    Durable::Event(Event {
        timestamp: Timestamp::from_unix_ms(0),
        level: Level::Info,
        source: "test".into(),
        message: "something happened".into(),
    })
}

fn append(journal: &Journal) {
    for _ in 0..APPENDS {
        journal.append(&[event(), event()]);
    }
}

/// Follows the journal from its head; returns that, and every `seq` read.
fn follow(journal: &Journal, until: u64) -> (u64, Vec<u64>) {
    let mut head = journal.watch();
    let (mut cursor, access) = (Cursor::default(), Access::member([]));
    let streams = [(Stream::Events, StreamOptions::default())].into();
    let subscribe = Subscribe {
        streams,
        ..Subscribe::default()
    };
    let Recovery { head: start, .. } = journal.subscribe(&mut cursor, &access, &subscribe).finish();
    let mut seen = Vec::new();
    while cursor.position() < until {
        let reading = journal.read(&mut cursor, &access, 3, 0);
        assert!(reading.gaps.is_empty());
        seen.extend(reading.frames.iter().map(|frame| frame.seq()));
        cursor.advance_to(reading.up_to);
        if reading.frames.is_empty() && cursor.position() < until {
            block_on(head.changed()).unwrap();
        }
    }
    (start, seen)
}

#[test]
fn every_viewer_gets_each_message_and_each_wake() {
    let run = || {
        let journal = journal();
        let threads = |count| std::iter::repeat_n(journal.clone(), count);
        let until = APPENDED * APPENDERS;
        let appenders: Vec<_> = threads(APPENDERS as usize)
            .map(|journal| thread::spawn(move || append(&journal)))
            .collect();
        let viewers: Vec<_> = threads(2)
            .map(|journal| thread::spawn(move || follow(&journal, until)))
            .collect();
        for appender in appenders {
            appender.join().unwrap();
        }
        for viewer in viewers {
            let (start, seen) = viewer.join().unwrap();
            assert_eq!(seen, Vec::from_iter(start + 1..=until));
        }
    };
    check(run);
}

/// As the sweep does: each batch starts where the previous one ended.
#[test]
fn batches_leave_nothing_between_them() {
    let run = || {
        let journal = journal();
        let appender = thread::spawn({
            let journal = journal.clone();
            move || append(&journal)
        });
        let mut head = journal.watch();
        let mut swept = 0;
        let mut seen = Vec::new();
        while swept < APPENDED {
            let batch = journal.batch(swept);
            assert_eq!((batch.since, batch.after), (swept, swept));
            seen.extend(batch.frames.iter().map(|frame| frame.seq()));
            swept = batch.head;
            if batch.frames.is_empty() {
                block_on(head.changed()).unwrap();
            }
        }
        appender.join().unwrap();
        assert_eq!(seen, Vec::from_iter(1..=APPENDED));
    };
    check(run);
}

/// As the writer does: every published message has been committed.
#[test]
fn nothing_is_published_before_it_is_committed() {
    let run = || {
        let journal = journal();
        let written = Arc::new(Mutex::new(0));
        let writer = thread::spawn({
            let (journal, written) = (journal.clone(), Arc::clone(&written));
            move || {
                for _ in 0..APPENDS {
                    let frames = journal.prepare(&[event(), event()]);
                    let newest = frames.last().map_or(0, |frame| frame.seq());
                    *written.lock().unwrap() = newest;
                    journal.publish(newest);
                }
            }
        });
        let mut head = journal.watch();
        let mut seen = 0;
        while seen < APPENDED {
            let batch = journal.batch(seen);
            assert!(batch.head <= *written.lock().unwrap());
            if batch.frames.is_empty() {
                block_on(head.changed()).unwrap();
            }
            seen = batch.head;
        }
        writer.join().unwrap();
    };
    check(run);
}

/// A member leaves: whatever viewers read at the same time, nobody receives what was published after that.
#[test]
fn a_list_is_replaced_before_the_message_that_changes_it() {
    let run = || {
        let journal = journal();
        let span = |until| Span {
            stream: Stream::Events,
            channel: "r7".into(),
            after: 0,
            until,
        };
        let access = Access::member([span(None)]);
        let subscribe = {
            let options = StreamOptions {
                channels: Some(vec!["r7".into()]),
                ..StreamOptions::default()
            };
            Subscribe {
                streams: [(Stream::Events, options)].into(),
                ..Subscribe::default()
            }
        };
        let mut swept = Cursor::default();
        let mut read = Cursor::default();
        for cursor in [&mut swept, &mut read] {
            journal.subscribe(cursor, &access, &subscribe).finish();
        }
        let writer = thread::spawn({
            let (journal, access) = (journal.clone(), access.clone());
            move || {
                for _ in 0..2 {
                    journal.prepare_in(&r7(), &[event()]);
                }
                journal.publish(2);
                journal.prepare(&[event()]);
                journal.publish_replacing(3, [(access, Stream::Events, vec![span(Some(3))])]);
                journal.prepare_in(&r7(), &[event()]);
                journal.publish(4);
            }
        });
        let sweep = thread::spawn({
            let (journal, access) = (journal.clone(), access.clone());
            move || {
                let (mut since, mut seen, mut chosen) = (0, Vec::new(), Vec::new());
                let mut head = journal.watch();
                while since < 4 {
                    let batch = journal.batch(since);
                    // The list may be replaced between taking the batch and choosing of it.
                    thread::yield_now();
                    chosen.clear();
                    swept.advance_to(batch.since);
                    assert!(swept.choose_from(&batch, &access, 0, &mut chosen));
                    seen.extend(chosen.iter().map(|index| batch.frames[*index].seq()));
                    swept.advance_to(batch.head);
                    since = batch.head;
                    if batch.frames.is_empty() {
                        block_on(head.changed()).unwrap();
                    }
                }
                seen
            }
        });
        let mut seen = Vec::new();
        let mut head = journal.watch();
        while read.position() < 4 {
            let reading = journal.read(&mut read, &access, 3, 0);
            seen.extend(reading.frames.iter().map(|frame| frame.seq()));
            read.advance_to(reading.up_to);
            if reading.frames.is_empty() && read.position() < 4 {
                block_on(head.changed()).unwrap();
            }
        }
        writer.join().unwrap();
        assert_eq!(seen, [1, 2]);
        assert_eq!(sweep.join().unwrap(), [1, 2]);
    };
    check(run);
}

/// As the writer does when the store fails: viewers that subscribe meanwhile receive the messages that are
/// published instead, in one chain.
#[test]
fn what_is_withdrawn_reaches_nobody() {
    let run = || {
        let journal = journal();
        journal.append(&[event()]);
        let until = 1 + 3 * APPENDS;
        let viewer = thread::spawn({
            let journal = journal.clone();
            move || follow(&journal, until)
        });
        for _ in 0..APPENDS {
            journal.prepare(&[event(), event()]);
            journal.withdraw();
            let frames = journal.prepare(&[event()]);
            journal.publish(frames[0].seq());
        }
        let (start, seen) = viewer.join().unwrap();
        let published = (1..=APPENDS).map(|round| 1 + 3 * round);
        let later = published.filter(|seq| *seq > start);
        assert_eq!(seen, Vec::from_iter(later));
        let frames = journal.batch(0).frames;
        let chain = frames.iter().map(|frame| frame.position());
        assert!(
            chain
                .clone()
                .zip(chain.skip(1))
                .all(|(a, b)| b.prev == a.seq)
        );
    };
    check(run);
}

fn r7() -> protocol::ChannelName {
    protocol::ChannelName::new("r7").expect("a name")
}
