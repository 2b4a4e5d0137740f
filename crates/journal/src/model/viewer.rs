//! A viewer that records the messages and gaps that it receives.

use super::world::World;
use crate::test_support::everyone;
use crate::{BacklogStep, Cursor, Frame, ReadResult, Recovery};
use protocol::{Gap, GapReason, Stream, StreamOptions, Subscribe};

#[derive(Default)]
pub(super) struct Viewer {
    pub(super) cursor: Cursor,
    recovery: Option<Recovery>,
    /// The `seq` after which it has subscribed to each stream.
    pub(super) since: [Option<u64>; Stream::COUNT],
    pub(super) seen: Vec<(Stream, u64)>,
    pub(super) gaps: Vec<Gap>,
    /// It has received nothing of these streams since it resumed.
    is_first: [bool; Stream::COUNT],
    added_to_others: bool,
    lost_amid_backlog: bool,
}

impl Viewer {
    fn subscribe(&mut self, world: &World, subscribe: &Subscribe, store_answers: bool) {
        let mut plan = world
            .log
            .subscribe(&mut self.cursor, &everyone(), subscribe);
        while let Some(request) = plan.request().filter(|_| store_answers) {
            assert!(world.has_store(), "no store, no request");
            plan.add_page(&world.read(&request, &everyone()), 0);
        }
        let mut recovery = plan.finish();
        self.gaps.append(&mut recovery.gaps);
        self.recovery = Some(recovery);
    }

    pub(super) fn add(&mut self, world: &World, stream: Stream, last: u32) {
        // A connection sends a whole backlog before it answers the next request.
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
        let until = self.cursor.position();
        let available = world.available(stream).into_iter().rev();
        let requested: Vec<_> = available
            .filter(|seq| *seq <= until)
            .take(last as usize)
            .collect();
        self.since[stream.index()] = Some(requested.last().map_or(until, |oldest| oldest - 1));
    }

    /// Resumes from the last message received; returns whether that was recovered.
    pub(super) fn resume(&mut self, world: &World, store_answers: bool) -> bool {
        // Everything up to the highest `seq` has arrived, since the order is total; before the first
        // message the viewer knows where its subscription started.
        let start = self.since.iter().flatten().min().copied().unwrap_or(0);
        let after = self.seen.iter().map(|(_, seq)| *seq).max().unwrap_or(start);
        let streams = self.cursor.streams();
        self.cursor = Cursor::default();
        self.recovery = None;
        self.added_to_others = false;
        self.is_first = [true; Stream::COUNT];
        let streams = streams.iter().map(|it| (it, StreamOptions::default()));
        let subscribe = Subscribe {
            streams: streams.collect(),
            epoch: Some("e".into()),
            after: Some(after),
        };
        self.subscribe(world, &subscribe, store_answers);
        self.recovery.as_ref().and_then(|it| it.recovered) == Some(true)
    }

    /// The backlog of an added stream is older than what was received of the others, so that one position
    /// cannot resume it: a disconnected client requests it again. What retention removes of a backlog is
    /// reported at its stream's next message: a client that is disconnected before that, and has received
    /// later messages of other streams, detects it by that message's `prev`, which this viewer does not check.
    pub(super) fn finish_what_cannot_be_resumed(&mut self, world: &World) {
        let cannot = self.added_to_others || self.lost_amid_backlog;
        while cannot && self.read_backlog(world, 100) {}
        self.lost_amid_backlog = false;
    }

    /// Retention has removed something.
    pub(super) fn notice_removal(&mut self) {
        let backlog = self.recovery.as_ref().and_then(|it| it.backlog.as_ref());
        self.lost_amid_backlog |= backlog.is_some();
    }

    /// Whether anything was left of the backlog.
    fn read_backlog(&mut self, world: &World, frames_max: usize) -> bool {
        let Some(backlog) = self.recovery.as_mut().and_then(|it| it.backlog.as_mut()) else {
            return false;
        };
        match backlog.read(&world.log, &everyone(), frames_max) {
            BacklogStep::Done => false,
            BacklogStep::Fetch(request) => {
                assert!(world.has_store(), "no store, no request");
                backlog.add_page(&request, &world.read(&request, &everyone()));
                true
            }
            BacklogStep::Send(result) => {
                if result.gaps.is_empty() {
                    backlog.advance_to(result.up_to);
                }
                self.take(result);
                true
            }
        }
    }

    /// Whether anything was left to read.
    pub(super) fn read(&mut self, world: &World, frames_max: usize) -> bool {
        if self.read_backlog(world, frames_max) {
            return true;
        }
        let before = self.cursor.position();
        let result = world.log.read(&mut self.cursor, &everyone(), frames_max, 0);
        let has_gaps = !result.gaps.is_empty();
        if !has_gaps {
            self.cursor.advance_to(result.up_to);
        }
        self.take(result);
        has_gaps || self.cursor.position() > before
    }

    fn take(&mut self, result: ReadResult) {
        if !result.gaps.is_empty() {
            // As a connection does: it sends the gaps, and reads again what follows.
            self.gaps.extend(result.gaps);
            return;
        }
        for frame in &result.frames {
            self.check_first(frame);
            self.seen.push((frame.stream(), frame.seq()));
        }
    }

    /// A client checks each stream's chain. That counts only for the first message after it has resumed: if it
    /// was disconnected amid a backlog, it may have received messages behind a loss of another stream, which is
    /// reported at that stream's next message.
    fn check_first(&mut self, frame: &Frame) {
        let (stream, prev) = (frame.stream(), frame.position().prev);
        if !std::mem::take(&mut self.is_first[stream.index()]) {
            return;
        }
        let seen = self.seen.iter().rev().find(|(of, _)| *of == stream);
        let after = seen.map(|(_, seq)| *seq).or(self.since[stream.index()]);
        if after.is_some_and(|after| prev > after) {
            self.gaps.push(Gap {
                channel: None,
                stream,
                after,
                before: frame.seq(),
                reason: GapReason::Expired,
            });
        }
    }
}
