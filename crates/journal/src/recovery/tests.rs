mod after_a_crash;

use super::*;
use crate::budget::RESUME_MESSAGES_MAX;
use crate::test_support::{about, append, event, everyone, on};
use crate::{BacklogStep, Limits, Page, ResumeState, StoredMessage};
use protocol::{Durable, Level, Position};

fn log(frames_max: usize, streams: &[Stream]) -> Log {
    let mut log = Log::new(
        "e",
        Limits {
            frames_max,
            bytes_max: usize::MAX,
            bulk_bytes_max: usize::MAX,
            ..Limits::default()
        },
    );
    for &stream in streams {
        append(&mut log, &on(stream));
    }
    log
}

fn last(last: u32) -> StreamOptions {
    StreamOptions {
        last: Some(last),
        ..StreamOptions::default()
    }
}

fn subscribe(streams: &[(Stream, StreamOptions)], position: Option<(&str, u64)>) -> Subscribe {
    Subscribe {
        streams: protocol::sorted_streams(streams.iter().cloned()),
        epoch: position.map(|(epoch, _)| epoch.into()),
        after: position.map(|(_, after)| after),
    }
}

fn stored(stream: Stream, seq: u64) -> StoredMessage {
    let position = Position {
        seq,
        prev: seq - 1,
        stream,
    };
    StoredMessage {
        position,
        channel: None,
        host: None,
        json: protocol::splice_position(&on(stream).to_json(), position),
    }
}

fn backlog(log: &Log, recovery: &mut Recovery) -> Vec<u64> {
    let mut seqs = Vec::new();
    let Some(backlog) = &mut recovery.backlog else {
        return seqs;
    };
    while let BacklogStep::Send(reading) = backlog.read(log, &everyone(), 2) {
        assert!(reading.gaps.is_empty());
        seqs.extend(reading.frames.iter().map(|frame| frame.seq()));
        backlog.advance_to(reading.up_to);
    }
    seqs
}

use Stream::{Data, Events, Logs};

#[test]
fn last_counts_messages_of_each_host() {
    let mut log = log(100, &[]);
    for host in ["b", "", "c", "b", "", "", "b"] {
        append(&mut log, &about(host, "x"));
    }
    append(&mut log, &about("", "x"));
    for (hosts, expected) in [
        (None, vec![6, 8]),
        (Some(vec!["*"]), vec![3, 4, 6, 7, 8]),
        (Some(vec!["b", "local"]), vec![4, 6, 7, 8]),
        (Some(vec!["c"]), vec![3]),
    ] {
        let hosts = hosts.map(|hosts| hosts.into_iter().map(str::to_owned).collect());
        let options = StreamOptions { hosts, ..last(2) };
        let wanted = subscribe(&[(Data, options.clone())], None);
        let mut recovery = log
            .subscribe(&mut Cursor::default(), &everyone(), &wanted)
            .finish();
        assert_eq!(backlog(&log, &mut recovery), expected, "{options:?}");
    }
}

#[test]
fn last_is_merged_by_seq() {
    let log = log(100, &[Data, Events, Data, Logs, Data, Events]);
    let mut cursor = Cursor::default();
    let wanted = subscribe(&[(Data, last(2)), (Events, last(9)), (Logs, last(0))], None);
    let mut recovery = log.subscribe(&mut cursor, &everyone(), &wanted).finish();
    assert_eq!((recovery.head, recovery.recovered), (6, None));
    assert_eq!(backlog(&log, &mut recovery), [2, 3, 5, 6]);
    assert_eq!(cursor.position(), 6);
}

#[test]
fn resuming_delivers_exactly_what_was_missed() {
    let log = log(100, &[Data, Events, Data, Logs, Data, Events]);
    let wanted = |after| subscribe(&[(Data, last(1)), (Events, last(1))], Some(("e", after)));
    for (after, missed) in [(0, vec![1, 2, 3, 5, 6]), (3, vec![5, 6]), (6, vec![])] {
        let mut recovery = log
            .subscribe(&mut Cursor::default(), &everyone(), &wanted(after))
            .finish();
        assert_eq!(
            (recovery.recovered, recovery.gaps.len()),
            (Some(true), 0),
            "after {after}"
        );
        assert_eq!(backlog(&log, &mut recovery), missed, "after {after}");
    }
}

