use protocol::Timestamp;
use std::time::{Instant, SystemTime};

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
        let unix_ms = match SystemTime::now().duration_since(SystemTime::UNIX_EPOCH) {
            Ok(after) => i64::try_from(after.as_millis()).unwrap_or(i64::MAX),
            Err(before) => i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |ms| -ms),
        };
        Self {
            instant: Instant::now(),
            timestamp: Timestamp::from_unix_ms(unix_ms),
        }
    }
}
