use std::time::Instant;

/// A monotonic clock, in milliseconds since the server's start, which fit an atomic.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    start: Instant,
}

impl Clock {
    pub(crate) fn start() -> Self {
        Self {
            start: Instant::now(),
        }
    }

    pub(crate) fn now_ms(self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Converts to tokio's clock.
    pub(crate) fn instant(self, ms: u64) -> tokio::time::Instant {
        (self.start + std::time::Duration::from_millis(ms)).into()
    }
}
