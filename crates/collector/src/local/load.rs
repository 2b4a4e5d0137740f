use crate::rounding::hundredths;
use protocol::LoadAverage;
use sysinfo::System;

/// The highest limit that Linux has for processes and threads (`PID_MAX_LIMIT`).
const PROCESSES_MAX: f64 = 4_194_304.0;

pub(super) fn sample() -> Option<LoadAverage> {
    let load = System::load_average().ok()?;
    Some(LoadAverage {
        one: average(load.one)?,
        five: average(load.five)?,
        fifteen: average(load.fifteen)?,
    })
}

/// A load average, within the range of possible process counts.
fn average(load: f64) -> Option<f64> {
    hundredths(load).filter(|load| (0.0..=PROCESSES_MAX).contains(load))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn impossible_averages_are_absent() {
        assert_eq!(average(0.0), Some(0.0));
        assert_eq!(average(812.345), Some(812.35));
        for impossible in [-1.0, 1e9, f64::NAN, f64::INFINITY] {
            assert_eq!(average(impossible), None);
        }
    }
}