#[test]
fn a_foreign_position_is_not_recovered() {
    let log = log(100, &[Data, Events, Data]);
    for position in [("other", 1), ("e", 4)] {
        let wanted = subscribe(&[(Data, last(0)), (Logs, last(0))], Some(position));
        let mut recovery = log
            .subscribe(&mut Cursor::default(), &everyone(), &wanted)
            .finish();
        assert_eq!(recovery.recovered, Some(false));
        let gap = |stream, before| Gap {
            channel: None,
            stream,
            after: None,
            before,
            reason: GapReason::Epoch,
        };
        assert_eq!(recovery.gaps, [gap(Data, 3), gap(Logs, 4)]);
        assert_eq!(
            backlog(&log, &mut recovery),
            [3],
            "the newest of each stream"
        );
    }
}

#[test]
fn a_gap_in_one_stream_does_not_affect_the_others() {
    let log = log(3, &[Data, Events, Data, Data, Data, Data]);
    let wanted = subscribe(&[(Data, last(2)), (Events, last(0))], Some(("e", 1)));
    let mut recovery = log
        .subscribe(&mut Cursor::default(), &everyone(), &wanted)
        .finish();
    let reason = GapReason::Expired;
    assert_eq!(
        recovery.gaps,
        [Gap {
            channel: None,
            stream: Data,
            after: Some(1),
            before: 5,
            reason
        }]
    );
    assert_eq!(recovery.recovered, Some(false));
    assert_eq!(backlog(&log, &mut recovery), [2, 5, 6]);
}

#[test]
fn resuming_too_far_back_is_a_gap() {
    let log = log(usize::MAX, &vec![Data; RESUME_MESSAGES_MAX + 1]);
    let wanted = |after| subscribe(&[(Data, last(0))], Some(("e", after)));
    assert_eq!(
        log.subscribe(&mut Cursor::default(), &everyone(), &wanted(1))
            .finish()
            .recovered,
        Some(true)
    );
    let recovery = log
        .subscribe(&mut Cursor::default(), &everyone(), &wanted(0))
        .finish();
    let (before, reason) = (log.head(), GapReason::TooFar);
    assert_eq!(
        recovery.gaps,
        [Gap {
            channel: None,
            stream: Data,
            after: Some(0),
            before,
            reason
        }]
    );
}

#[test]
fn an_added_streams_backlog_ends_at_the_cursor() {
    let mut log = log(100, &[Data, Events]);
    let mut cursor = Cursor::default();
    log.subscribe(
        &mut cursor,
        &everyone(),
        &subscribe(&[(Data, last(0))], None),
    )
    .finish();
    append(&mut log, &on(Events));
    append(&mut log, &on(Data));
    let mut recovery = log
        .subscribe(
            &mut cursor,
            &everyone(),
            &subscribe(&[(Events, last(5))], None),
        )
        .finish();
    assert_eq!((recovery.head, backlog(&log, &mut recovery)), (2, vec![2]));
    let live = log.read(&mut cursor, &everyone(), 10, 0);
    let live: Vec<_> = live.frames.iter().map(|frame| frame.seq()).collect();
    assert_eq!(live, [3, 4]);
}

#[test]
fn an_added_stream_starts_at_the_head_although_others_were_quiet() {
    let mut log = log(2, &[Data]);
    let mut cursor = Cursor::default();
    log.subscribe(
        &mut cursor,
        &everyone(),
        &subscribe(&[(Logs, last(0))], None),
    )
    .finish();
    for _ in 0..5 {
        append(&mut log, &on(Events));
    }
    let recovery = log
        .subscribe(
            &mut cursor,
            &everyone(),
            &subscribe(&[(Events, last(0))], None),
        )
        .finish();
    assert_eq!((recovery.head, recovery.backlog.is_none()), (6, true));
    append(&mut log, &on(Events));
    let live = log.read(&mut cursor, &everyone(), 10, 0);
    assert!(live.gaps.is_empty(), "{:?}", live.gaps);
    assert_eq!(live.frames.len(), 1);
}

#[test]
fn the_backlog_is_filtered_and_not_throttled() {
    let mut log = log(100, &[]);
    for level in [Level::Error, Level::Info, Level::Error, Level::Info] {
        append(&mut log, &event(level, "x"));
    }
    let errors = StreamOptions {
        levels: Some(vec![Level::Error]),
        interval_ms: Some(1000),
        ..last(2)
    };
    let wanted = subscribe(&[(Events, errors.clone())], None);
    let mut recovery = log
        .subscribe(&mut Cursor::default(), &everyone(), &wanted)
        .finish();
    assert_eq!(backlog(&log, &mut recovery), [1, 3]);
    let resume = subscribe(&[(Events, errors)], Some(("e", 0)));
    let mut recovery = log
        .subscribe(&mut Cursor::default(), &everyone(), &resume)
        .finish();
    assert_eq!(recovery.recovered, Some(true));
    assert_eq!(
        backlog(&log, &mut recovery),
        [3],
        "with an interval, the newest"
    );
}

