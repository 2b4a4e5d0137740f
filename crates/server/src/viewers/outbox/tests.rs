//! The bytes of one viewer, whatever its socket does: a model, and the limits one by one.

mod model;
mod socket;
mod store;

use super::*;
use access::Access;
use journal::{Limits, Log};
use protocol::{Durable, Level, Log as LogLine, Stream, StreamOptions, Timestamp};
use socket::{Session, Socket};
use websocket::Message;

fn journal(frames_max: usize) -> Journal {
    let bytes_max = usize::MAX;
    Journal::with_log(Log::new(
        "e",
        Limits {
            frames_max,
            bytes_max,
            bulk_bytes_max: bytes_max,
            ..Limits::default()
        },
    ))
}

fn line(text: &str) -> Durable {
    Durable::Log(LogLine {
        timestamp: Timestamp::from_unix_ms(0),
        level: Level::Info,
        source: "test".into(),
        message: text.into(),
    })
}

fn wanted(stream: Stream, last: u32) -> Subscribe {
    let options = StreamOptions {
        last: Some(last),
        ..StreamOptions::default()
    };
    Subscribe {
        streams: [(stream, options)].into(),
        ..Subscribe::default()
    }
}

/// A viewer that has subscribed to logs and is swept.
fn viewer(journal: &Journal, socket: &impl Sink) -> Outbox {
    let mut outbox = Outbox::new(Encoding::Plain, Access::member([]), 0);
    outbox.subscribe(
        journal,
        &wanted(Stream::Logs, 0),
        None,
        &mut Tally::default(),
    );
    assert_eq!(
        outbox
            .drain(socket, journal, 0, &mut Tally::default())
            .unwrap(),
        Progress::Done
    );
    outbox
}

fn ping(number: u8) -> Bytes {
    websocket::ping_frame(&[number])
}

/// What was encrypted cannot be taken back, so the viewer's own task must send it before the sweep goes on.
#[test]
fn what_a_session_has_not_sent_ends_sweeping() {
    let journal = journal(100);
    let session = Session::default();
    let mut outbox = viewer(&journal, &session);
    session.socket.take_only(10);
    journal.append(&[line("a")]);
    let batch = journal.batch(0);
    let mut tally = Tally::default();
    let progress = outbox.sweep(&session, &journal, &batch, 5, &mut Vec::new(), &mut tally);
    assert_eq!(progress.unwrap(), Progress::Full);
    outbox.hand_over(5);
    assert_eq!(
        outbox.drain(&session, &journal, 7, &mut tally).unwrap(),
        Progress::Full
    );
    assert_eq!(outbox.stalled_since_ms(), Some(5), "nothing was sent");
    session.socket.take_only(1);
    assert_eq!(
        outbox.drain(&session, &journal, 9, &mut tally).unwrap(),
        Progress::Full
    );
    assert_eq!(outbox.stalled_since_ms(), Some(9), "one byte is progress");
    session.socket.take_everything();
    journal.append(&[line("b")]);
    assert_eq!(
        outbox.drain(&session, &journal, 11, &mut tally).unwrap(),
        Progress::Done
    );
    assert!(outbox.is_swept());
    let received = session.socket.received(Encoding::Plain);
    let has = |text: &str| {
        let whole = format!("\"message\":\"{text}\"");
        let lines = received.iter().filter(
            |message| matches!(message, Message::Text(message) if message.contains(&whole)),
        );
        lines.count()
    };
    assert_eq!((has("a"), has("b")), (1, 1));
}

