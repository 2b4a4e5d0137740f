use protocol::LoadAverage;

/// Windows has no load averages; the approximation of `sysinfo` is not used.
pub(super) fn sample() -> Option<LoadAverage> {
    None
}
