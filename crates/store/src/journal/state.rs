use protocol::Stream;

use super::stream_of;
use crate::integer::unsigned;

/// How the log continues.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Start {
    /// What positions are relative to; created with the database.
    pub epoch: String,
    /// The first number that was never allocated.
    pub next_seq: u64,
    /// Whether the last stop was marked by `finish`. True for a new store.
    pub was_clean: bool,
    /// What this start jumped over: absent after a clean stop.
    pub jumped: Option<Jump>,
    /// What is stored.
    pub log: LogState,
}

/// Sequence numbers that an unclean stop made worthless: some may have been allocated and published,
/// and none of their messages is stored.
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
    /// Whether a position lies within, so that what followed it cannot be known.
    pub fn contains(&self, position: u64) -> bool {
        self.after < position && position <= self.up_to
    }
}

/// What is stored of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogState {
    /// By [`Stream::index`].
    pub streams: [StreamState; Stream::COUNT],
    /// The jumps of unclean stops, oldest first: the newest [`LogState::JUMPS_MAX`].
    pub jumps: Vec<Jump>,
}

impl LogState {
    /// More jumps than this are not read.
    pub const JUMPS_MAX: usize = 1000;

    /// One stream's state.
    pub fn of(&self, stream: Stream) -> &StreamState {
        &self.streams[stream.index()]
    }

    /// The newest number that is or was stored, over all streams.
    pub fn newest_seq(&self) -> u64 {
        let newest = self.streams.iter().map(|stream| stream.newest_seq);
        newest.max().unwrap_or(0)
    }

    /// Whether everything that a stream sent after `position` is stored: nothing after it was
    /// deleted, and it lies in no jump.
    pub fn is_recoverable(&self, stream: Stream, position: u64) -> bool {
        self.of(stream).floor_seq <= position
            && !self.jumps.iter().any(|jump| jump.contains(position))
    }
}

/// What is stored of one stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StreamState {
    /// Its newest number, stored or not; 0 if there never was one. Survives retention.
    pub newest_seq: u64,
    /// Its retention floor, the newest number that was deleted or never stored; 0 if all are stored. A
    /// position before it has lost messages.
    pub floor_seq: u64,
    /// Messages up to here may have been lost before they were stored, whatever their chain; 0 for none.
    pub lost_seq: u64,
    /// The oldest message stored; absent if none is.
    pub oldest_seq: Option<u64>,
    /// The earliest time of a message stored.
    pub oldest_at_ms: Option<i64>,
    /// The latest time of a message stored.
    pub newest_at_ms: Option<i64>,
}

/// Of a stream its code, newest number, floor, lost number, oldest number, earliest and latest time.
pub(crate) type StreamRow = (i16, i64, i64, i64, Option<i64>, Option<i64>, Option<i64>);

/// A stream that this version does not know is left out. Jumps are given newest first.
pub(crate) fn log_state_of(rows: Vec<StreamRow>, jumps: Vec<(i64, i64)>) -> LogState {
    let mut streams = [StreamState::default(); Stream::COUNT];
    for (code, newest, floor, lost, oldest, oldest_at_ms, newest_at_ms) in rows {
        if let Some(stream) = stream_of(code) {
            streams[stream.index()] = StreamState {
                newest_seq: unsigned(newest),
                floor_seq: unsigned(floor),
                lost_seq: unsigned(lost),
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
    LogState {
        streams,
        jumps: newest_first.rev().collect(),
    }
}

/// From the newest message to the end of what is reserved.
pub(crate) fn jump_between(newest_seq: u64, reserved: u64) -> Option<Jump> {
    (newest_seq < reserved).then_some(Jump {
        after: newest_seq,
        up_to: reserved,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_is_recoverable_above_the_floor_and_outside_of_jumps() {
        let mut log = LogState {
            streams: Default::default(),
            jumps: vec![Jump {
                after: 100,
                up_to: 1000,
            }],
        };
        log.streams[Stream::Data.index()].floor_seq = 40;
        let recoverable = |position| {
            [Stream::Data, Stream::Events].map(|stream| log.is_recoverable(stream, position))
        };
        assert_eq!(
            recoverable(39),
            [false, true],
            "a quiet stream never expires"
        );
        assert_eq!(recoverable(40), [true, true]);
        assert_eq!(
            recoverable(100),
            [true, true],
            "the lower edge was committed"
        );
        assert_eq!(recoverable(101), [false, false]);
        assert_eq!(recoverable(1000), [false, false]);
        assert_eq!(recoverable(1001), [true, true]);
    }
}
