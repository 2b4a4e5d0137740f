use crate::backlog_plan::{InRing, StreamPlan, StreamStart};
use crate::budget::Budget;
use crate::filter::Filter;
use crate::{Backlog, BacklogPlan, Cursor, Frame, Log};
use protocol::{Gap, GapReason, Stream, StreamOptions, Subscribe};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The result of a subscription: what was lost, and the backlog that precedes live messages.
#[derive(Debug)]
pub struct Recovery {
    /// The backlog ends here, and live messages start.
    pub head: u64,
    /// The backlog and the gaps start after this; equal to `head` if there are none. A viewer that is
    /// disconnected before it has received them resumes from here.
    pub starts_at: u64,
    /// Whether everything after the requested position follows; absent if none was requested.
    pub recovered: Option<bool>,
    /// The gap of each stream that has one.
    pub gaps: Vec<Gap>,
    /// The messages that precede live ones.
    pub backlog: Option<Backlog>,
}

impl Log {
    /// Adds streams to a cursor, or changes the options of those that it has; the caller holds the lock,
    /// so that no message falls between backlog and live. The plan can be finished at once if it has no
    /// [request](BacklogPlan::request), which is always so without a store.
    ///
    /// Recovery is all or nothing for each stream: either everything after the requested position
    /// follows, or a gap and the newest messages.
    pub fn subscribe(&self, cursor: &mut Cursor, subscribe: &Subscribe) -> BacklogPlan {
        if self.has_nothing_for(cursor) {
            cursor.move_to(self.head());
        }
        let until = cursor.position();
        let mut budget = Budget::default();
        let mut plans = Vec::new();
        for (&stream, options) in &subscribe.streams {
            let is_new = !cursor.streams().contains(stream);
            cursor.set_options(stream, options, self.own());
            if is_new {
                cursor.start(stream, until);
                plans.push(self.plan(cursor, stream, options, subscribe, &mut budget));
            }
        }
        BacklogPlan::new(self.own().clone(), until, subscribe.after, budget, plans)
    }

    /// A cursor does not advance past messages of other streams, so it may lie far behind the head although
    /// nothing is left to send.
    fn has_nothing_for(&self, cursor: &Cursor) -> bool {
        let mut streams = cursor.streams().iter();
        streams.all(|stream| self.ring.newest_seq(stream) <= cursor.position())
    }

    /// Plans where a stream starts, as far as the ring shows.
    fn plan(
        &self,
        cursor: &Cursor,
        stream: Stream,
        options: &StreamOptions,
        subscribe: &Subscribe,
        budget: &mut Budget,
    ) -> StreamPlan {
        let until = cursor.position();
        let last = options.last.unwrap_or(0) as usize;
        // A stream that cannot be recovered starts with its newest message.
        let last = if subscribe.after.is_some() {
            last.max(1)
        } else {
            last
        };
        let position = subscribe.after.filter(|after| {
            subscribe.epoch.as_deref() == Some(self.epoch()) && *after <= self.head()
        });
        let received = position.unwrap_or(0);
        let mut plan = StreamPlan {
            stream,
            filter: Filter::of(options, self.own()),
            last,
            received,
            in_ring: self.newest_in_ring(cursor, stream, last, received),
            floor: self.ring.lost(stream),
            newest: self.newest_until(stream, until),
            start: StreamStart::Found(until),
            loss: None,
        };
        let Some(after) = subscribe.after else {
            plan.count_back(until, self.has_store());
            return plan;
        };
        if position.is_some() && cursor.is_throttled(stream) {
            let newest = self.newest_in_ring(cursor, stream, 1, after).oldest;
            plan.start = StreamStart::Found(newest.map_or(until, |newest| newest - 1));
            return plan;
        }
        plan.loss = if position.is_none() {
            Some(GapReason::Epoch)
        } else if self.is_in_jump(after) {
            Some(GapReason::Restart)
        } else if plan.floor > after && !self.has_store() {
            Some(GapReason::Expired)
        } else if !self.take_from_ring(cursor, stream, after, budget) {
            Some(GapReason::TooFar)
        } else {
            None
        };
        if plan.loss.is_some() {
            plan.count_back(until, self.has_store());
        } else if plan.floor.min(until) > after {
            plan.start = StreamStart::Checking {
                seen: after,
                scan: Budget::scan(),
            };
        } else {
            plan.start = StreamStart::Found(after);
        }
        plan
    }

    /// A stream's newest `seq` up to here, or 0 if it is not in the ring.
    fn newest_until(&self, stream: Stream, until: u64) -> u64 {
        let newest = self.ring.newest_seq(stream);
        if newest <= until {
            return newest;
        }
        let mut newest_first = self.newest_of(stream);
        newest_first
            .find(|frame| frame.seq() <= until)
            .map_or(0, |frame| frame.seq())
    }

    /// The newest `count` messages of a stream that pass its filter, of those after `after`. With several
    /// hosts, the newest `count` of each, and the store is not asked for more.
    fn newest_in_ring(&self, cursor: &Cursor, stream: Stream, count: usize, after: u64) -> InRing {
        let newest = self
            .newest_of(stream)
            .take_while(|frame| frame.seq() > after)
            .filter(|frame| frame.seq() <= cursor.position() && cursor.passes(frame));
        if cursor.is_of_several_hosts(stream) {
            return newest_of_each_host(newest, count);
        }
        newest
            .take(count)
            .fold(InRing::default(), |ring, frame| InRing {
                count: ring.count + 1,
                oldest: Some(frame.seq()),
                ..ring
            })
    }

