use std::collections::VecDeque;

/// Samples that a window is divided into: a change is found at most a sixtieth of the window late, and no window needs
/// more memory.
const PARTS: i64 = 60;

/// The recent values of a series, as far as a change over a window needs them.
#[derive(Debug, Clone)]
pub(crate) struct Window {
    within_ms: i64,
    /// Time and value, at least a part of the window apart.
    samples: VecDeque<(i64, f64)>,
}

impl Window {
    pub(crate) fn new(within_ms: i64) -> Self {
        Self {
            within_ms,
            samples: VecDeque::new(),
        }
    }

    /// Adds a value, and returns by how much and in how many milliseconds it has changed since the window began; absent
    /// if there are no values from that time.
    pub(crate) fn add(&mut self, at_ms: i64, value: f64) -> Option<(f64, i64)> {
        let part_ms = (self.within_ms / PARTS).max(1);
        let start_ms = at_ms - self.within_ms;
        // The newest sample that is not later than the start comes first.
        while let Some((next_ms, _)) = self.samples.get(1) {
            if *next_ms > start_ms {
                break;
            }
            self.samples.pop_front();
        }
        let change = self.samples.front().and_then(|&(first_ms, first)| {
            // After a gap the first sample says nothing about the window.
            let is_near = first_ms <= start_ms && start_ms - first_ms <= self.within_ms;
            is_near.then_some((value - first, at_ms - first_ms))
        });
        let is_apart = |&(last_ms, _): &(i64, f64)| at_ms - last_ms >= part_ms;
        if self.samples.back().is_none_or(is_apart) {
            self.samples.push_back((at_ms, value));
        }
        change
    }

    /// Forgets everything, since the clock has gone back.
    pub(crate) fn clear(&mut self) {
        self.samples.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_that_since_the_window_began() {
        let mut window = Window::new(60_000);
        let changes: Vec<_> = (0..=70)
            .map(|second| window.add(second * 1_000, second as f64))
            .collect();
        assert!(changes[..60].iter().all(Option::is_none));
        assert!(changes[60..].iter().all(|it| *it == Some((60.0, 60_000))));
    }

    #[test]
    fn memory_is_limited_and_a_gap_says_nothing() {
        let mut window = Window::new(60_000);
        for at_ms in 0..100_000 {
            window.add(at_ms, 1.0);
        }
        assert!(window.samples.len() <= PARTS as usize + 2);
        assert_eq!(window.add(1_000_000, 5.0), None);
    }
}
