//! Which of a stream's oldest messages are old enough to leave.

use super::code::count;

/// A message that may leave: its number, time and length.
pub(super) type Candidate = (i64, i64, i64);

/// What leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cut {
    /// Everything of the stream up to this number.
    pub(super) up_to: i64,
    pub(super) messages: i64,
    pub(super) bytes: i64,
}

/// Looked at are at most so many times as many as may leave: a run of messages with a clock in the
/// future that is half as long holds up what is behind it.
const LOOK_MAX: usize = 16;

/// How many of the oldest to look at after so many showed nothing that may leave.
pub(super) fn further(looked: usize, messages_max: usize) -> Option<usize> {
    Some(looked.saturating_mul(4)).filter(|next| *next <= messages_max.saturating_mul(LOOK_MAX))
}

/// The longest run from the oldest on that ends with a message from before `before_ms` and consists
/// for more than half of such; of a longer one the first `messages_max`. So a message with a wrong clock
/// neither holds up those behind it nor takes those before it along.
pub(super) fn cut(candidates: &[Candidate], before_ms: i64, messages_max: usize) -> Option<Cut> {
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
    let leaving = &candidates[..run.min(messages_max)];
    let (up_to, ..) = leaving.last()?;
    Some(Cut {
        up_to: *up_to,
        messages: count(leaving.len()),
        bytes: leaving.iter().map(|(_, _, length)| length).sum(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaving(times: &[i64]) -> i64 {
        let candidates: Vec<_> = (1..).zip(times).map(|(seq, &at)| (seq, at, 10)).collect();
        let cut = cut(&candidates, 100, 5);
        cut.map_or(0, |cut| {
            assert_eq!((cut.messages, cut.bytes), (cut.up_to, cut.up_to * 10));
            cut.up_to
        })
    }

    #[test]
    fn the_old_leave_and_the_new_stay() {
        assert_eq!(leaving(&[]), 0);
        assert_eq!(leaving(&[1, 2, 3, 100, 101]), 3);
        assert_eq!(leaving(&[100, 101]), 0);
    }

    #[test]
    fn a_clock_in_the_future_holds_nothing_up() {
        assert_eq!(leaving(&[9999, 2, 3, 100, 101]), 3);
        assert_eq!(leaving(&[9999, 9999, 9999, 1, 2, 3]), 0);
        assert_eq!(leaving(&[9999, 9999, 9999, 1, 2, 3, 4]), 5, "a part of it");
    }

    #[test]
    fn a_clock_in_the_past_takes_nothing_along() {
        assert_eq!(leaving(&[100, 101, 1, 102]), 0);
        assert_eq!(leaving(&[100, 1, 102]), 0);
    }
}
