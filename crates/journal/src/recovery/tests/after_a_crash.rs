//! Viewers that subscribe after a crash has lost messages that were published and never stored.

use super::*;
use crate::{PageRequest, ReadResult, SequenceJump};

/// A log of two events after a crash that has lost a third one, which was published during an outage of the store. The
/// ring has the second one.
fn log_after_a_crash() -> Log {
    let (after, up_to) = (2, 50);
    let mut log = Log::resume(
        ResumeState {
            head: up_to + 1,
            newest: [up_to; Stream::COUNT],
            newest_own: [up_to; Stream::COUNT],
            lost: [up_to; Stream::COUNT],
            jumps: vec![SequenceJump { after, up_to }],
            ..ResumeState::beginning("e")
        },
        Limits::default(),
    );
    log.refill(&[stored(Events, 2)], &[], &[]);
    log
}

/// What a viewer receives after a crash, up to the first new event.
#[derive(Debug, PartialEq)]
struct Received {
    recovered: Option<bool>,
    /// `after` and `before` of each.
    gaps: Vec<(Option<u64>, u64)>,
    seqs: Vec<u64>,
}

/// If the store still has these events.
fn received(wanted: &Subscribe, in_store: &[u64]) -> Received {
    let mut log = log_after_a_crash();
    let page = |request: &PageRequest| {
        let range = request.after + 1..=request.until;
        let seqs = in_store.iter().filter(|seq| range.contains(*seq));
        let mut messages: Vec<_> = seqs.map(|seq| stored(Events, *seq)).collect();
        if request.newest_first {
            messages.reverse();
        }
        Page {
            messages,
            floors: vec![50],
            stored: vec![50],
            is_last: true,
        }
    };
    let mut cursor = Cursor::default();
    let mut plan = log.subscribe(&mut cursor, &everyone(), wanted);
    while let Some(request) = plan.request() {
        plan.add_page(&page(&request), 0);
    }
    let mut recovery = plan.finish();
    let mut gaps = std::mem::take(&mut recovery.gaps);
    let mut seqs = Vec::new();
    let mut take = |reading: ReadResult| {
        seqs.extend(reading.frames.iter().map(|frame| frame.seq()));
        gaps.extend(reading.gaps);
    };
    while let Some(backlog) = &mut recovery.backlog {
        match backlog.read(&log, &everyone(), 10) {
            BacklogStep::Fetch(request) => backlog.add_page(&request, &page(&request)),
            BacklogStep::Done => break,
            BacklogStep::Send(reading) => {
                if reading.gaps.is_empty() {
                    backlog.advance_to(reading.up_to);
                }
                take(reading);
            }
        }
    }
    append(&mut log, &on(Events));
    take(log.read(&mut cursor, &everyone(), 10, 0));
    Received {
        recovered: recovery.recovered,
        gaps: gaps.iter().map(|gap| (gap.after, gap.before)).collect(),
        seqs,
    }
}

#[test]
fn last_includes_what_precedes_a_crash_if_the_store_still_has_it() {
    let wanted = subscribe(&[(Events, last(1))], None);
    let expected = Received {
        recovered: None,
        gaps: vec![(Some(1), 52)],
        seqs: vec![2, 52],
    };
    assert_eq!(received(&wanted, &[1, 2]), expected);
}

/// The viewer has no position, so that it misses nothing; and the ring's copy precedes the loss.
#[test]
fn last_does_not_include_what_precedes_a_crash_if_retention_has_removed_it() {
    let wanted = subscribe(&[(Events, last(1))], None);
    let expected = Received {
        recovered: None,
        gaps: vec![],
        seqs: vec![52],
    };
    assert_eq!(received(&wanted, &[]), expected);
}

#[test]
fn what_retention_removes_after_a_crash_lies_in_the_gap_of_those_who_resume() {
    let wanted = subscribe(&[(Events, last(0))], Some(("e", 1)));
    let expected = Received {
        recovered: Some(false),
        gaps: vec![(Some(1), 52)],
        seqs: vec![52],
    };
    assert_eq!(received(&wanted, &[]), expected);
}
