use protocol::LoadAverage;

/// Windows keeps no load averages, and what `sysinfo` reckons instead nobody there would recognise.
pub(super) fn sample() -> Option<LoadAverage> {
    None
}
