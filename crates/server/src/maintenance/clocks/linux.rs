use rustix::time::{ClockId, clock_gettime};

/// How far the synchronised clock may be from the wall clock that this program reads: a container or
/// debugger may fake the latter.
const SAME_CLOCK_MAX_MS: i64 = 2_000;

/// Milliseconds since the system was started, those that it slept through included.
pub(crate) fn uptime_ms() -> i64 {
    let time = clock_gettime(ClockId::Boottime);
    time.tv_sec
        .saturating_mul(1_000)
        .saturating_add(time.tv_nsec / 1_000_000)
}

/// Whether the system's clock is synchronised with a time server, and `wall_ms` is that clock:
/// adjtimex(2). Setting the clock by hand ends the synchronisation.
#[expect(unsafe_code, reason = "only the C library reads the clock's state")]
pub(crate) fn is_synchronised(wall_ms: i64) -> bool {
    // SAFETY: all fields are numbers, for which zeroes are a value; without modes nothing is set.
    let (state, it) = unsafe {
        let mut it: libc::timex = std::mem::zeroed();
        let state = libc::adjtimex(&raw mut it);
        (state, it)
    };
    let is_known = state >= 0 && state != libc::TIME_ERROR && it.status & libc::STA_UNSYNC == 0;
    #[expect(
        clippy::useless_conversion,
        reason = "seconds have 32 bits on some systems"
    )]
    let system_ms = i64::from(it.time.tv_sec).saturating_mul(1_000);
    is_known && system_ms.saturating_sub(wall_ms).saturating_abs() <= SAME_CLOCK_MAX_MS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_not_the_systems_is_not_synchronised() {
        assert!(!is_synchronised(0));
        assert!(!is_synchronised(i64::MAX));
    }

    #[test]
    fn the_time_since_the_start_goes_forward() {
        let before_ms = uptime_ms();
        assert!(before_ms > 0 && uptime_ms() >= before_ms);
    }
}
