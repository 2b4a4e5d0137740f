mod class;
mod heads;

use crate::Frame;
use crate::chain::Chain;
use crate::log::Limits;
use crate::scope::Scope;
use crate::stored::ResumeState;
use class::{Class, REPLACED};
use heads::Heads;
use protocol::Stream;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// The newest frames, bounded by count and by bytes.
///
/// Bulk streams have a part of their own, so that they cannot evict anything else. Each chain's newest frame is
/// retained even when it has left the ring, so that a quiet chain never causes a gap and always has a newest
/// message.
#[derive(Debug)]
pub(crate) struct Ring {
    regular: Class,
    bulk: Class,
    heads: [Heads; Stream::COUNT],
    chains_max: usize,
    /// The newest `seq` of all that is not available here any more.
    lost: u64,
    /// Of retained frames that have left the ring, none has a higher `seq`.
    evicted_newest_max: u64,
}

impl Ring {
    /// An empty ring for a log that continues so.
    pub(crate) fn new(limits: Limits, from: &ResumeState) -> Self {
        Self {
            regular: Class::new(limits.frames_max, limits.bytes_max),
            bulk: Class::new(limits.frames_max, limits.bulk_bytes_max),
            heads: Stream::ALL.map(|stream| Heads::resume(from, stream)),
            chains_max: limits.chains_max,
            lost: 0,
            evicted_newest_max: 0,
        }
    }

    fn class(&self, stream: Stream) -> &Class {
        match stream.definition().is_bulk {
            true => &self.bulk,
            false => &self.regular,
        }
    }

    fn class_mut(&mut self, stream: Stream) -> &mut Class {
        match stream.definition().is_bulk {
            true => &mut self.bulk,
            false => &mut self.regular,
        }
    }

    pub(crate) fn push(&mut self, frame: Arc<Frame>) {
        self.add_head(&frame);
        self.class_mut(frame.stream())
            .frames
            .push_back(Arc::clone(&frame));
        self.count(&frame);
    }

    /// Replaces the frame of the same position and chain, in the ring and among the newest.
    pub(crate) fn replace(&mut self, frame: Frame) {
        let frame = Arc::new(frame);
        self.heads[frame.stream().index()].replace(&frame);
        if self.class_mut(frame.stream()).replace(&frame) {
            self.count(&frame);
        }
    }

    /// Retains a frame as the newest of its chain, without adding it to the ring.
    pub(crate) fn set_newest(&mut self, frame: &Arc<Frame>) {
        self.add_head(frame);
        self.evicted_newest_max = self.evicted_newest_max.max(frame.seq());
    }

    fn add_head(&mut self, frame: &Arc<Frame>) {
        let stream = frame.stream();
        let heads = &mut self.heads[stream.index()];
        heads.make_room(frame.chain(), self.chains_max);
        for before in std::mem::take(&mut heads.forgotten_frames) {
            if !self.holds(&before) {
                self.lose(&before);
            }
        }
        let replaced = self.heads[stream.index()].add(frame);
        if let Some(before) = replaced.filter(|before| !self.holds(before)) {
            self.lose(&before);
        }
    }

    /// A frame is not available any more.
    fn lose(&mut self, frame: &Frame) {
        self.lost = self.lost.max(frame.seq());
        self.heads[frame.stream().index()].lose(frame.chain(), frame.seq());
    }

    /// Takes nothing for lost, before the ring is filled.
    pub(crate) fn clear(&mut self) {
        self.lost = 0;
        self.heads.iter_mut().for_each(Heads::clear);
    }

    /// The ring is filled with all that there is from `first` on of the streams of a class: a chain whose newest message
    /// was not added has lost it.
    pub(crate) fn filled(&mut self, is_bulk: bool, first: u64) {
        for (stream, heads) in Stream::ALL.into_iter().zip(&mut self.heads) {
            if stream.definition().is_bulk == is_bulk {
                self.lost = self.lost.max(heads.filled(first));
            }
        }
    }

