//! Which of a stream's oldest messages are old enough to leave.

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

/// The longest run from the oldest on that ends with a message from before `before_ms` and consists
/// for more than half of such. So a message with a wrong clock neither holds up those behind it nor
/// takes those before it along.
pub(super) fn cut(candidates: &[Candidate], before_ms: i64) -> Option<Cut> {
    let mut cut = None;
    let (mut old, mut bytes_so_far) = (0, 0);
    for (messages, &(seq, at_ms, length)) in (1..).zip(candidates) {
        bytes_so_far += length;
        if at_ms >= before_ms {
            continue;
        }
        old += 1;
        if old * 2 > messages {
            cut = Some(Cut {
                up_to: seq,
                messages,
                bytes: bytes_so_far,
            });
        }
    }
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaving(times: &[i64]) -> i64 {
        let candidates: Vec<_> = (1..).zip(times).map(|(seq, &at)| (seq, at, 10)).collect();
        let cut = cut(&candidates, 100);
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
    }

    #[test]
    fn a_clock_in_the_past_takes_nothing_along() {
        assert_eq!(leaving(&[100, 101, 1, 102]), 0);
        assert_eq!(leaving(&[100, 1, 102]), 0);
    }
}
