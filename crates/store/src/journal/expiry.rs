//! Which of a stream's oldest messages are old enough to be deleted.

use crate::integer::count;

/// A message that may be deleted: its number, time and length.
pub(crate) type Candidate = (i64, i64, i64);

/// What is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cut {
    /// Everything of the stream up to this number.
    pub(crate) up_to: i64,
    pub(crate) messages: i64,
    pub(crate) bytes: i64,
}

/// Deleted bodies are overwritten, so that a step ends after so many bytes, unless it is a single message.
const BYTES_MAX: i64 = 4 << 20;

/// At most so many times as many messages are read as may be deleted: a run of messages with a clock in
/// the future that is half as long blocks those after it.
const READ_MAX: usize = 16;

/// How many of the oldest to read next, after so many contained nothing to delete.
pub(crate) fn next_limit(limit: usize, messages_max: usize) -> Option<usize> {
    Some(limit.saturating_mul(4)).filter(|next| *next <= messages_max.saturating_mul(READ_MAX))
}

/// The longest run from the oldest on that ends with a message from before `before_ms` and consists
/// for more than half of such; of a longer one the first `messages_max`, and of those what has [`BYTES_MAX`]. So a message with a wrong clock
/// neither blocks those after it nor takes those before it along.
pub(crate) fn cut(candidates: &[Candidate], before_ms: i64, messages_max: usize) -> Option<Cut> {
    let (mut old, mut run) = (0, 0);
    for (messages, &(_, at_ms, _)) in (1..).zip(candidates) {
        if at_ms >= before_ms {
            continue;
        }
        old += 1;
        if old * 2 > messages {
            run = messages;
        }
    }
    let mut deleted = &candidates[..run.min(messages_max)];
    let mut bytes = 0;
    let further = deleted.iter().position(|(_, _, length)| {
        bytes += length;
        bytes > BYTES_MAX
    });
    if let Some(further) = further {
        deleted = &deleted[..further.max(1)];
    }
    let (up_to, ..) = deleted.last()?;
    Some(Cut {
        up_to: *up_to,
        messages: count(deleted.len()),
        bytes: deleted.iter().map(|(_, _, length)| length).sum(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deleted(times: &[i64]) -> i64 {
        let candidates: Vec<_> = (1..).zip(times).map(|(seq, &at)| (seq, at, 10)).collect();
        let cut = cut(&candidates, 100, 5);
        cut.map_or(0, |cut| {
            assert_eq!((cut.messages, cut.bytes), (cut.up_to, cut.up_to * 10));
            cut.up_to
        })
    }

    #[test]
    fn the_old_are_deleted_and_the_new_stay() {
        assert_eq!(deleted(&[]), 0);
        assert_eq!(deleted(&[1, 2, 3, 100, 101]), 3);
        assert_eq!(deleted(&[100, 101]), 0);
    }

    #[test]
    fn a_clock_in_the_future_blocks_nothing() {
        assert_eq!(deleted(&[9999, 2, 3, 100, 101]), 3);
        assert_eq!(deleted(&[9999, 9999, 9999, 1, 2, 3]), 0);
        assert_eq!(deleted(&[9999, 9999, 9999, 1, 2, 3, 4]), 5, "a part of it");
    }

    #[test]
    fn a_step_is_bounded_by_bytes() {
        let cut = |lengths: &[i64]| {
            let candidates: Vec<_> = (1..).zip(lengths).map(|(seq, &it)| (seq, 1, it)).collect();
            cut(&candidates, 100, 5).map(|cut| (cut.messages, cut.bytes))
        };
        let (half, all) = (BYTES_MAX / 2, BYTES_MAX);
        assert_eq!(cut(&[half, half, 1]), Some((2, all)));
        assert_eq!(cut(&[all + 1, 1]), Some((1, all + 1)), "it is never stuck");
        assert_eq!(cut(&[1, all, 1]), Some((1, 1)));
    }

    #[test]
    fn a_clock_in_the_past_takes_nothing_along() {
        assert_eq!(deleted(&[100, 101, 1, 102]), 0);
        assert_eq!(deleted(&[100, 1, 102]), 0);
    }
}
