/// Over how long a rate is taken, in milliseconds: long enough to be read, short enough to be now.
const SPAN_MS: f64 = 5_000.0;

/// How fast a count grows.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rate {
    /// When the count was looked at, and what it was.
    looks: Vec<(f64, u64)>,
}

impl Rate {
    /// Looks at the count, at most a few times a second; per second, rounded.
    pub(crate) fn look(&mut self, count: u64, now_ms: f64) -> u64 {
        self.looks.push((now_ms, count));
        while self.looks.len() > 2 && self.looks[1].0 <= now_ms - SPAN_MS {
            self.looks.remove(0);
        }
        let (since_ms, before) = self.looks[0];
        let elapsed_s = (now_ms - since_ms).max(1_000.0) / 1_000.0;
        (count.saturating_sub(before) as f64 / elapsed_s).round() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_the_last_seconds() {
        let mut rate = Rate::default();
        assert_eq!(rate.look(7, 0.0), 0, "what came before is no rate");
        for quarter in 1..=40 {
            let now_ms = f64::from(quarter) * 250.0;
            let seen = rate.look(7 + quarter as u64 * 3, now_ms);
            if quarter >= 4 {
                assert_eq!(seen, 12, "{now_ms}");
            }
        }
        assert_eq!(rate.look(127, 40_000.0), 0, "nothing came since");
        assert!(rate.looks.len() <= 2);
    }
}
