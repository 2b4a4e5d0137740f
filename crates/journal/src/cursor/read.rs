use crate::scope::Scope;
use crate::{Cursor, Frame, Log};
use access::Access;
use protocol::{Gap, GapReason, Stream};
use std::sync::Arc;

/// What [`Log::read`] found for a cursor.
#[derive(Debug, Default)]
pub struct ReadResult {
    /// What the viewer has lost; to be sent before the frames.
    pub gaps: Vec<Gap>,
    /// The subscribed frames, in order.
    pub frames: Vec<Arc<Frame>>,
    /// Where the cursor [advances to](Cursor::advance_to) once the frames are sent.
    pub up_to: u64,
}

impl Log {
    /// The next frames for one cursor, at most `frames_max`; gaps for what has left the ring.
    pub fn read(
        &self,
        cursor: &mut Cursor,
        access: &Access,
        frames_max: usize,
        now_ms: u64,
    ) -> ReadResult {
        self.read_until(cursor, access, self.head(), frames_max, now_ms)
    }

    pub(crate) fn read_until(
        &self,
        cursor: &mut Cursor,
        access: &Access,
        until: u64,
        frames_max: usize,
        now_ms: u64,
    ) -> ReadResult {
        let mut result = ReadResult {
            gaps: self.skip_lost(cursor, access, until),
            up_to: until,
            frames: Vec::new(),
        };
        let mut wanted = Vec::new();
        for frame in self
            .ring
            .after(cursor.position)
            .take_while(|frame| frame.seq() <= until)
        {
            if wanted.len() == frames_max {
                result.up_to = wanted.last().map_or(until, |last: &Arc<Frame>| last.seq());
                break;
            }
            if cursor.wants(frame, access) {
                wanted.push(Arc::clone(frame));
            }
        }
        let mut chosen = Vec::new();
        cursor.choose(&wanted, access, now_ms, &mut chosen);
        result.frames = chosen
            .into_iter()
            .map(|index| Arc::clone(&wanted[index]))
            .collect();
        self.add_held(cursor, access, now_ms, &mut result.frames);
        result
    }

    /// Moves scopes that have lost messages to their newest, and reports the gaps.
    fn skip_lost(&self, cursor: &mut Cursor, access: &Access, until: u64) -> Vec<Gap> {
        let mut gaps = Vec::new();
        if self.ring.lost_of_any() <= cursor.position() {
            return gaps;
        }
        for stream in cursor.streams().iter() {
            if cursor.is_throttled(stream) {
                continue;
            }
            for scope in cursor.scopes(stream, access) {
                let after = cursor.position_of(stream, &scope);
                let lost = self.ring.lost(stream, &scope);
                // What it may not see is not lost to it, and a gap would tell that there is something.
                let lost = scope.newest_visible(stream, access, lost);
                if after >= until || lost <= after {
                    continue;
                }
                gaps.push(Gap {
                    stream,
                    channel: scope.channel().map(str::to_owned),
                    after: Some(after),
                    before: self.skip_to_newest(cursor, access, stream, &scope, until),
                    reason: GapReason::Slow,
                });
            }
        }
        gaps
    }

    /// Returns the next `seq` of the scope to be sent.
    fn skip_to_newest(
        &self,
        cursor: &mut Cursor,
        access: &Access,
        stream: Stream,
        scope: &Scope,
        until: u64,
    ) -> u64 {
        let newest = self
            .newest_of_scope(stream, scope)
            .find(|frame| frame.seq() <= until && cursor.passes(frame, access));
        let before = newest.map_or(until + 1, |frame| frame.seq());
        cursor.start_scope(stream, scope, before - 1);
        before
    }

    /// Adds messages that an interval held back while the cursor advanced past them.
    fn add_held(
        &self,
        cursor: &mut Cursor,
        access: &Access,
        now_ms: u64,
        frames: &mut Vec<Arc<Frame>>,
    ) {
        if cursor.due_at().is_none_or(|due| due > now_ms) {
            return;
        }
        for stream in cursor.streams.iter() {
            let mut due: Vec<u64> = cursor.due(stream, now_ms).collect();
            due.sort_unstable();
            for seq in due {
                if frames.iter().any(|frame| frame.seq() == seq) {
                    continue;
                }
                let held = self
                    .ring
                    .after(seq - 1)
                    .next()
                    // It was held while it could be seen, which never changes.
                    .filter(|frame| frame.seq() == seq && cursor.passes(frame, access));
                match (held, cursor.throttle_mut(stream)) {
                    (Some(frame), _) => {
                        let index = frames.partition_point(|before| before.seq() < seq);
                        frames.insert(index, Arc::clone(frame));
                    }
                    (None, Some(throttle)) => throttle.release_up_to(seq),
                    (None, None) => {}
                }
            }
        }
    }
}
