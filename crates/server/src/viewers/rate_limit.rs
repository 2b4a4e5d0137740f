/// A token bucket for the messages of a viewer. Its limits are those of the moment.
#[derive(Debug)]
pub(crate) struct RateLimit {
    /// In thousandths of a message.
    level: u64,
    at_ms: u64,
}

impl RateLimit {
    pub(crate) fn new(burst: u32, now_ms: u64) -> Self {
        Self {
            level: u64::from(burst) * 1000,
            at_ms: now_ms,
        }
    }

    /// Takes the token of one message; false if there is none.
    pub(crate) fn take(&mut self, per_second: u32, burst: u32, now_ms: u64) -> bool {
        let passed_ms = now_ms.saturating_sub(self.at_ms);
        self.at_ms = now_ms;
        let filled = self
            .level
            .saturating_add(passed_ms.saturating_mul(per_second.into()));
        self.level = filled.min(u64::from(burst) * 1000);
        match self.level.checked_sub(1000) {
            Some(rest) => self.level = rest,
            None => return false,
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_and_then_a_rate() {
        let mut limit = RateLimit::new(200, 0);
        let mut taken =
            |now_ms| std::iter::from_fn(|| limit.take(50, 200, now_ms).then_some(())).count();
        assert_eq!(taken(0), 200);
        assert_eq!(taken(19), 0);
        assert_eq!(taken(20), 1);
        assert_eq!(taken(1020), 50);
        assert_eq!(taken(3_600_000), 200);
    }
}
