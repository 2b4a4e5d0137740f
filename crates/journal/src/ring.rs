use crate::Frame;
use crate::log::Limits;
use protocol::Stream;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Beyond this many frames, the newest frames of further hosts are not retained.
const HOSTS_MAX: usize = 4_096;

/// The newest frames, bounded by count and by bytes.
///
/// Each stream's newest frame is retained even when it has left the ring, so that a quiet stream never
/// causes a gap and always has a newest message; and so is that of each other host.
#[derive(Debug)]
pub(crate) struct Ring {
    limits: Limits,
    frames: VecDeque<Arc<Frame>>,
    bytes: usize,
    /// The newest frame of each stream about the own host, or about none.
    newest: [Option<Arc<Frame>>; Stream::COUNT],
    /// The newest frame of each stream about each other host.
    newest_of_others: [BTreeMap<Box<str>, Arc<Frame>>; Stream::COUNT],
    /// How many frames `newest_of_others` holds.
    other_count: usize,
    /// The newest `seq` of each stream that was added, 0 for none.
    last_added: [u64; Stream::COUNT],
    /// Each stream's newest `seq`, whether or not its frame was added.
    newest_seq: [u64; Stream::COUNT],
    /// The newest `seq` of each stream that is not available here any more.
    lost: [u64; Stream::COUNT],
}

impl Ring {
    /// An empty ring for a log whose streams have this newest `seq`.
    pub(crate) fn new(limits: Limits, newest_seq: [u64; Stream::COUNT]) -> Self {
        Self {
            limits,
            frames: VecDeque::new(),
            bytes: 0,
            newest: [const { None }; Stream::COUNT],
            newest_of_others: [const { BTreeMap::new() }; Stream::COUNT],
            other_count: 0,
            last_added: [0; Stream::COUNT],
            newest_seq,
            lost: [0; Stream::COUNT],
        }
    }

    pub(crate) fn push(&mut self, frame: Arc<Frame>) {
        self.set_newest(&frame);
        self.frames.push_back(Arc::clone(&frame));
        self.count(&frame);
    }

    /// Retains a frame as the newest of its stream and host, without adding it to the ring.
    pub(crate) fn set_newest(&mut self, frame: &Arc<Frame>) {
        let (stream, prev) = (frame.stream().index(), frame.position().prev);
        self.newest_seq[stream] = self.newest_seq[stream].max(frame.seq());
        let last_added = std::mem::replace(&mut self.last_added[stream], frame.seq());
        if last_added != prev {
            // The message right before it was never added.
            self.lost[stream] = self.lost[stream].max(prev);
        }
        let replaced = match frame.facets().other_host() {
            None => self.newest[stream].replace(Arc::clone(frame)),
            Some(host) => self.set_newest_of(stream, host, frame),
        };
        if let Some(before) = replaced.filter(|before| !self.holds(before.seq())) {
            self.lost[stream] = self.lost[stream].max(before.seq());
        }
    }

    fn set_newest_of(
        &mut self,
        stream: usize,
        host: &str,
        frame: &Arc<Frame>,
    ) -> Option<Arc<Frame>> {
        let newest_of_others = &mut self.newest_of_others[stream];
        if let Some(newest) = newest_of_others.get_mut(host) {
            return Some(std::mem::replace(newest, Arc::clone(frame)));
        }
        if self.other_count < HOSTS_MAX {
            newest_of_others.insert(host.into(), Arc::clone(frame));
            self.other_count += 1;
        }
        None
    }

    /// Forgets losses, before the ring is filled.
    pub(crate) fn clear(&mut self) {
        self.lost = [0; Stream::COUNT];
    }

    /// The ring is filled: a stream whose newest message was not added has lost it.
    pub(crate) fn filled(&mut self) {
        for (stream, &seq) in self.last_added.iter().enumerate() {
            if seq < self.newest_seq[stream] {
                self.lost[stream] = self.newest_seq[stream];
            }
        }
    }

    /// Updates the size of a frame after an encoding was added, and evicts frames beyond the limits.
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
        let newest = self.newest_of_host(frame.stream(), frame.facets().other_host());
        if newest.is_none_or(|newest| newest.seq() != frame.seq()) {
            self.lost[stream] = self.lost[stream].max(frame.seq());
        }
    }

    fn holds(&self, seq: u64) -> bool {
        self.frames.front().is_some_and(|front| front.seq() <= seq)
    }

    /// A host's newest frame of a stream; without a host, that of the own host or none.
    pub(crate) fn newest_of_host(
        &self,
        stream: Stream,
        other_host: Option<&str>,
    ) -> Option<&Arc<Frame>> {
        match other_host {
            None => self.newest(stream),
            Some(host) => self.newest_of_others[stream.index()].get(host),
        }
    }

    /// The other hosts of a stream, each with its newest frame.
    pub(crate) fn other_hosts(&self, stream: Stream) -> impl Iterator<Item = (&str, &Arc<Frame>)> {
        let others = self.newest_of_others[stream.index()].iter();
        others.map(|(host, frame)| (&**host, frame))
    }

    /// A stream's newest frame, whatever its host.
    pub(crate) fn newest_in(&self, stream: Stream) -> Option<&Arc<Frame>> {
        let others = self.other_hosts(stream).map(|(_, frame)| frame);
        let all = self.newest(stream).into_iter().chain(others);
        all.max_by_key(|frame| frame.seq())
    }

    /// The newest frames of a stream's hosts that have left the ring, newest first.
    pub(crate) fn evicted_newest(&self, stream: Stream) -> Vec<&Arc<Frame>> {
        let others = self.other_hosts(stream).map(|(_, frame)| frame);
        let all = self.newest(stream).into_iter().chain(others);
        let mut evicted_newest: Vec<_> = all.filter(|frame| !self.holds(frame.seq())).collect();
        evicted_newest.sort_by_key(|frame| std::cmp::Reverse(frame.seq()));
        evicted_newest
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

    /// Every available frame after `seq`, in order: first newest frames that have left the ring, then the
    /// ring.
    pub(crate) fn after(&self, seq: u64) -> impl Iterator<Item = &Arc<Frame>> {
        let front = self.frames.front().map_or(u64::MAX, |frame| frame.seq());
        let own = self.newest.iter().flatten();
        let others = self.newest_of_others.iter().flat_map(BTreeMap::values);
        let all = own.chain(others);
        let mut evicted: Vec<_> = all
            .filter(|frame| seq < frame.seq() && frame.seq() < front)
            .collect();
        evicted.sort_by_key(|frame| frame.seq());
        let start = self.frames.partition_point(|frame| frame.seq() <= seq);
        evicted.into_iter().chain(self.frames.range(start..))
    }
}