/// Ten minutes of an application that logs 350 KB/s, with an event each second.
#[test]
fn events_are_recovered_from_the_ring_however_many_lines_there_were() {
    const SECONDS: u64 = 600;
    const LINE_BYTES: usize = 35_000;
    let mut log = Log::new("e", Limits::default());
    append(&mut log, &event(Level::Info, "received"));
    let after = log.head();
    let line = Durable::Log(protocol::Log {
        timestamp: protocol::Timestamp::from_unix_ms(0),
        level: Level::Info,
        source: "shop".into(),
        message: "x".repeat(LINE_BYTES),
    });
    let line_json = line.to_json();
    for _ in 0..SECONDS {
        append(&mut log, &event(Level::Info, "missed"));
        for _ in 0..350_000 / LINE_BYTES {
            log.append(&line, &line_json);
        }
    }
    let bytes = log.fill().1;
    assert!(bytes <= (8 << 20) + (16 << 20), "{bytes} bytes");
    let wanted = subscribe(&[(Events, last(0))], Some(("e", after)));
    let mut recovery = log
        .subscribe(&mut Cursor::default(), &everyone(), &wanted)
        .finish();
    assert_eq!(recovery.recovered, Some(true));
    assert_eq!(backlog(&log, &mut recovery).len() as u64, SECONDS);
    let lines = subscribe(&[(Logs, last(0))], Some(("e", after)));
    let recovery = log
        .subscribe(&mut Cursor::default(), &everyone(), &lines)
        .finish();
    assert_eq!(recovery.recovered, Some(false), "lines evict lines");
}

/// Other hosts cannot cause a gap for the own one.
#[test]
fn each_host_is_recovered_by_itself() {
    let mut log = log(4, &[Data]);
    for _ in 0..20 {
        append(&mut log, &about("b", "x"));
    }
    let hosts = |hosts: &[&str]| StreamOptions {
        hosts: Some(hosts.iter().map(|host| (*host).to_owned()).collect()),
        ..last(0)
    };
    for (options, recovered) in [
        (last(0), true),
        (hosts(&["local"]), true),
        (hosts(&["c"]), true),
        (hosts(&["b"]), false),
        (hosts(&["local", "b"]), false),
        (hosts(&["*"]), false),
    ] {
        let wanted = subscribe(&[(Data, options.clone())], Some(("e", 1)));
        let recovery = log
            .subscribe(&mut Cursor::default(), &everyone(), &wanted)
            .finish();
        assert_eq!(recovery.recovered, Some(recovered), "{options:?}");
    }
}

/// What a scope took that is then not recovered is left to the next.
#[test]
fn a_scope_that_is_too_far_back_leaves_the_budget_to_others() {
    let from = ResumeState {
        head: 20_000,
        newest: [20_000; Stream::COUNT],
        newest_own: [20_000; Stream::COUNT],
        ..ResumeState::beginning("e")
    };
    let log = Log::resume(from, Limits::default());
    let streams = [
        (Data, StreamOptions::default()),
        (Events, StreamOptions::default()),
    ];
    let subscribe = subscribe(&streams, Some(("e", 1)));
    let mut plan = log.subscribe(&mut Cursor::default(), &everyone(), &subscribe);
    while let Some(request) = plan.request() {
        let stream = request.scopes[0].0;
        let count = if stream == Events { 20_000 } else { 5_000 };
        let seqs = (request.after + 1..=request.until.min(count)).take(500);
        let messages: Vec<_> = seqs.map(|seq| stored(stream, seq)).collect();
        let page = Page {
            is_last: messages.len() < 500,
            messages,
            floors: vec![0],
            stored: vec![20_000],
        };
        plan.add_page(&page, 0);
    }
    let gaps = plan.finish().gaps;
    let gaps: Vec<_> = gaps.iter().map(|gap| (gap.stream, gap.reason)).collect();
    assert_eq!(gaps, [(Events, GapReason::TooFar)]);
}