#[test]
fn a_full_socket_ends_sweeping() {
    let journal = journal(100);
    let socket = Socket::default();
    let mut outbox = viewer(&journal, &socket);
    assert!(outbox.is_swept());
    assert_eq!(outbox.stalled_since_ms(), None);

    socket.take_only(10);
    journal.append(&[line("a")]);
    let batch = journal.batch(0);
    let progress = outbox.sweep(
        &socket,
        &journal,
        &batch,
        5,
        &mut Vec::new(),
        &mut Tally::default(),
    );
    assert_eq!(progress.unwrap(), Progress::Full);
    outbox.hand_over(5);
    assert!(!outbox.is_swept());
    assert_eq!(outbox.stalled_since_ms(), Some(5));

    assert_eq!(
        outbox
            .drain(&socket, &journal, 7, &mut Tally::default())
            .unwrap(),
        Progress::Full
    );
    assert_eq!(outbox.stalled_since_ms(), Some(5), "nothing was taken");
    socket.take_only(1);
    assert_eq!(
        outbox
            .drain(&socket, &journal, 9, &mut Tally::default())
            .unwrap(),
        Progress::Full
    );
    assert_eq!(outbox.stalled_since_ms(), Some(9), "one byte is progress");
    socket.take_everything();
    assert_eq!(
        outbox
            .drain(&socket, &journal, 11, &mut Tally::default())
            .unwrap(),
        Progress::Done
    );
    assert!(outbox.is_swept());
}

#[test]
fn handing_over_twice_does_not_hide_a_stall() {
    let journal = journal(100);
    let socket = Socket::default();
    let mut outbox = viewer(&journal, &socket);
    outbox.hand_over(5);
    outbox.hand_over(9_999);
    assert_eq!(outbox.stalled_since_ms(), Some(5));
}

#[test]
fn the_close_frame_follows_only_a_partly_written_frame() {
    let journal = journal(100);
    let socket = Socket::default();
    let mut outbox = viewer(&journal, &socket);
    socket.take_only(3);
    journal.append(&[line("partly"), line("never sent")]);
    outbox.hand_over(0);
    assert_eq!(
        outbox
            .drain(&socket, &journal, 0, &mut Tally::default())
            .unwrap(),
        Progress::Full
    );
    outbox.queue_control(ping(1));
    outbox.close(websocket::close_frame(1001, ""));
    outbox.queue_control(ping(2));
    outbox.close(websocket::close_frame(4008, ""));
    socket.take_everything();
    assert_eq!(
        outbox
            .drain(&socket, &journal, 0, &mut Tally::default())
            .unwrap(),
        Progress::Done
    );

    let received = socket.received(Encoding::Plain);
    let [_, Message::Text(partly), Message::Close(Some(reason))] = received.as_slice() else {
        panic!("{received:?}");
    };
    assert!(partly.contains("partly"), "{partly}");
    assert_eq!(reason.code, 1001, "the first reason counts");
    assert!(!outbox.is_swept(), "the sweep writes nothing after it");
}

#[test]
fn three_gaps_within_a_minute_are_too_many() {
    let journal = journal(2);
    let socket = Socket::default();
    let mut outbox = viewer(&journal, &socket);
    let mut lose = |now_ms| {
        journal.append(&[line("lost"), line("lost"), line("lost")]);
        outbox.hand_over(now_ms);
        outbox
            .drain(&socket, &journal, now_ms, &mut Tally::default())
            .unwrap()
    };
    for (now_ms, progress) in [
        (1_000, Progress::Done),
        (2_000, Progress::Done),
        (61_000, Progress::Done),
        (61_999, Progress::TooSlow),
    ] {
        assert_eq!(lose(now_ms), progress, "at {now_ms} ms");
    }
}

#[test]
fn only_the_newest_message_of_a_topic_is_sent() {
    let journal = journal(100);
    let socket = Socket::default();
    let mut outbox = viewer(&journal, &socket);
    outbox.hand_over(0);
    let topic = model::topic();
    for count in 1..=3 {
        model::set(&topic, count);
        outbox.offer(&topic);
    }
    assert_eq!(
        outbox
            .drain(&socket, &journal, 0, &mut Tally::default())
            .unwrap(),
        Progress::Done
    );
    let received = model::Arrived::of(socket.received(Encoding::Plain));
    assert_eq!(received.counts, [3]);
}

#[test]
fn more_topics_than_fit_into_a_write_are_sent() {
    let journal = journal(100);
    let socket = Socket::default();
    let mut outbox = viewer(&journal, &socket);
    outbox.hand_over(0);
    for count in 1..=100 {
        let topic = model::topic();
        model::set(&topic, count);
        outbox.offer(&topic);
    }
    assert_eq!(
        outbox
            .drain(&socket, &journal, 0, &mut Tally::default())
            .unwrap(),
        Progress::Done
    );
    let received = model::Arrived::of(socket.received(Encoding::Plain));
    assert_eq!(received.counts, (1..=100).collect::<Vec<_>>());
}

