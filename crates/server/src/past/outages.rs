use std::time::Duration;
use tokio::time::Instant;

/// A store that comes and goes is spoken of no more often than this.
const SAID_EVERY: Duration = Duration::from_secs(60);

/// What has been said of a store that takes nothing, so that one that flaps does not fill the feed.
#[derive(Debug, Default)]
pub(super) struct Outages {
    said_at: Option<Instant>,
    /// Of the one that lasts.
    is_said: bool,
    /// Those since one was last said.
    unsaid: u64,
}

impl Outages {
    pub(super) fn begin(&mut self) {
        self.is_said = false;
        self.unsaid += 1;
    }

    /// Whether the one that lasts is to be said now, and how many others passed unsaid.
    pub(super) fn may_say_so(&mut self, now: Instant) -> Option<u64> {
        let is_quiet = self
            .said_at
            .is_none_or(|said_at| now.duration_since(said_at) >= SAID_EVERY);
        if self.is_said || !is_quiet {
            return None;
        }
        self.is_said = true;
        self.said_at = Some(now);
        Some(std::mem::take(&mut self.unsaid).saturating_sub(1))
    }

    /// Whether it was said, so that its end has to be.
    pub(super) fn end(&mut self) -> bool {
        std::mem::take(&mut self.is_said)
    }
}
