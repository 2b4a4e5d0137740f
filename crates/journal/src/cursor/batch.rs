use super::index_of;
use crate::{Cursor, Frame, Log, StreamSet};
use access::Access;
use std::sync::Arc;

/// The newest frames, taken once for all viewers that are up to date.
#[derive(Debug, Default)]
pub struct Batch {
    /// The position that was asked for.
    pub since: u64,
    /// The batch is complete after this `seq`: the same, unless some frames have left the ring …
    pub after: u64,
    /// … and up to this one.
    pub head: u64,
    /// The streams of its frames.
    pub streams: StreamSet,
    /// The frames, in order.
    pub frames: Vec<Arc<Frame>>,
}

impl Log {
    /// Everything after a position, unless some of it has left the ring.
    pub fn batch(&self, after: u64) -> Batch {
        let frames: Vec<_> = self.ring.after(after).cloned().collect();
        Batch {
            since: after,
            after: after.max(self.ring.lost_of_any()),
            head: self.head(),
            streams: frames.iter().map(|frame| frame.stream()).collect(),
            frames,
        }
    }
}

impl Cursor {
    /// The indexes of the frames of a batch that are to be sent to this viewer now, in order.
    ///
    /// False if the batch begins after the cursor, or if another chain's held message that is due
    /// lies before the batch: then [`Log::read`] finds what is missing.
    pub fn choose_from(
        &mut self,
        batch: &Batch,
        access: &Access,
        now_ms: u64,
        chosen: &mut Vec<usize>,
    ) -> bool {
        if self.position < batch.after {
            return false;
        }
        if self.streams.intersects(batch.streams) {
            self.choose(&batch.frames, access, now_ms, chosen);
        }
        let is_whole = self.details.is_none() || chosen.is_empty() || {
            let mut due = self.streams.iter().flat_map(|it| self.due(it, now_ms));
            due.all(|seq| index_of(&batch.frames, seq).is_some())
        };
        if !is_whole {
            chosen.clear();
        }
        is_whole
    }
}
