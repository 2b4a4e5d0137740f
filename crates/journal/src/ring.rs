use crate::Frame;
use crate::log::Limits;
use protocol::Stream;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// The newest frames, bounded by count and by bytes.
///
/// Each stream's newest frame is kept even when it has left the ring, so that a quiet stream is
/// never lost to anyone and always has a newest message to show.
#[derive(Debug)]
pub(crate) struct Ring {
    limits: Limits,
    frames: VecDeque<Arc<Frame>>,
    bytes: usize,
    newest: [Option<Arc<Frame>>; Stream::COUNT],
    /// Each stream's newest `seq`, which may have a frame no longer.
    newest_seq: [u64; Stream::COUNT],
    /// The newest `seq` of each stream that can no longer be had.
    lost: [u64; Stream::COUNT],
}

impl Ring {
    /// A ring without frames, of a log whose streams have come to these numbers.
    pub(crate) fn new(limits: Limits, newest_seq: [u64; Stream::COUNT]) -> Self {
        Self {
            limits,
            frames: VecDeque::new(),
            bytes: 0,
            newest: [const { None }; Stream::COUNT],
            newest_seq,
            lost: [0; Stream::COUNT],
        }
    }

    pub(crate) fn push(&mut self, frame: Arc<Frame>) {
        self.keep(&frame);
        self.frames.push_back(Arc::clone(&frame));
        self.count(&frame);
    }

    /// Keeps a frame as its stream's newest, without room in the ring.
    pub(crate) fn keep(&mut self, frame: &Arc<Frame>) {
        let stream = frame.stream().index();
        self.newest_seq[stream] = self.newest_seq[stream].max(frame.seq());
        match self.newest[stream].replace(Arc::clone(frame)) {
            Some(before) if before.seq() == frame.position().prev => {
                if !self.holds(before.seq()) {
                    self.lost[stream] = before.seq();
                }
            }
            // What came right before it was never here.
            _ => self.lost[stream] = self.lost[stream].max(frame.position().prev),
        }
    }

    /// Forgets what is lost, before the ring is filled.
    pub(crate) fn clear(&mut self) {
        self.lost = [0; Stream::COUNT];
    }

    /// All that there is of the past is in: streams whose newest is not have lost it.
    pub(crate) fn filled(&mut self) {
        for (stream, newest) in self.newest.iter().enumerate() {
            let seq = newest.as_ref().map_or(0, |frame| frame.seq());
            if seq < self.newest_seq[stream] {
                self.lost[stream] = self.newest_seq[stream];
            }
        }
    }

    /// Counts what the frame costs now, after an encoding was added, and makes room.
    pub(crate) fn count(&mut self, frame: &Frame) {
        if !self.holds(frame.seq()) {
            return;
        }
        let bytes = frame.bytes();
        let before = frame.counted_bytes.swap(bytes, Ordering::Relaxed);
        self.bytes = self.bytes + bytes - before;
        while self.frames.len() > self.limits.frames_max
            || (self.bytes > self.limits.bytes_max && self.frames.len() > 1)
        {
            self.evict();
        }
    }

    fn evict(&mut self) {
        let Some(frame) = self.frames.pop_front() else {
            return;
        };
        self.bytes -= frame.counted();
        let stream = frame.stream().index();
        let is_newest = self.newest[stream]
            .as_ref()
            .is_some_and(|it| it.seq() == frame.seq());
        if !is_newest {
            self.lost[stream] = self.lost[stream].max(frame.seq());
        }
    }

    fn holds(&self, seq: u64) -> bool {
        self.frames.front().is_some_and(|front| front.seq() <= seq)
    }

    pub(crate) fn newest(&self, stream: Stream) -> Option<&Arc<Frame>> {
        self.newest[stream.index()].as_ref()
    }

    pub(crate) fn newest_seq(&self, stream: Stream) -> u64 {
        self.newest_seq[stream.index()]
    }

    pub(crate) fn lost(&self, stream: Stream) -> u64 {
        self.lost[stream.index()]
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(crate) fn len(&self) -> usize {
        self.frames.len()
    }

    /// The frames in the ring, oldest first; newest first when reversed.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &Arc<Frame>> {
        self.frames.iter()
    }

    /// Every frame that can be had beyond `seq`, in order: first the streams' newest that have left
    /// the ring, then the ring.
    pub(crate) fn after(&self, seq: u64) -> impl Iterator<Item = &Arc<Frame>> {
        let front = self.frames.front().map_or(u64::MAX, |frame| frame.seq());
        let mut kept = [const { None }; Stream::COUNT];
        for (place, newest) in kept.iter_mut().zip(&self.newest) {
            *place = newest
                .as_ref()
                .filter(|frame| seq < frame.seq() && frame.seq() < front);
        }
        kept.sort_by_key(|frame| frame.map(|frame| frame.seq()));
        let start = self.frames.partition_point(|frame| frame.seq() <= seq);
        kept.into_iter().flatten().chain(self.frames.range(start..))
    }
}
