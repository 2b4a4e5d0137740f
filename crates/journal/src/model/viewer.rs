//! A viewer that writes down what it was sent, and what it was told it lost.

use super::world::World;
use crate::{Answer, Cursor, Reading, Step};
use protocol::{Gap, Stream, StreamOptions, Subscribe};

#[derive(Default)]
pub(super) struct Viewer {
    pub(super) cursor: Cursor,
    answer: Option<Answer>,
    /// Where it began to follow each stream.
    pub(super) since: [Option<u64>; Stream::COUNT],
    pub(super) seen: Vec<(Stream, u64)>,
    pub(super) gaps: Vec<Gap>,
    added_to_others: bool,
    lost_amid_backlog: bool,
}

impl Viewer {
    fn subscribe(&mut self, world: &World, subscribe: &Subscribe, answers: bool) {
        let mut question = world.log.subscribe(&mut self.cursor, subscribe);
        while let Some(ask) = question.ask().filter(|_| answers) {
            assert!(world.has_store(), "without a store nothing is asked for");
            question.take(&world.read(&ask));
        }
        let mut answer = question.answer();
        self.gaps.append(&mut answer.gaps);
        self.answer = Some(answer);
    }

    pub(super) fn add(&mut self, world: &World, stream: Stream, last: u32) {
        // A real connection sends a backlog to its end before it answers again.
        while self.read(world, 100) {}
        if self.cursor.streams().contains(stream) {
            return;
        }
        self.added_to_others = !self.cursor.streams().is_empty();
        let options = StreamOptions {
            last: Some(last),
            ..StreamOptions::default()
        };
        let streams = [(stream, options)].into();
        let subscribe = Subscribe {
            streams,
            ..Subscribe::default()
        };
        self.subscribe(world, &subscribe, true);
        let until = self.cursor.at();
        let available = world.available(stream).into_iter().rev();
        let asked: Vec<_> = available
            .filter(|seq| *seq <= until)
            .take(last as usize)
            .collect();
        self.since[stream.index()] = Some(asked.last().map_or(until, |oldest| oldest - 1));
    }

    /// Comes back from the last message it has seen; whether that was recovered. `answers` is
    /// whether the store answers.
    pub(super) fn resume(&mut self, world: &World, answers: bool) -> bool {
        // Everything up to the highest number seen has arrived, since the order is total; before
        // the first message the viewer knows where its subscription began.
        let began = self.since.iter().flatten().min().copied().unwrap_or(0);
        let after = self.seen.iter().map(|(_, seq)| *seq).max().unwrap_or(began);
        let streams = self.cursor.streams();
        self.cursor = Cursor::default();
        self.answer = None;
        self.added_to_others = false;
        let streams = streams.iter().map(|it| (it, StreamOptions::default()));
        let subscribe = Subscribe {
            streams: streams.collect(),
            epoch: Some("e".into()),
            after: Some(after),
        };
        self.subscribe(world, &subscribe, answers);
        self.answer.as_ref().and_then(|it| it.recovered) == Some(true)
    }

    /// The past of an added stream lies behind what was seen of the others, so that one position
    /// cannot resume it: a client that loses it half-way asks for it afresh. What retention removes
    /// of a backlog is named at its stream's next message: who is cut off before that, and has seen
    /// later ones of other streams, is told by that message's `prev`, as no viewer of this model is.
    pub(super) fn finish_what_cannot_be_resumed(&mut self, world: &World) {
        let cannot = self.added_to_others || self.lost_amid_backlog;
        while cannot && self.read_backlog(world, 100) {}
        self.lost_amid_backlog = false;
    }

    /// Retention has removed something.
    pub(super) fn notice_removal(&mut self) {
        let backlog = self.answer.as_ref().and_then(|it| it.backlog.as_ref());
        self.lost_amid_backlog |= backlog.is_some();
    }

    /// Whether anything was left of the backlog.
    fn read_backlog(&mut self, world: &World, frames_max: usize) -> bool {
        let Some(backlog) = self.answer.as_mut().and_then(|it| it.backlog.as_mut()) else {
            return false;
        };
        match backlog.read(&world.log, frames_max) {
            Step::End => false,
            Step::Ask(ask) => {
                assert!(world.has_store(), "without a store nothing is asked for");
                backlog.take(&ask, &world.read(&ask));
                true
            }
            Step::Send(reading) => {
                if reading.gaps.is_empty() {
                    backlog.passed(reading.up_to);
                }
                self.take(reading);
                true
            }
        }
    }

    /// Whether anything was left to read.
    pub(super) fn read(&mut self, world: &World, frames_max: usize) -> bool {
        if self.read_backlog(world, frames_max) {
            return true;
        }
        let before = self.cursor.at();
        let reading = world.log.read(&mut self.cursor, frames_max, 0);
        let has_gaps = !reading.gaps.is_empty();
        if !has_gaps {
            self.cursor.passed(reading.up_to);
        }
        self.take(reading);
        has_gaps || self.cursor.at() > before
    }

    fn take(&mut self, reading: Reading) {
        if !reading.gaps.is_empty() {
            // As a connection does: the gaps are told, and what follows is read again.
            self.gaps.extend(reading.gaps);
            return;
        }
        let frames = reading.frames.iter();
        self.seen
            .extend(frames.map(|frame| (frame.stream(), frame.seq())));
    }
}
