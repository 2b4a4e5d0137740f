use crate::budget::Budget;
use crate::filter::Filter;
use crate::question::{InRing, Part, Place};
use crate::{Backlog, Cursor, Frame, Log, Question};
use protocol::{Gap, GapReason, Stream, StreamOptions, Subscribe};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a subscription is answered with.
#[derive(Debug)]
pub struct Answer {
    /// The backlog ends here, and live begins.
    pub head: u64,
    /// The backlog and the gaps begin behind this; equal to `head` if there are none. A viewer that
    /// is cut off before them resumes from here.
    pub starts_at: u64,
    /// Whether everything after the position asked for follows; absent if none was.
    pub recovered: Option<bool>,
    /// What is lost, stream by stream.
    pub gaps: Vec<Gap>,
    /// What follows before live.
    pub backlog: Option<Backlog>,
}

impl Log {
    /// Adds streams to a cursor, or changes those already on; the caller holds the lock, so that
    /// nothing falls between backlog and live. The question that comes back is answered at once if
    /// it has nothing to [ask](Question::ask), as it never has without a store.
    ///
    /// Recovery is all or nothing, stream by stream: either everything after the position asked
    /// for follows, or the stream gets a gap and its newest.
    pub fn subscribe(&self, cursor: &mut Cursor, subscribe: &Subscribe) -> Question {
        if self.holds_nothing_for(cursor) {
            cursor.move_to(self.head());
        }
        let until = cursor.at();
        let mut budget = Budget::default();
        let mut parts = Vec::new();
        for (&stream, options) in &subscribe.streams {
            let is_new = !cursor.streams().contains(stream);
            cursor.set_options(stream, options, self.own());
            if is_new {
                cursor.start(stream, until);
                parts.push(self.part(cursor, stream, options, subscribe, &mut budget));
            }
        }
        Question::new(self.own().clone(), until, subscribe.after, budget, parts)
    }

    /// A cursor is not moved past what it does not want, so it may lie far behind the head without
    /// anything left for it to send.
    fn holds_nothing_for(&self, cursor: &Cursor) -> bool {
        let mut streams = cursor.streams().iter();
        streams.all(|stream| self.ring.newest_seq(stream) <= cursor.at())
    }

    /// How a stream begins, as far as the ring can tell.
    fn part(
        &self,
        cursor: &Cursor,
        stream: Stream,
        options: &StreamOptions,
        subscribe: &Subscribe,
        budget: &mut Budget,
    ) -> Part {
        let until = cursor.at();
        let asked = options.last.unwrap_or(0) as usize;
        // What cannot be recovered begins with its newest.
        let last = if subscribe.after.is_some() {
            asked.max(1)
        } else {
            asked
        };
        let position = subscribe.after.filter(|after| {
            subscribe.epoch.as_deref() == Some(self.epoch()) && *after <= self.head()
        });
        let had = position.unwrap_or(0);
        let mut part = Part {
            stream,
            filter: Filter::of(options, self.own()),
            last,
            had,
            in_ring: self.newest_in_ring(cursor, stream, last, had),
            floor: self.ring.lost(stream),
            newest: self.newest_until(stream, until),
            place: Place::Found(until),
            loss: None,
        };
        let Some(after) = subscribe.after else {
            part.count_back(until, self.has_store());
            return part;
        };
        if position.is_some() && cursor.is_paced(stream) {
            let newest = self.newest_in_ring(cursor, stream, 1, after).oldest;
            part.place = Place::Found(newest.map_or(until, |newest| newest - 1));
            return part;
        }
        part.loss = if position.is_none() {
            Some(GapReason::Epoch)
        } else if self.is_in_jump(after) {
            Some(GapReason::Restart)
        } else if part.floor > after && !self.has_store() {
            Some(GapReason::Expired)
        } else if !self.take_from_ring(cursor, stream, after, budget) {
            Some(GapReason::TooFar)
        } else {
            None
        };
        if part.loss.is_some() {
            part.count_back(until, self.has_store());
        } else if part.floor.min(until) > after {
            part.place = Place::Checking {
                seen: after,
                scan: Budget::scan(),
            };
        } else {
            part.place = Place::Found(after);
        }
        part
    }

    /// A stream's newest number up to here, or 0 if the ring cannot tell.
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

    /// The newest `count` messages of a stream that pass its filter, of those beyond `after`. If they may be
    /// of several hosts, so many of each, and no more are asked for behind the ring.
    fn newest_in_ring(&self, cursor: &Cursor, stream: Stream, count: usize, after: u64) -> InRing {
        let newest = self
            .newest_of(stream)
            .take_while(|frame| frame.seq() > after)
            .filter(|frame| frame.seq() <= cursor.at() && cursor.passes(frame));
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

    /// Takes what the ring has of a stream beyond `after`, if that is not too much.
    fn take_from_ring(
        &self,
        cursor: &Cursor,
        stream: Stream,
        after: u64,
        budget: &mut Budget,
    ) -> bool {
        let until = cursor.at();
        let lost = self.ring.lost(stream);
        let wanted = self.ring.after(after.max(lost)).filter(|frame| {
            frame.stream() == stream && frame.seq() <= until && cursor.passes(frame)
        });
        budget.take(wanted.map(|frame| frame.json().len()))
    }
}

/// Of frames that are told newest first.
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
    use crate::{Limits, Step};
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

    fn backlog(log: &Log, answer: &mut Answer) -> Vec<u64> {
        let mut seqs = Vec::new();
        let Some(backlog) = &mut answer.backlog else {
            return seqs;
        };
        while let Step::Send(reading) = backlog.read(log, 2) {
            assert!(reading.gaps.is_empty());
            seqs.extend(reading.frames.iter().map(|frame| frame.seq()));
            backlog.passed(reading.up_to);
        }
        seqs
    }

