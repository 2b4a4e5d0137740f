use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

/// The moments at which something is asked, until the server stops.
pub(crate) struct Intervals {
    ticks: Interval,
    stopped: watch::Receiver<bool>,
}

impl Intervals {
    /// The first moments of all are spread over a time, but none is later than its interval: what is asked decides.
    pub(crate) fn new(
        interval: Duration,
        spread: Duration,
        of: impl Hash,
        stopped: watch::Receiver<bool>,
    ) -> Self {
        let first = Instant::now() + offset(spread.min(interval), of);
        let mut ticks = interval_at(first, interval);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        Self { ticks, stopped }
    }

    /// Waits for the next moment. False if the server stops before.
    pub(crate) async fn next(&mut self) -> bool {
        tokio::select! {
            _ = self.stopped.changed() => false,
            _ = self.ticks.tick() => true,
        }
    }

    /// Does something. False if the server stops before it is done.
    pub(crate) async fn finish(&mut self, work: impl Future<Output = ()>) -> bool {
        tokio::select! {
            _ = self.stopped.changed() => false,
            () = work => true,
        }
    }
}

fn offset(spread: Duration, of: impl Hash) -> Duration {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    let spread_ms = u64::try_from(spread.as_millis()).unwrap_or(u64::MAX).max(1);
    Duration::from_millis(hasher.finish() % spread_ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_first_comes_soon_and_a_stop_ends_all() {
        let (stop, stopped) = watch::channel(false);
        let seconds = Duration::from_secs;
        let mut intervals = Intervals::new(seconds(60), seconds(5), "a", stopped);
        let start = Instant::now();
        assert!(intervals.next().await && start.elapsed() < seconds(5));
        assert!(intervals.finish(tokio::time::sleep(seconds(150))).await);
        let before = Instant::now();
        assert!(intervals.next().await && intervals.next().await);
        assert_eq!(before.elapsed(), seconds(30), "what was missed is left out");
        stop.send_replace(true);
        assert!(!intervals.finish(std::future::pending()).await);
        let (stop, stopped) = watch::channel(false);
        let mut intervals = Intervals::new(seconds(60), seconds(5), "a", stopped);
        stop.send_replace(true);
        assert!(!intervals.next().await);
    }
}