    /// Updates the size of a frame after an encoding was added, and evicts frames beyond the limits.
    pub(crate) fn count(&mut self, frame: &Frame) {
        if !self.holds(frame) || frame.counted() == REPLACED {
            return;
        }
        let bytes = frame.bytes();
        let before = frame.counted_bytes.swap(bytes, Ordering::Relaxed);
        let class = self.class_mut(frame.stream());
        class.bytes = class.bytes + bytes - before;
        while let Some(evicted) = self.class_mut(frame.stream()).evict() {
            let newest = self.newest(evicted.stream(), evicted.chain());
            if newest.is_some_and(|newest| newest.seq() == evicted.seq()) {
                self.evicted_newest_max = self.evicted_newest_max.max(evicted.seq());
            } else {
                self.lose(&evicted);
            }
        }
    }

    fn holds(&self, frame: &Frame) -> bool {
        self.class(frame.stream()).holds(frame.seq())
    }

    /// A chain's newest frame.
    pub(crate) fn newest(&self, stream: Stream, chain: Chain<'_>) -> Option<&Arc<Frame>> {
        self.heads[stream.index()].newest(chain)
    }

    /// The other hosts of a stream, each with its newest frame.
    pub(crate) fn other_hosts(&self, stream: Stream) -> impl Iterator<Item = (&str, &Arc<Frame>)> {
        self.heads[stream.index()].other_hosts()
    }

    /// A stream's newest `seq`, whatever its chain, and whether or not its frame was added.
    pub(crate) fn newest_seq(&self, stream: Stream) -> u64 {
        self.heads[stream.index()].newest_seq
    }

    /// The newest `seq` of a scope, whether or not its frame was added; 0 if it is not known.
    pub(crate) fn newest_seq_of(&self, stream: Stream, scope: &Scope) -> u64 {
        self.heads[stream.index()].newest_seq_of(scope)
    }

    /// Everything of a scope after this `seq` is available here. Where little is known of it, it may be higher than
    /// needed.
    pub(crate) fn lost(&self, stream: Stream, scope: &Scope) -> u64 {
        self.heads[stream.index()].lost_of(scope)
    }

    /// The newest message of a scope that is known to be not available here any more; 0 if none is.
    pub(crate) fn known_lost(&self, stream: Stream, scope: &Scope) -> u64 {
        self.heads[stream.index()].known_lost_of(scope)
    }

    /// Everything after this `seq` is available here.
    pub(crate) fn lost_of_any(&self) -> u64 {
        self.lost
    }

    pub(crate) fn bytes(&self) -> usize {
        self.regular.bytes + self.bulk.bytes
    }

    pub(crate) fn len(&self) -> usize {
        self.regular.frames.len() + self.bulk.frames.len()
    }

    /// The available frames of a stream, newest first. Some chains may have lost frames between them.
    pub(crate) fn newest_first(&self, stream: Stream) -> impl Iterator<Item = &Arc<Frame>> {
        let in_ring = self.class(stream).frames.iter().rev();
        let evicted = self.evicted_newest(|frame| frame.stream() == stream, 0);
        in_ring
            .filter(move |frame| frame.stream() == stream)
            .chain(evicted.into_iter().rev())
    }

    /// Every available frame after `seq`, in order.
    pub(crate) fn after(&self, seq: u64) -> impl Iterator<Item = &Arc<Frame>> {
        let evicted = self.evicted_newest(|_| true, seq);
        let bulk = class::merged(evicted.into_iter(), self.bulk.after(seq));
        class::merged(bulk, self.regular.after(seq))
    }

    /// The newest frames of chains that have left the ring, in order.
    fn evicted_newest(&self, wanted: impl Fn(&Frame) -> bool, after: u64) -> Vec<&Arc<Frame>> {
        if after >= self.evicted_newest_max {
            return Vec::new();
        }
        let all = self.heads.iter().flat_map(Heads::all_newest);
        let mut evicted: Vec<_> = all
            .filter(|frame| frame.seq() > after && wanted(frame) && !self.holds(frame))
            .collect();
        evicted.sort_by_key(|frame| frame.seq());
        evicted
    }
}
