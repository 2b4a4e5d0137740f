use protocol::Timestamp;
use std::time::{Instant, SystemTime};

/// One moment on both clocks: rates and schedules follow the one that never jumps, messages carry
/// the one that people read.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// On the clock that never jumps.
    pub instant: Instant,
    /// On the wall.
    pub timestamp: Timestamp,
}

impl Moment {
    /// The present one.
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
