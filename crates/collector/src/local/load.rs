use crate::numbers::hundredths;
use protocol::LoadAverage;
use sysinfo::System;

pub(super) fn sample() -> Option<LoadAverage> {
    let load = System::load_average().ok()?;
    Some(LoadAverage {
        one: hundredths(load.one)?,
        five: hundredths(load.five)?,
        fifteen: hundredths(load.fifteen)?,
    })
}
