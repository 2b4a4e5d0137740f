use crate::app::App;
use crate::metrics::process::cpu_seconds;
use crate::metrics::{Buckets, quantile_seconds};
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Readings that are remembered: a minute.
const READINGS_MAX: usize = 31;

/// The time over which rates are measured.
const RATE_OVER: Duration = Duration::from_secs(10);

/// Totals since the start, at one moment.
#[derive(Debug, Clone)]
pub(super) struct Reading {
    pub(super) at: Instant,
    pub(super) deliveries: u64,
    pub(super) sent_bytes: u64,
    pub(super) cpu_seconds: f64,
    pub(super) commits: Buckets,
}

/// What the totals of the last minute say.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Rates {
    pub(crate) deliveries_per_s: f64,
    pub(crate) sent_bytes_per_s: f64,
    /// Of one core.
    pub(crate) cpu_percent: f64,
    /// Over the last minute; absent without commits.
    pub(crate) commit_p50_s: Option<f64>,
    pub(crate) commit_p99_s: Option<f64>,
}

/// The readings of the last minute, oldest first.
#[derive(Debug, Default)]
pub(super) struct Recent(VecDeque<Reading>);

impl Reading {
    pub(super) fn of(app: &App) -> Self {
        let traffic = app.hub().traffic();
        Self {
            at: Instant::now(),
            deliveries: traffic.messages,
            sent_bytes: traffic.bytes,
            cpu_seconds: cpu_seconds(),
            commits: app.hub().metrics().commit_buckets(),
        }
    }
}

impl Recent {
    pub(super) fn add(&mut self, reading: Reading) {
        if self.0.len() == READINGS_MAX {
            self.0.pop_front();
        }
        self.0.push_back(reading);
    }

    /// None of anything before the second reading.
    pub(super) fn rates(&self) -> Rates {
        let (Some(first), Some(last)) = (self.0.front(), self.0.back()) else {
            return Rates::default();
        };
        let before = self.0.iter().rev();
        let before = before.take_while(|it| last.at.duration_since(it.at) <= RATE_OVER);
        let before = before.last().unwrap_or(last);
        let seconds = last.at.duration_since(before.at).as_secs_f64();
        let per_s = |now: f64, then: f64| match seconds > 0.0 {
            true => (now - then).max(0.0) / seconds,
            false => 0.0,
        };
        let commits: Buckets =
            std::array::from_fn(|it| last.commits[it].saturating_sub(first.commits[it]));
        Rates {
            deliveries_per_s: per_s(last.deliveries as f64, before.deliveries as f64),
            sent_bytes_per_s: per_s(last.sent_bytes as f64, before.sent_bytes as f64),
            cpu_percent: 100.0 * per_s(last.cpu_seconds, before.cpu_seconds),
            commit_p50_s: quantile_seconds(&commits, 0.5),
            commit_p99_s: quantile_seconds(&commits, 0.99),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_of_the_last_ten_seconds_and_commits_of_the_last_minute() {
        let mut recent = Recent::default();
        assert_eq!(recent.rates(), Rates::default());
        let start = Instant::now();
        for tick in 0..100_u64 {
            let mut commits = Buckets::default();
            commits.fill(tick);
            // An idle minute, then 50 messages a second.
            let deliveries = tick.saturating_sub(60) * 100;
            recent.add(Reading {
                at: start + Duration::from_secs(2 * tick),
                deliveries,
                sent_bytes: deliveries * 10,
                cpu_seconds: tick as f64 / 2.0,
                commits,
            });
            if tick == 0 {
                assert_eq!(recent.rates(), Rates::default(), "one reading is no rate");
            }
        }
        let rates = recent.rates();
        assert_eq!(
            (
                rates.deliveries_per_s,
                rates.sent_bytes_per_s,
                rates.cpu_percent
            ),
            (50.0, 500.0, 25.0)
        );
        assert_eq!(rates.commit_p99_s, Some(0.000_99));
        assert_eq!(recent.0.len(), READINGS_MAX);
    }
}
