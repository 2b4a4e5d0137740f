use super::clocks;
use super::known_time::KnownTime;
use super::trusted_clock::{ClockReading, TrustedClock, Verdict};
use crate::idempotency::IdempotencyKeys;
use crate::intake::WeakAppender;
use history::TimeSeries;
use protocol::{Event, Level, Timestamp};
use std::sync::Arc;
use std::time::Duration;
use store::{Retention, Store};
use tokio::sync::watch;
use tokio::time::Instant;

/// How often expired messages and chunks are looked for.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// The delay between two steps while there is more to remove, so that commits come first.
const STEP_EVERY: Duration = Duration::from_millis(50);

/// How often series without samples are looked for.
const FORGET_EVERY: Duration = Duration::from_secs(60 * 60);

/// A clock that jumps back and forth is reported no more often than this.
const REPORT_EVERY: Duration = Duration::from_secs(60 * 60);

/// Removes what exceeds the limits of age and size, in small steps. Without a trusted clock nothing is
/// removed by age.
pub(crate) async fn run(
    store: Arc<dyn Store>,
    series: TimeSeries,
    idempotency_keys: IdempotencyKeys,
    retention: Retention,
    mut age: Age,
    mut stop: watch::Receiver<bool>,
) {
    let mut wait = LOOK_EVERY;
    let mut forget_at = Instant::now();
    loop {
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            _ = stop.changed() => return,
        }
        let now_ms = age.now_ms().await;
        wait = match retention.step(&*store, now_ms).await {
            Ok(removed) if removed > 0 => STEP_EVERY,
            Ok(_) => LOOK_EVERY,
            Err(error) => {
                tracing::debug!(%error, "Nothing could be removed from the store.");
                LOOK_EVERY
            }
        };
        idempotency_keys.expire();
        if Instant::now() >= forget_at {
            forget_at = Instant::now() + FORGET_EVERY;
            if let Err(error) = series.forget().await {
                tracing::debug!(%error, "Series without samples could not be removed.");
            }
        }
    }
}

/// The clock by which age is judged, and reports while it is not trusted.
pub(crate) struct Age {
    clock: TrustedClock,
    known_time: KnownTime,
    appender: WeakAppender,
    /// Whether the present pause was reported.
    is_reported: bool,
    report_at: Instant,
}

impl Age {
    /// `known_ms` is the newest time known before this start.
    pub(crate) fn new(
        known_time: KnownTime,
        known_ms: Option<i64>,
        appender: WeakAppender,
    ) -> Self {
        Self {
            clock: TrustedClock::new(known_ms),
            known_time,
            appender,
            is_reported: false,
            report_at: Instant::now(),
        }
    }

    /// The time, or `None` while the clock is not trusted.
    async fn now_ms(&mut self) -> Option<i64> {
        let wall_ms = Timestamp::now().unix_ms();
        let reading = ClockReading {
            wall_ms,
            monotonic_ms: clocks::uptime_ms(),
            is_synchronised: clocks::is_synchronised(wall_ms),
        };
        self.judge(reading).await
    }

    async fn judge(&mut self, reading: ClockReading) -> Option<i64> {
        let verdict = self.clock.step(reading);
        if let Some(known_ms) = self.clock.known_ms(&reading) {
            self.known_time.set(known_ms);
        }
        match verdict {
            Verdict::Trusted { now_ms } => {
                self.report_end().await;
                Some(now_ms)
            }
            Verdict::Ahead { by_ms } => {
                self.report(by_ms).await;
                None
            }
        }
    }

    async fn report(&mut self, by_ms: i64) {
        if self.is_reported || Instant::now() < self.report_at {
            return;
        }
        self.is_reported = true;
        self.report_at = Instant::now() + REPORT_EVERY;
        let ahead = days(by_ms);
        tracing::warn!(
            ahead_ms = by_ms,
            "Deletion by age is paused: the clock is ahead of the newest stored time."
        );
        let why = format!(
            "Deletion by age is paused: the clock is {ahead} ahead of the newest stored time; it goes on \
             when the clock is synchronised or has run steadily for 24 hours. Size limits still apply"
        );
        self.append_event(Level::Warning, why).await;
    }

    async fn report_end(&mut self) {
        if std::mem::take(&mut self.is_reported) {
            tracing::info!("Deletion by age goes on.");
            let what = "Deletion by age goes on: the clock can be trusted again".to_owned();
            self.append_event(Level::Info, what).await;
        }
    }

