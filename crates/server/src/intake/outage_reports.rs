use std::time::Duration;
use tokio::time::Instant;

/// Outages are reported no more often than this.
const REPORT_EVERY: Duration = Duration::from_secs(60);

/// Which outages of the store were reported, so that a flapping store does not flood the events.
#[derive(Debug, Default)]
pub(super) struct OutageReports {
    reported_at: Option<Instant>,
    /// Whether the present outage was reported.
    is_reported: bool,
    /// Outages since the last report.
    unreported: u64,
}

impl OutageReports {
    pub(super) fn begin(&mut self) {
        self.is_reported = false;
        self.unreported += 1;
    }

    /// Returns how many others were not reported, if the present outage is to be reported now.
    pub(super) fn report(&mut self, now: Instant) -> Option<u64> {
        let is_quiet = self
            .reported_at
            .is_none_or(|reported_at| now.duration_since(reported_at) >= REPORT_EVERY);
        if self.is_reported || !is_quiet {
            return None;
        }
        self.is_reported = true;
        self.reported_at = Some(now);
        Some(std::mem::take(&mut self.unreported).saturating_sub(1))
    }

    /// Whether the outage was reported, and so its end must be.
    pub(super) fn end(&mut self) -> bool {
        std::mem::take(&mut self.is_reported)
    }
}
