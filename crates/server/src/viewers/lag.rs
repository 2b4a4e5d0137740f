use std::collections::VecDeque;

/// Positions that are remembered: ten minutes, one each second. A viewer that is behind for longer is at least that
/// late.
const POSITIONS_MAX: usize = 600;

/// When the head was where, to tell how late a viewer is: messages have times of their own, which are not when they
/// were published.
#[derive(Debug, Default)]
pub(super) struct HeadTimes(VecDeque<(u64, u64)>);

impl HeadTimes {
    /// Records the head at this time, which is not before earlier ones.
    pub(super) fn record(&mut self, head: u64, now_ms: u64) {
        if self.0.back().is_some_and(|(last, _)| *last == head) {
            return;
        }
        if self.0.len() == POSITIONS_MAX {
            self.0.pop_front();
        }
        self.0.push_back((head, now_ms));
    }

    /// For how long there has been something after this position; to a second, or to how often it is recorded.
    pub(super) fn behind_ms(&self, position: u64, now_ms: u64) -> u64 {
        let first_after = self.0.partition_point(|(head, _)| *head <= position);
        let since = self.0.get(first_after);
        since.map_or(0, |(_, at_ms)| now_ms.saturating_sub(*at_ms))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_viewer_is_late_since_the_first_message_that_it_lacks() {
        let mut times = HeadTimes::default();
        for (head, at_ms) in [(10, 1_000), (10, 2_000), (14, 3_000), (20, 4_000)] {
            times.record(head, at_ms);
        }
        let now_ms = 4_500;
        for (position, expected) in [
            (20, 0),
            (25, 0),
            (19, 500),
            (14, 500),
            (13, 1_500),
            (0, 3_500),
        ] {
            assert_eq!(times.behind_ms(position, now_ms), expected, "{position}");
        }
    }

    #[test]
    fn positions_are_bounded() {
        let mut times = HeadTimes::default();
        (0..2_000).for_each(|head| times.record(head, head));
        assert_eq!(times.0.len(), POSITIONS_MAX);
        assert_eq!(times.behind_ms(0, 2_000), 600);
    }
}
