//! The streams that share a budget.

use crate::Frame;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// The size of a frame that was replaced, and does not count any more.
pub(super) const REPLACED: usize = usize::MAX;

/// Frames in order, bounded by count and by bytes.
#[derive(Debug)]
pub(super) struct Class {
    pub(super) frames: VecDeque<Arc<Frame>>,
    pub(super) bytes: usize,
    frames_max: usize,
    bytes_max: usize,
}

impl Class {
    pub(super) fn new(frames_max: usize, bytes_max: usize) -> Self {
        Self {
            frames: VecDeque::new(),
            bytes: 0,
            frames_max,
            bytes_max,
        }
    }

    /// Removes the oldest frame, if there are too many. The newest stays whatever its size.
    pub(super) fn evict(&mut self) -> Option<Arc<Frame>> {
        let is_full = self.frames.len() > self.frames_max
            || (self.bytes > self.bytes_max && self.frames.len() > 1);
        let frame = self.frames.pop_front_if(|_| is_full)?;
        self.bytes -= frame.counted();
        Some(frame)
    }

    /// Whether a frame of this class was not evicted.
    pub(super) fn holds(&self, seq: u64) -> bool {
        self.frames.front().is_some_and(|front| front.seq() <= seq)
    }

    /// Replaces the frame of the same position and chain, if it is here. The new one counts for as many bytes, until it is
    /// counted itself.
    pub(super) fn replace(&mut self, frame: &Arc<Frame>) -> bool {
        let Ok(index) = self
            .frames
            .binary_search_by_key(&frame.seq(), |it| it.seq())
        else {
            return false;
        };
        let before = &mut self.frames[index];
        if !before.is_same_message(frame) {
            return false;
        }
        // A viewer may still hold the former frame, and add an encoding to it.
        let counted = before.counted_bytes.swap(REPLACED, Ordering::Relaxed);
        frame.counted_bytes.store(counted, Ordering::Relaxed);
        *before = Arc::clone(frame);
        true
    }

    pub(super) fn after(&self, seq: u64) -> impl Iterator<Item = &Arc<Frame>> {
        let start = self.frames.partition_point(|frame| frame.seq() <= seq);
        self.frames.range(start..)
    }
}

/// Two sequences in order, merged in order.
pub(super) fn merged<'a>(
    one: impl Iterator<Item = &'a Arc<Frame>>,
    other: impl Iterator<Item = &'a Arc<Frame>>,
) -> impl Iterator<Item = &'a Arc<Frame>> {
    let (mut one, mut other) = (one.peekable(), other.peekable());
    std::iter::from_fn(move || match (one.peek(), other.peek()) {
        (Some(first), Some(second)) if first.seq() < second.seq() => one.next(),
        (Some(_), None) => one.next(),
        _ => other.next(),
    })
}
