//! The invariant as a property: any interleaving of appends, resumptions and evictions delivers
//! exactly what a cursor wants, or names the gap.

use crate::test_support::{append, on};
use crate::{Answer, Cursor, Limits, Log, Reading};
use proptest::collection::vec;
use proptest::prelude::*;
use protocol::{Gap, Stream, StreamOptions, Subscribe};

const STREAMS: [Stream; 3] = [Stream::Events, Stream::Data, Stream::Logs];

#[derive(Debug, Clone)]
enum Step {
    Append(usize),
    /// Reads at most so many frames.
    Read(usize),
    /// Drops the connection and resumes from the last message seen.
    Resume,
    /// Adds a stream with some of its past.
    Add(usize, u32),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..STREAMS.len()).prop_map(Step::Append),
        2 => (1_usize..5).prop_map(Step::Read),
        1 => Just(Step::Resume),
        1 => (0..STREAMS.len(), 0_u32..4).prop_map(|(stream, last)| Step::Add(stream, last)),
    ]
}

/// A viewer that writes down what it was sent, and what it was told it lost.
#[derive(Default)]
struct Viewer {
    cursor: Cursor,
    answer: Option<Answer>,
    /// Where it began to follow each stream.
    since: [Option<u64>; Stream::COUNT],
    seen: Vec<(Stream, u64)>,
    gaps: Vec<Gap>,
    added_to_others: bool,
}

impl Viewer {
    fn subscribe(&mut self, log: &Log, subscribe: &Subscribe) {
        let mut answer = log.subscribe(&mut self.cursor, subscribe);
        self.gaps.append(&mut answer.gaps);
        self.answer = Some(answer);
    }

    fn add(&mut self, log: &Log, stream: Stream, last: u32) {
        // A real connection sends a backlog to its end before it answers again.
        while self.read(log, 100) {}
        if self.cursor.streams().contains(stream) {
            return;
        }
        self.added_to_others = !self.cursor.streams().is_empty();
        let options = StreamOptions {
            last: Some(last),
            ..StreamOptions::default()
        };
        self.subscribe(
            log,
            &Subscribe {
                streams: [(stream, options)].into(),
                ..Subscribe::default()
            },
        );
        let until = self.cursor.at();
        let asked: Vec<_> = log
            .newest_of(stream)
            .map(|frame| frame.seq())
            .filter(|seq| *seq <= until)
            .take(last as usize)
            .collect();
        self.since[stream.index()] = Some(asked.last().map_or(until, |oldest| oldest - 1));
    }

    fn resume(&mut self, log: &Log) {
        let streams = self.cursor.streams();
        // The past of an added stream lies behind what was seen of the others, so that one position
        // cannot resume it: a client that loses it half-way asks for it afresh.
        while self.added_to_others && self.read_backlog(log, 100) {}
        // Everything up to the highest number seen has arrived, since the order is total; before
        // the first message the viewer knows where its subscription began.
        let began = self.since.iter().flatten().min().copied().unwrap_or(0);
        let after = self.seen.iter().map(|(_, seq)| *seq).max().unwrap_or(began);
        self.cursor = Cursor::default();
        self.answer = None;
        self.added_to_others = false;
        self.subscribe(
            log,
            &Subscribe {
                streams: streams
                    .iter()
                    .map(|stream| (stream, StreamOptions::default()))
                    .collect(),
                epoch: Some("e".into()),
                after: Some(after),
            },
        );
    }

    /// Whether anything was left of the backlog.
    fn read_backlog(&mut self, log: &Log, frames_max: usize) -> bool {
        let backlog = self
            .answer
            .as_mut()
            .and_then(|answer| answer.backlog.as_mut());
        let Some(backlog) = backlog else { return false };
        let Some(reading) = backlog.read(log, frames_max) else {
            return false;
        };
        backlog.passed(reading.up_to);
        self.take(reading);
        true
    }

    /// Whether anything was left to read.
    fn read(&mut self, log: &Log, frames_max: usize) -> bool {
        if self.read_backlog(log, frames_max) {
            return true;
        }
        let before = self.cursor.at();
        let reading = log.read(&mut self.cursor, frames_max, 0);
        self.cursor.passed(reading.up_to);
        self.take(reading);
        self.cursor.at() > before
    }

    fn take(&mut self, reading: Reading) {
        self.gaps.extend(reading.gaps);
        self.seen.extend(
            reading
                .frames
                .iter()
                .map(|frame| (frame.stream(), frame.seq())),
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]
    #[test]
    fn what_is_wanted_is_delivered_once_or_named(
        frames_max in 1_usize..12,
        steps in vec(step(), 1..120),
    ) {
        let mut log = Log::new("e", Limits { frames_max, bytes_max: usize::MAX });
        let mut sent = Vec::new();
        let mut viewer = Viewer::default();
        for step in steps {
            match step {
                Step::Append(stream) => {
                    append(&mut log, &on(STREAMS[stream]));
                    sent.push((STREAMS[stream], log.head()));
                }
                Step::Read(frames_max) => {
                    viewer.read(&log, frames_max);
                }
                Step::Resume => viewer.resume(&log),
                Step::Add(stream, last) => viewer.add(&log, STREAMS[stream], last),
            }
        }
        while viewer.read(&log, 3) {}

        for stream in STREAMS {
            let seen: Vec<_> = of(&viewer.seen, stream).collect();
            prop_assert!(seen.is_sorted_by(|a, b| a < b), "{stream} out of order: {seen:?}");
            let Some(since) = viewer.since[stream.index()] else {
                prop_assert!(seen.is_empty(), "{stream} was never asked for");
                continue;
            };
            let named = |seq: u64| viewer.gaps.iter().any(|gap| {
                gap.stream == stream && gap.after.unwrap_or(0) < seq && seq < gap.before
            });
            for seq in of(&sent, stream).filter(|seq| *seq > since) {
                prop_assert!(
                    seen.contains(&seq) || named(seq),
                    "{stream} {seq} is neither delivered nor named: {:?}", viewer.gaps
                );
            }
        }
    }
}

fn of(messages: &[(Stream, u64)], stream: Stream) -> impl Iterator<Item = u64> {
    messages
        .iter()
        .filter(move |(of, _)| *of == stream)
        .map(|(_, seq)| *seq)
}
