use protocol::Stream;

use super::code::{stream, unsigned};

/// How the log goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Start {
    /// What positions are relative to; made with the database.
    pub epoch: String,
    /// The first number that was never given.
    pub next_seq: u64,
    /// Whether the last stop was marked by `finish`. True for a new store.
    pub was_clean: bool,
    /// What this start jumped over: absent after a clean stop.
    pub jumped: Option<Jump>,
    /// What is kept.
    pub kept: Kept,
}

/// Numbers that an unclean stop made worthless: some may have been given and seen, and none of
/// their messages is kept.
///
/// A position behind `after` and up to `up_to` is not recoverable; `after` itself is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Jump {
    /// The newest number that was committed before the stop.
    pub after: u64,
    /// The end of the reserved block.
    pub up_to: u64,
}

impl Jump {
    /// Whether a position lies within, so that what came after it cannot be known.
    pub fn swallows(&self, position: u64) -> bool {
        self.after < position && position <= self.up_to
    }
}

/// What is kept of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// By [`Stream::index`].
    pub streams: [StreamState; Stream::COUNT],
    /// The jumps of unclean stops, oldest first: the newest [`Kept::JUMPS_MAX`].
    pub jumps: Vec<Jump>,
}

impl Kept {
    /// The most messages that one page has; more are asked for with the next page.
    pub const PAGE_MESSAGES_MAX: usize = 1000;

    /// More jumps than this are not remembered.
    pub const JUMPS_MAX: usize = 1000;

    /// One stream's state.
    pub fn of(&self, stream: Stream) -> &StreamState {
        &self.streams[stream.index()]
    }

    /// The newest number that is kept or was, over all streams.
    pub fn newest_seq(&self) -> u64 {
        let newest = self.streams.iter().map(|stream| stream.newest_seq);
        newest.max().unwrap_or(0)
    }

    /// Whether everything that a stream sent behind `position` is here: nothing beyond it was
    /// removed, and it lies in no jump.
    pub fn is_recoverable(&self, stream: Stream, position: u64) -> bool {
        self.of(stream).horizon_seq <= position
            && !self.jumps.iter().any(|jump| jump.swallows(position))
    }
}

/// What is kept of one stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StreamState {
    /// Its newest number, kept or not; 0 if there never was one. Outlives retention.
    pub newest_seq: u64,
    /// The newest number that was removed or never kept; 0 if all are here. Whoever is behind it
    /// has lost something.
    pub horizon_seq: u64,
    /// The oldest message kept; absent if none is.
    pub oldest_seq: Option<u64>,
    /// The earliest time of a message kept.
    pub oldest_at_ms: Option<i64>,
    /// The latest time of a message kept.
    pub newest_at_ms: Option<i64>,
}

/// A stream as both databases tell it: code, newest, horizon, oldest number, earliest and latest
/// time.
pub(super) type StreamRow = (i16, i64, i64, Option<i64>, Option<i64>, Option<i64>);

/// A stream that this program does not know is left out.
pub(super) fn kept_of(rows: Vec<StreamRow>, jumps: Vec<(i64, i64)>) -> Kept {
    let mut streams = [StreamState::default(); Stream::COUNT];
    for (code, newest, horizon, oldest, oldest_at_ms, newest_at_ms) in rows {
        if let Some(stream) = stream(code) {
            streams[stream.index()] = StreamState {
                newest_seq: unsigned(newest),
                horizon_seq: unsigned(horizon),
                oldest_seq: oldest.map(unsigned),
                oldest_at_ms,
                newest_at_ms,
            };
        }
    }
    let newest_first = jumps.into_iter().map(|(after, up_to)| Jump {
        after: unsigned(after),
        up_to: unsigned(up_to),
    });
    Kept {
        streams,
        jumps: newest_first.rev().collect(),
    }
}

/// What lies between the newest message and the numbers that may have been given.
pub(super) fn jump(newest_seq: u64, reserved: u64) -> Option<Jump> {
    (newest_seq < reserved).then_some(Jump {
        after: newest_seq,
        up_to: reserved,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_is_judged_by_its_stream_and_by_the_jumps() {
        let mut kept = Kept {
            streams: Default::default(),
            jumps: vec![Jump {
                after: 100,
                up_to: 1000,
            }],
        };
        kept.streams[Stream::Data.index()].horizon_seq = 40;
        let judged = |position| {
            [Stream::Data, Stream::Events].map(|stream| kept.is_recoverable(stream, position))
        };
        assert_eq!(judged(39), [false, true], "a quiet stream never expires");
        assert_eq!(judged(40), [true, true]);
        assert_eq!(judged(100), [true, true], "the lower edge was committed");
        assert_eq!(judged(101), [false, false]);
        assert_eq!(judged(1000), [false, false]);
        assert_eq!(judged(1001), [true, true]);
    }
}
