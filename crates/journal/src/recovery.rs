use crate::cursor::Reading;
use crate::{Cursor, Log};
use protocol::{Gap, GapReason, Stream, StreamOptions, Subscribe};

/// The most messages a connection is resumed with; further back the page asks history.
const RESUME_MESSAGES_MAX: usize = 10_000;

/// The same in bytes of JSON.
const RESUME_BYTES_MAX: usize = 8 << 20;

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

/// Messages of the past that a viewer asked for: a cursor of its own, with an end.
#[derive(Debug)]
pub struct Backlog {
    cursor: Cursor,
    until: u64,
}

impl Backlog {
    /// The next frames, at most `frames_max`; `None` once there are no more.
    pub fn read(&mut self, log: &Log, frames_max: usize) -> Option<Reading> {
        if self.cursor.at() >= self.until {
            return None;
        }
        Some(log.read_until(&mut self.cursor, self.until, frames_max, 0))
    }

    /// Everything read up to `seq` has been sent.
    pub fn passed(&mut self, seq: u64) {
        self.cursor.passed(seq);
    }
}

/// How one stream begins.
struct Start {
    from: u64,
    loss: Option<GapReason>,
}

impl Log {
    /// Adds streams to a cursor, or changes those already on; the caller holds the lock, so that
    /// nothing falls between backlog and live.
    ///
    /// Recovery is all or nothing, stream by stream: either everything after the position asked
    /// for follows, or the stream gets a gap and its newest.
    pub fn subscribe(&self, cursor: &mut Cursor, subscribe: &Subscribe) -> Answer {
        if self.holds_nothing_for(cursor) {
            cursor.move_to(self.head());
        }
        let until = cursor.at();
        let mut backlog = Cursor::default();
        let mut budget = Budget::default();
        let mut gaps = Vec::new();
        for (&stream, options) in &subscribe.streams {
            let is_new = !cursor.streams().contains(stream);
            cursor.set_options(stream, options);
            if !is_new {
                continue;
            }
            cursor.start(stream, until);
            let Start { from, loss } = self.start(cursor, stream, options, subscribe, &mut budget);
            if let Some(reason) = loss {
                let next = self.first_sent(cursor, stream, from, until);
                let after = subscribe.after.filter(|_| reason != GapReason::Epoch);
                gaps.push(Gap {
                    stream,
                    after,
                    before: next,
                    reason,
                });
            }
            if from < until {
                // The whole past that was asked for is sent, whatever the interval from then on.
                backlog.set_options(
                    stream,
                    &StreamOptions {
                        interval_ms: None,
                        ..options.clone()
                    },
                );
                backlog.start(stream, from);
            }
        }
        let oldest = subscribe
            .streams
            .keys()
            .filter_map(|&stream| backlog.starts_at(stream))
            .min();
        let backlog = oldest.map(|oldest| {
            backlog.move_to(oldest);
            Backlog {
                cursor: backlog,
                until,
            }
        });
        let recovered = subscribe.after.map(|_| gaps.is_empty());
        // Whoever is cut off before the gaps must hear of them when it comes back.
        let lost_after = gaps.iter().filter_map(|gap| gap.after);
        Answer {
            head: until,
            starts_at: lost_after.chain(oldest).min().unwrap_or(until),
            recovered,
            gaps,
            backlog,
        }
    }

    /// A cursor is not moved past what it does not want, so it may lie far behind the head without
    /// anything left for it to send.
    fn holds_nothing_for(&self, cursor: &Cursor) -> bool {
        let mut streams = cursor.streams().iter();
        streams.all(|stream| self.ring.newest_seq(stream) <= cursor.at())
    }

    fn start(
        &self,
        cursor: &Cursor,
        stream: Stream,
        options: &StreamOptions,
        subscribe: &Subscribe,
        budget: &mut Budget,
    ) -> Start {
        let until = cursor.at();
        let last = options.last.unwrap_or(0) as usize;
        let Some(after) = subscribe.after else {
            return Start {
                from: self.before_newest(cursor, stream, last, until),
                loss: None,
            };
        };
        let lost = |reason| Start {
            from: self.before_newest(cursor, stream, last.max(1), until),
            loss: Some(reason),
        };
        if subscribe.epoch.as_deref() != Some(self.epoch()) || after > self.head() {
            return lost(GapReason::Epoch);
        }
        if cursor.is_paced(stream) {
            let newest = self.before_newest(cursor, stream, 1, until);
            return Start {
                from: newest.max(after),
                loss: None,
            };
        }
        if self.ring.lost(stream) > after {
            return lost(GapReason::Expired);
        }
        let wanted = self.ring.after(after).filter(|frame| {
            frame.stream() == stream && frame.seq() <= until && cursor.passes(frame)
        });
        let bytes = wanted.map(|frame| frame.json().len());
        if !budget.take(bytes) {
            return lost(GapReason::TooFar);
        }
        Start {
            from: after,
            loss: None,
        }
    }