    use Stream::{Data, Events, Logs};

    #[test]
    fn last_is_so_many_of_each_host() {
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
            let mut answer = log.subscribe(&mut Cursor::default(), &wanted).answer();
            assert_eq!(backlog(&log, &mut answer), expected, "{options:?}");
        }
    }

    #[test]
    fn last_is_merged_by_seq() {
        let log = log(100, &[Data, Events, Data, Logs, Data, Events]);
        let mut cursor = Cursor::default();
        let wanted = subscribe(&[(Data, last(2)), (Events, last(9)), (Logs, last(0))], None);
        let mut answer = log.subscribe(&mut cursor, &wanted).answer();
        assert_eq!((answer.head, answer.recovered), (6, None));
        assert_eq!(backlog(&log, &mut answer), [2, 3, 5, 6]);
        assert_eq!(cursor.at(), 6);
    }

    #[test]
    fn resuming_delivers_exactly_what_was_missed() {
        let log = log(100, &[Data, Events, Data, Logs, Data, Events]);
        let wanted = |after| subscribe(&[(Data, last(1)), (Events, last(1))], Some(("e", after)));
        for (after, missed) in [(0, vec![1, 2, 3, 5, 6]), (3, vec![5, 6]), (6, vec![])] {
            let mut answer = log
                .subscribe(&mut Cursor::default(), &wanted(after))
                .answer();
            assert_eq!(
                (answer.recovered, answer.gaps.len()),
                (Some(true), 0),
                "after {after}"
            );
            assert_eq!(backlog(&log, &mut answer), missed, "after {after}");
        }
    }

    #[test]
    fn a_foreign_position_is_not_recovered() {
        let log = log(100, &[Data, Events, Data]);
        for position in [("other", 1), ("e", 4)] {
            let wanted = subscribe(&[(Data, last(0)), (Logs, last(0))], Some(position));
            let mut answer = log.subscribe(&mut Cursor::default(), &wanted).answer();
            assert_eq!(answer.recovered, Some(false));
            let gap = |stream, before| Gap {
                stream,
                after: None,
                before,
                reason: GapReason::Epoch,
            };
            assert_eq!(answer.gaps, [gap(Data, 3), gap(Logs, 4)]);
            assert_eq!(backlog(&log, &mut answer), [3], "the newest of each stream");
        }
    }

    #[test]
    fn a_stream_that_lost_something_does_not_cost_the_others_theirs() {
        let log = log(3, &[Data, Events, Data, Data, Data, Data]);
        let wanted = subscribe(&[(Data, last(2)), (Events, last(0))], Some(("e", 1)));
        let mut answer = log.subscribe(&mut Cursor::default(), &wanted).answer();
        let reason = GapReason::Expired;
        assert_eq!(
            answer.gaps,
            [Gap {
                stream: Data,
                after: Some(1),
                before: 5,
                reason
            }]
        );
        assert_eq!(answer.recovered, Some(false));
        assert_eq!(backlog(&log, &mut answer), [2, 5, 6]);
    }

    #[test]
    fn too_far_back_is_named() {
        let log = log(usize::MAX, &vec![Data; RESUME_MESSAGES_MAX + 1]);
        let wanted = |after| subscribe(&[(Data, last(0))], Some(("e", after)));
        assert_eq!(
            log.subscribe(&mut Cursor::default(), &wanted(1))
                .answer()
                .recovered,
            Some(true)
        );
        let answer = log.subscribe(&mut Cursor::default(), &wanted(0)).answer();
        let (before, reason) = (log.head(), GapReason::TooFar);
        assert_eq!(
            answer.gaps,
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
            .answer();
        append(&mut log, &on(Events));
        append(&mut log, &on(Data));
        let mut answer = log
            .subscribe(&mut cursor, &subscribe(&[(Events, last(5))], None))
            .answer();
        assert_eq!((answer.head, backlog(&log, &mut answer)), (2, vec![2]));
        let live = log.read(&mut cursor, 10, 0);
        let live: Vec<_> = live.frames.iter().map(|frame| frame.seq()).collect();
        assert_eq!(live, [3, 4]);
    }

    #[test]
    fn an_added_stream_begins_now_however_long_the_others_were_quiet() {
        let mut log = log(2, &[Data]);
        let mut cursor = Cursor::default();
        log.subscribe(&mut cursor, &subscribe(&[(Logs, last(0))], None))
            .answer();
        for _ in 0..5 {
            append(&mut log, &on(Events));
        }
        let answer = log
            .subscribe(&mut cursor, &subscribe(&[(Events, last(0))], None))
            .answer();
        assert_eq!((answer.head, answer.backlog.is_none()), (6, true));
        append(&mut log, &on(Events));
        let live = log.read(&mut cursor, 10, 0);
        assert!(live.gaps.is_empty(), "{:?}", live.gaps);
        assert_eq!(live.frames.len(), 1);
    }

    #[test]
    fn a_filter_holds_for_the_backlog_and_an_interval_does_not() {
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
        let mut answer = log.subscribe(&mut Cursor::default(), &wanted).answer();
        assert_eq!(backlog(&log, &mut answer), [1, 3]);
        let resume = subscribe(&[(Events, errors)], Some(("e", 0)));
        let mut answer = log.subscribe(&mut Cursor::default(), &resume).answer();
        assert_eq!(answer.recovered, Some(true));
        assert_eq!(
            backlog(&log, &mut answer),
            [3],
            "with an interval, the newest"
        );
    }
}