#[test]
fn a_swept_viewer_owns_no_heap() {
    let journal = journal(100);
    let socket = Socket::default();
    let mut outbox = viewer(&journal, &socket);
    assert!(outbox.ahead.is_none());
    let topic = model::topic();
    model::set(&topic, 1);
    outbox.queue_control(ping(0));
    outbox.offer(&topic);
    outbox.hand_over(0);
    assert_eq!(
        outbox
            .drain(&socket, &journal, 0, &mut Tally::default())
            .unwrap(),
        Progress::Done
    );
    assert!(outbox.ahead.is_none());
}

#[test]
fn a_full_queue_is_crowded() {
    let mut outbox = Outbox::new(Encoding::Plain, Access::member([]), 0);
    let crowded_after = (0..).take_while(|_| {
        outbox.queue_control(ping(0));
        !outbox.is_crowded()
    });
    assert_eq!(crowded_after.count(), QUEUE_MAX - 1);
}

#[test]
fn a_broken_socket_is_an_error() {
    let journal = journal(100);
    let socket = Socket::default();
    let mut outbox = viewer(&journal, &socket);
    journal.append(&[line("a")]);
    socket.break_down();
    let batch = journal.batch(0);
    assert!(
        outbox
            .sweep(
                &socket,
                &journal,
                &batch,
                0,
                &mut Vec::new(),
                &mut Tally::default()
            )
            .is_err()
    );
    outbox.hand_over(0);
    assert!(
        outbox
            .drain(&socket, &journal, 0, &mut Tally::default())
            .is_err()
    );
}

/// So that one viewer's backlog does not block others.
#[test]
fn a_long_backlog_is_written_in_several_turns() {
    let journal = journal(usize::MAX);
    let lines: Vec<_> = (0..2_000).map(|number| line(&number.to_string())).collect();
    journal.append(&lines);
    let socket = Socket::default();
    let mut outbox = Outbox::new(Encoding::Plain, Access::member([]), 0);
    outbox.subscribe(
        &journal,
        &wanted(Stream::Logs, 2_000),
        None,
        &mut Tally::default(),
    );
    let mut turns = 1;
    while outbox
        .drain(&socket, &journal, 0, &mut Tally::default())
        .unwrap()
        == Progress::More
    {
        turns += 1;
    }
    assert!(
        turns >= 2_000_usize.div_ceil(16 * FRAMES_PER_WRITE_MAX),
        "{turns}"
    );
    assert_eq!(socket.received(Encoding::Plain).len(), 1 + 2_000);
}

#[test]
fn a_viewer_whose_filters_match_rarely_learns_its_position() {
    let (journal, socket) = (journal(100), Socket::default());
    let mut outbox = Outbox::new(Encoding::Plain, Access::member([]), 0);
    outbox.subscribe(
        &journal,
        &wanted(Stream::Events, 0),
        None,
        &mut Tally::default(),
    );
    outbox
        .drain(&socket, &journal, 0, &mut Tally::default())
        .unwrap();
    journal.append(&[line("of another stream")]);
    let head = journal.head();
    assert!(
        !outbox.queue_position(head, "e", POSITION_EVERY_MS - 1),
        "too soon"
    );
    assert!(outbox.queue_position(head, "e", POSITION_EVERY_MS));
    outbox.hand_over(POSITION_EVERY_MS);
    outbox
        .drain(&socket, &journal, POSITION_EVERY_MS, &mut Tally::default())
        .unwrap();
    let received = socket.received(Encoding::Plain);
    let Some(Message::Text(text)) = received.last() else {
        panic!("{received:?}");
    };
    assert_eq!(&**text, format!(r#"{{"type":"position","seq":{head}}}"#));
    assert!(
        !outbox.queue_position(head, "e", 3 * POSITION_EVERY_MS),
        "it knows"
    );
}