    /// The position before the newest `count` messages of a stream that pass its filter.
    fn before_newest(&self, cursor: &Cursor, stream: Stream, count: usize, until: u64) -> u64 {
        let newest = self
            .newest_of(stream)
            .filter(|frame| frame.seq() <= until && cursor.passes(frame))
            .take(count)
            .last();
        newest.map_or(until, |frame| frame.seq() - 1)
    }

    /// The first message of a stream that its viewer gets, or the one after `until`.
    fn first_sent(&self, cursor: &Cursor, stream: Stream, from: u64, until: u64) -> u64 {
        let mut sent = self
            .ring
            .after(from)
            .take_while(|frame| frame.seq() <= until);
        sent.find(|frame| frame.stream() == stream && cursor.passes(frame))
            .map_or(until + 1, |frame| frame.seq())
    }
}

/// What is left to resume a connection with, over all its streams.
struct Budget {
    messages: usize,
    bytes: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            messages: RESUME_MESSAGES_MAX,
            bytes: RESUME_BYTES_MAX,
        }
    }
}

impl Budget {
    /// Takes messages of these lengths; takes none of them, and says so, if that is too much.
    fn take(&mut self, mut lengths: impl Iterator<Item = usize>) -> bool {
        let left = lengths.try_fold((self.messages, self.bytes), |(messages, bytes), length| {
            Some((messages.checked_sub(1)?, bytes.checked_sub(length)?))
        });
        if let Some((messages, bytes)) = left {
            (self.messages, self.bytes) = (messages, bytes);
        }
        left.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Limits;
    use crate::test_support::{append, event, on};
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
        while let Some(reading) = answer.backlog.as_mut().and_then(|it| it.read(log, 2)) {
            assert!(reading.gaps.is_empty());
            seqs.extend(reading.frames.iter().map(|frame| frame.seq()));
            answer.backlog.as_mut().unwrap().passed(reading.up_to);
        }
        seqs
    }

    use Stream::{Data, Events, Logs};

    #[test]
    fn last_is_merged_by_seq() {
        let log = log(100, &[Data, Events, Data, Logs, Data, Events]);
        let mut cursor = Cursor::default();
        let wanted = subscribe(&[(Data, last(2)), (Events, last(9)), (Logs, last(0))], None);
        let mut answer = log.subscribe(&mut cursor, &wanted);
        assert_eq!((answer.head, answer.recovered), (6, None));
        assert_eq!(backlog(&log, &mut answer), [2, 3, 5, 6]);
        assert_eq!(cursor.at(), 6);
    }

    #[test]
    fn resuming_delivers_exactly_what_was_missed() {
        let log = log(100, &[Data, Events, Data, Logs, Data, Events]);
        let wanted = |after| subscribe(&[(Data, last(1)), (Events, last(1))], Some(("e", after)));
        for (after, missed) in [(0, vec![1, 2, 3, 5, 6]), (3, vec![5, 6]), (6, vec![])] {
            let mut answer = log.subscribe(&mut Cursor::default(), &wanted(after));
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
            let mut answer = log.subscribe(&mut Cursor::default(), &wanted);
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
        let mut answer = log.subscribe(&mut Cursor::default(), &wanted);
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
            log.subscribe(&mut Cursor::default(), &wanted(1)).recovered,
            Some(true)
        );
        let answer = log.subscribe(&mut Cursor::default(), &wanted(0));
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
        log.subscribe(&mut cursor, &subscribe(&[(Data, last(0))], None));
        append(&mut log, &on(Events));
        append(&mut log, &on(Data));
        let mut answer = log.subscribe(&mut cursor, &subscribe(&[(Events, last(5))], None));
        assert_eq!((answer.head, backlog(&log, &mut answer)), (2, vec![2]));
        let live = log.read(&mut cursor, 10, 0);
        let live: Vec<_> = live.frames.iter().map(|frame| frame.seq()).collect();
        assert_eq!(live, [3, 4]);
    }

    #[test]
    fn an_added_stream_begins_now_however_long_the_others_were_quiet() {
        let mut log = log(2, &[Data]);
        let mut cursor = Cursor::default();
        log.subscribe(&mut cursor, &subscribe(&[(Logs, last(0))], None));
        for _ in 0..5 {
            append(&mut log, &on(Events));
        }
        let answer = log.subscribe(&mut cursor, &subscribe(&[(Events, last(0))], None));
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
        let mut answer = log.subscribe(&mut Cursor::default(), &wanted);
        assert_eq!(backlog(&log, &mut answer), [1, 3]);
        let resume = subscribe(&[(Events, errors)], Some(("e", 0)));
        let mut answer = log.subscribe(&mut Cursor::default(), &resume);
        assert_eq!(answer.recovered, Some(true));
        assert_eq!(
            backlog(&log, &mut answer),
            [3],
            "with an interval, the newest"
        );
    }
}
