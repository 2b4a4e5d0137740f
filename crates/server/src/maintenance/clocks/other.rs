use std::sync::LazyLock;
use std::time::Instant;

static START: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Milliseconds since this was first asked.
pub(crate) fn uptime_ms() -> i64 {
    i64::try_from(START.elapsed().as_millis()).unwrap_or(i64::MAX)
}

/// This platform does not say.
pub(crate) fn is_synchronised(_wall_ms: i64) -> bool {
    false
}