    async fn append_event(&self, level: Level, message: String) {
        let event = Event {
            timestamp: Timestamp::now(),
            level,
            source: "store".into(),
            message,
        };
        self.appender.publish(vec![event.into()]).await;
    }
}

fn days(ms: i64) -> String {
    const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
    match ms / DAY_MS {
        1 => "1 day".to_owned(),
        days => format!("{days} days"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intake::Appender;
    use access::Access;
    use journal::{Journal, Limits};
    use protocol::{OwnHost, Stream};
    use store::{Entry, StreamRetention};

    const NOW_MS: i64 = 1_768_473_000_000;
    const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

    /// A day of messages, and a retention of a day, and of 8 KiB for data.
    async fn a_day(folder: &std::path::Path) -> (Arc<dyn Store>, Retention) {
        let config = store::Config::of(store::Location::Sqlite(folder.to_owned()));
        let store = store::open(&config).await.unwrap();
        store.reserve(100).await.unwrap();
        let entry = |seq: u64| Entry {
            seq,
            prev: seq.saturating_sub(2),
            stream: if seq.is_multiple_of(2) {
                Stream::Data
            } else {
                Stream::Events
            },
            at_ms: NOW_MS - (48 - seq as i64) * DAY_MS / 48,
            chain: store::ChainName::default(),
            body: "x".repeat(1_000),
        };
        let entries: Vec<_> = (1..=48).map(entry).collect();
        store.commit(&entries).await.unwrap();
        let mut streams = [StreamRetention {
            age_ms: DAY_MS,
            bytes_max: u64::MAX,
        }; Stream::COUNT];
        streams[Stream::Data.index()].bytes_max = 8 << 10;
        let retention = Retention {
            streams,
            tiers: vec![(1_000, DAY_MS)],
            store_bytes_max: u64::MAX,
        };
        (store, retention)
    }

    fn warnings(journal: &Journal) -> Vec<String> {
        let (_, newest) = journal.newest(&[(Stream::Events, 100, "local")], &Access::server());
        newest.iter().map(|frame| frame.json().to_owned()).collect()
    }

    #[tokio::test]
    async fn a_clock_that_is_days_ahead_for_some_seconds_deletes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let (store, retention) = a_day(folder.path()).await;
        let journal = Journal::new(
            Limits {
                frames_max: 100,
                bytes_max: 1 << 20,
                ..Limits::default()
            },
            OwnHost::default(),
        )
        .unwrap();
        let appender = Appender::in_memory(journal.clone());
        let (known_time, known_ms) = KnownTime::open(folder.path());
        let mut age = Age::new(known_time, known_ms.or(Some(NOW_MS)), appender.downgrade());
        let left = async || {
            let kept = store.usage().await.unwrap().streams;
            (
                kept[Stream::Events.index()].rows,
                kept[Stream::Data.index()].rows,
            )
        };
        for (second, ahead_ms) in [(0, 0), (5, 16 * DAY_MS), (10, 16 * DAY_MS), (17, 0)] {
            let elapsed_ms = second * 1_000;
            let reading = ClockReading {
                wall_ms: NOW_MS + elapsed_ms + ahead_ms,
                monotonic_ms: elapsed_ms,
                is_synchronised: false,
            };
            let now_ms = age.judge(reading).await;
            assert_eq!(now_ms.is_none(), ahead_ms > 0);
            while retention.step(&*store, now_ms).await.unwrap() > 0 {}
            // The limit of size applies all the same.
            assert_eq!(left().await.0, 24);
            assert!(left().await.1 < 24);
        }
        let events = warnings(&journal);
        assert_eq!(events.len(), 2, "{events:?}");
        assert!(
            events[0].contains("the clock is 16 days ahead"),
            "{events:?}"
        );
        assert!(events[1].contains("Deletion by age goes on"), "{events:?}");

        // The right clock does expire messages.
        let elapsed_ms = DAY_MS;
        let reading = ClockReading {
            wall_ms: NOW_MS + elapsed_ms,
            monotonic_ms: elapsed_ms,
            is_synchronised: false,
        };
        let now_ms = age.judge(reading).await;
        while retention.step(&*store, now_ms).await.unwrap() > 0 {}
        assert_eq!(left().await.0, 0, "all of them are older than a day");
    }
}
