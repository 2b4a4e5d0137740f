use super::*;
use crate::test_support::{about, append, data, event, everyone, on};
use crate::{Limits, Log};
use protocol::{Gap, GapReason, Level};

fn log(frames_max: usize) -> Log {
    Log::new(
        "e",
        Limits {
            frames_max,
            bytes_max: usize::MAX,
            bulk_bytes_max: usize::MAX,
            ..Limits::default()
        },
    )
}

fn seqs(frames: &[Arc<Frame>]) -> Vec<u64> {
    frames.iter().map(|frame| frame.seq()).collect()
}

fn cursor(streams: &[Stream]) -> Cursor {
    let mut cursor = Cursor::default();
    for stream in streams {
        cursor.start(*stream, 0);
    }
    cursor
}

#[test]
fn reads_subscribed_messages_in_order_and_once() {
    let mut log = log(100);
    for stream in [Stream::Data, Stream::Events, Stream::Logs, Stream::Data] {
        append(&mut log, &on(stream));
    }
    let mut cursor = cursor(&[Stream::Data, Stream::Logs]);
    let reading = log.read(&mut cursor, &everyone(), 2, 0);
    assert_eq!((seqs(&reading.frames), reading.up_to), (vec![1, 3], 3));
    cursor.advance_to(reading.up_to);
    let reading = log.read(&mut cursor, &everyone(), 2, 0);
    assert_eq!((seqs(&reading.frames), reading.up_to), (vec![4], 4));
    cursor.advance_to(reading.up_to);
    assert!(log.read(&mut cursor, &everyone(), 2, 0).frames.is_empty());
}

#[test]
fn gaps_are_detected_by_stream() {
    let mut log = log(3);
    append(&mut log, &event(Level::Info, "quiet"));
    for _ in 0..10 {
        append(&mut log, &data("busy"));
    }
    let mut quiet = cursor(&[Stream::Events]);
    let reading = log.read(&mut quiet, &everyone(), 10, 0);
    assert_eq!((seqs(&reading.frames), reading.gaps.len()), (vec![1], 0));

    let mut both = cursor(&[Stream::Events, Stream::Data]);
    both.advance_to(3);
    let reading = log.read(&mut both, &everyone(), 10, 0);
    let (stream, reason) = (Stream::Data, GapReason::Slow);
    assert_eq!(
        reading.gaps,
        [Gap {
            channel: None,
            stream,
            after: Some(3),
            before: 11,
            reason
        }]
    );
    assert_eq!(seqs(&reading.frames), [11], "continues with the newest");
}

#[test]
fn a_batch_serves_cursors_that_are_up_to_date() {
    let mut log = log(3);
    for _ in 0..10 {
        append(&mut log, &on(Stream::Data));
    }
    let batch = log.batch(8);
    let mut chosen = Vec::new();
    let mut current = cursor(&[Stream::Data]);
    current.advance_to(9);
    assert!(current.choose_from(&batch, &everyone(), 0, &mut chosen));
    assert_eq!(chosen, [1], "the second of the batch");
    let mut behind = cursor(&[Stream::Data]);
    behind.advance_to(7);
    assert!(!behind.choose_from(&batch, &everyone(), 0, &mut chosen));
    let mut lost = cursor(&[Stream::Data]);
    lost.advance_to(3);
    assert!(
        !lost.choose_from(&log.batch(3), &everyone(), 0, &mut chosen),
        "part of it left the ring"
    );
}

#[test]
fn an_interval_passes_each_hosts_newest_in_order() {
    let mut log = log(100);
    let mut cursor = cursor(&[Stream::Data]);
    let options = StreamOptions {
        hosts: Some(vec!["*".into()]),
        interval_ms: Some(1000),
        ..StreamOptions::default()
    };
    cursor.set_options(Stream::Data, &options, log.own());
    let sweep = |log: &mut Log, cursor: &mut Cursor, hosts: &[&str], now_ms: u64| {
        let after = log.head();
        for host in hosts {
            append(log, &about(host, "a"));
        }
        let (batch, mut chosen) = (log.batch(after), Vec::new());
        let mut frames: Vec<_> = match cursor.choose_from(&batch, &everyone(), now_ms, &mut chosen)
        {
            true => chosen
                .iter()
                .map(|at| Arc::clone(&batch.frames[*at]))
                .collect(),
            false => Vec::new(),
        };
        if frames.is_empty() {
            frames = log.read(cursor, &everyone(), 10, now_ms).frames;
        }
        for frame in &frames {
            cursor.sent(frame, now_ms);
        }
        cursor.advance_to(log.head());
        seqs(&frames)
    };
    let (log, cursor) = (&mut log, &mut cursor);
    assert_eq!(sweep(log, cursor, &["", "b", "c", "b"], 50), [1, 3, 4]);
    assert_eq!(sweep(log, cursor, &["b", "c", ""], 60), [0_u64; 0]);
    assert_eq!(sweep(log, cursor, &["b"], 1049), [0_u64; 0]);
    // Held messages of earlier batches precede the newest.
    assert_eq!(sweep(log, cursor, &["c"], 1050), [7, 8, 9]);
    assert_eq!(sweep(log, cursor, &[], 2049), [0_u64; 0]);
    assert_eq!(sweep(log, cursor, &["b"], 2050), [10]);
}

#[test]
fn without_hosts_only_the_own_host_passes() {
    let mut log = log(100);
    for host in ["", "b", "local", "c"] {
        append(&mut log, &about(host, "a"));
    }
    let mut cursor = cursor(&[Stream::Data]);
    assert_eq!(
        seqs(&log.read(&mut cursor, &everyone(), 10, 0).frames),
        [1, 3]
    );
}

#[test]
fn an_interval_passes_the_newest() {
    let mut log = log(100);
    let mut cursor = cursor(&[Stream::Data, Stream::Events]);
    cursor.set_interval(Stream::Data, 1000);
    for _ in 0..3 {
        append(&mut log, &on(Stream::Data));
        append(&mut log, &on(Stream::Events));
    }
    let read = |log: &Log, cursor: &mut Cursor, now_ms| {
        let reading = log.read(cursor, &everyone(), 10, now_ms);
        for frame in &reading.frames {
            cursor.sent(frame, now_ms);
        }
        cursor.advance_to(reading.up_to);
        seqs(&reading.frames)
    };
    assert_eq!(read(&log, &mut cursor, 50), [2, 4, 5, 6]);
    append(&mut log, &on(Stream::Data));
    append(&mut log, &on(Stream::Data));
    assert_eq!(read(&log, &mut cursor, 60), [0_u64; 0]);
    assert_eq!(cursor.due_at(), Some(1050));
    append(&mut log, &on(Stream::Events));
    assert_eq!(
        read(&log, &mut cursor, 1050),
        [8, 9],
        "held back, and then the newest"
    );
    assert_eq!(read(&log, &mut cursor, 9999), [0_u64; 0], "never twice");
    append(&mut log, &on(Stream::Data));
    append(&mut log, &on(Stream::Data));
    assert_eq!(read(&log, &mut cursor, 9999), [11]);
    append(&mut log, &on(Stream::Data));
    assert_eq!(read(&log, &mut cursor, 10_000), [0_u64; 0]);
    cursor.set_interval(Stream::Data, 0);
    append(&mut log, &on(Stream::Data));
    append(&mut log, &on(Stream::Data));
    assert_eq!(
        read(&log, &mut cursor, 10_000),
        [12, 13, 14],
        "nothing held is lost"
    );
}
