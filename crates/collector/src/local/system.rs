//! What the kernel says about the host as a whole.

use super::load;
use protocol::{LoadAverage, Metrics};
use sysinfo::System;

pub(super) struct Sample {
    load: Option<LoadAverage>,
    uptime_seconds: Option<u64>,
    /// Since 1970.
    pub(super) boot_time_seconds: Option<u64>,
}

pub(super) fn sample() -> Sample {
    Sample {
        load: load::sample(),
        uptime_seconds: System::uptime().ok(),
        boot_time_seconds: System::boot_time().ok().filter(|at| *at > 0),
    }
}

impl Sample {
    pub(super) fn fill(self, metrics: &mut Metrics) {
        metrics.load = self.load;
        metrics.uptime_seconds = self.uptime_seconds;
    }
}
