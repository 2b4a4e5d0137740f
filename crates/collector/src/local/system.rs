//! What the kernel says about the host as a whole.

use super::load;
use protocol::{LoadAverage, Metrics};
use sysinfo::System;

pub(super) struct Sample {
    load: Option<LoadAverage>,
    uptime_seconds: Option<u64>,
}

pub(super) fn sample() -> Sample {
    Sample {
        load: load::sample(),
        uptime_seconds: System::uptime().ok(),
    }
}

impl Sample {
    pub(super) fn fill(self, metrics: &mut Metrics) {
        metrics.load = self.load;
        metrics.uptime_seconds = self.uptime_seconds;
    }
}