    /// Takes a stream's messages after `after` in the ring from the budget; false if that is exceeded.
    fn take_from_ring(
        &self,
        cursor: &Cursor,
        stream: Stream,
        after: u64,
        budget: &mut Budget,
    ) -> bool {
        let until = cursor.position();
        let lost = self.ring.lost(stream);
        let wanted = self.ring.after(after.max(lost)).filter(|frame| {
            frame.stream() == stream && frame.seq() <= until && cursor.passes(frame)
        });
        budget.take(wanted.map(|frame| frame.json().len()))
    }
}

/// `newest` has the newest frame first.
fn newest_of_each_host<'a>(newest: impl Iterator<Item = &'a Arc<Frame>>, count: usize) -> InRing {
    let mut ring = InRing {
        count,
        ..InRing::default()
    };
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for frame in newest {
        let host = frame.facets().other_host().unwrap_or_default();
        let of_host = counts.entry(host).or_default();
        if *of_host == count {
            continue;
        }
        *of_host += 1;
        ring.oldest = Some(frame.seq());
        ring.hosts.insert(host.into(), frame.seq() - 1);
    }
    ring
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::RESUME_MESSAGES_MAX;
    use crate::test_support::{about, append, event, on};
    use crate::{BacklogStep, Limits};
    use protocol::Level;

    fn log(frames_max: usize, streams: &[Stream]) -> Log {
        let mut log = Log::new(
            "e",
            Limits {
                frames_max,
                bytes_max: usize::MAX,
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
            streams: streams.iter().cloned().collect(),
            epoch: position.map(|(epoch, _)| epoch.into()),
            after: position.map(|(_, after)| after),
        }
    }

    fn backlog(log: &Log, recovery: &mut Recovery) -> Vec<u64> {
        let mut seqs = Vec::new();
        let Some(backlog) = &mut recovery.backlog else {
            return seqs;
        };
        while let BacklogStep::Send(reading) = backlog.read(log, 2) {
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
            let mut recovery = log.subscribe(&mut Cursor::default(), &wanted).finish();
            assert_eq!(backlog(&log, &mut recovery), expected, "{options:?}");
        }
    }

    #[test]
    fn last_is_merged_by_seq() {
        let log = log(100, &[Data, Events, Data, Logs, Data, Events]);
        let mut cursor = Cursor::default();
        let wanted = subscribe(&[(Data, last(2)), (Events, last(9)), (Logs, last(0))], None);
        let mut recovery = log.subscribe(&mut cursor, &wanted).finish();
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
                .subscribe(&mut Cursor::default(), &wanted(after))
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
            let mut recovery = log.subscribe(&mut Cursor::default(), &wanted).finish();
            assert_eq!(recovery.recovered, Some(false));
            let gap = |stream, before| Gap {
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
        let mut recovery = log.subscribe(&mut Cursor::default(), &wanted).finish();
        let reason = GapReason::Expired;
        assert_eq!(
            recovery.gaps,
            [Gap {
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
            log.subscribe(&mut Cursor::default(), &wanted(1))
                .finish()
                .recovered,
            Some(true)
        );
        let recovery = log.subscribe(&mut Cursor::default(), &wanted(0)).finish();
        let (before, reason) = (log.head(), GapReason::TooFar);
        assert_eq!(
            recovery.gaps,
            [Gap {
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
        log.subscribe(&mut cursor, &subscribe(&[(Data, last(0))], None))
            .finish();
        append(&mut log, &on(Events));
        append(&mut log, &on(Data));
        let mut recovery = log
            .subscribe(&mut cursor, &subscribe(&[(Events, last(5))], None))
            .finish();
        assert_eq!((recovery.head, backlog(&log, &mut recovery)), (2, vec![2]));
        let live = log.read(&mut cursor, 10, 0);
        let live: Vec<_> = live.frames.iter().map(|frame| frame.seq()).collect();
        assert_eq!(live, [3, 4]);
    }

    #[test]
    fn an_added_stream_starts_at_the_head_although_others_were_quiet() {
        let mut log = log(2, &[Data]);
        let mut cursor = Cursor::default();
        log.subscribe(&mut cursor, &subscribe(&[(Logs, last(0))], None))
            .finish();
        for _ in 0..5 {
            append(&mut log, &on(Events));
        }
        let recovery = log
            .subscribe(&mut cursor, &subscribe(&[(Events, last(0))], None))
            .finish();
        assert_eq!((recovery.head, recovery.backlog.is_none()), (6, true));
        append(&mut log, &on(Events));
        let live = log.read(&mut cursor, 10, 0);
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
        let mut recovery = log.subscribe(&mut Cursor::default(), &wanted).finish();
        assert_eq!(backlog(&log, &mut recovery), [1, 3]);
        let resume = subscribe(&[(Events, errors)], Some(("e", 0)));
        let mut recovery = log.subscribe(&mut Cursor::default(), &resume).finish();
        assert_eq!(recovery.recovered, Some(true));
        assert_eq!(
            backlog(&log, &mut recovery),
            [3],
            "with an interval, the newest"
        );
    }
}
