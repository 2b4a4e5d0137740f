use protocol::Timestamp;
use std::time::Instant;

/// One moment on both clocks: monotonic for rates and schedules, wall-clock for messages.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// Monotonic time.
    pub instant: Instant,
    /// Wall-clock time.
    pub timestamp: Timestamp,
}

impl Moment {
    /// The current moment.
    pub fn now() -> Self {
        Self {
            instant: Instant::now(),
            timestamp: Timestamp::now(),
        }
    }
}
