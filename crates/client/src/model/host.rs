use super::tracks::{Moment, Track};
use protocol::{Processes, Timestamp};

/// The default interval between two samples, for a moment whose interval is not stored, in milliseconds.
const INTERVAL_MS_DEFAULT: u64 = 1_000;

/// One of the hosts that messages are about.
#[derive(Debug, Clone)]
pub(crate) struct Host {
    pub(crate) name: String,
    pub(crate) processes: Option<Processes>,
    /// When its newest sample was taken. The interval is the host's, or a longer one that the viewer has
    /// chosen.
    pub(crate) newest: Option<Moment>,
    /// When its samples were taken, without their values.
    samples: Track,
    interval_ms: u64,
}

impl Host {
    pub(super) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            processes: None,
            newest: None,
            samples: Track::new(),
            interval_ms: INTERVAL_MS_DEFAULT,
        }
    }

    pub(super) fn sampled(&mut self, moment: Moment) {
        self.newest = Some(moment);
        self.interval_ms = moment.interval_ms;
        self.samples.push(moment, Some(0.0));
    }

    /// A sample was taken at another moment.
    pub(super) fn sampled_at(&mut self, at: Timestamp, interval_ms: Option<u64>) {
        if self.newest.is_none_or(|newest| newest.at < at) {
            let interval_ms = interval_ms.unwrap_or(self.interval_ms);
            self.newest = Some(Moment { at, interval_ms });
        }
    }

    pub(super) fn forget_moment(&mut self) {
        self.newest = None;
        self.processes = None;
    }

    pub(super) fn set_interval(&mut self, interval_ms: u64) {
        if let Some(newest) = &mut self.newest {
            newest.interval_ms = newest.interval_ms.max(interval_ms);
        }
    }

    pub(super) fn cut(&mut self) {
        self.samples.cut();
    }

    /// When the oldest sample since which none is missing was taken.
    pub(crate) fn arrived_from_ms(&self) -> Option<f64> {
        self.samples.series().oldest().map(|oldest| oldest.at_ms)
    }
}
