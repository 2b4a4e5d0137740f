use history::series::{Limits, Refused};
use protocol::{Event, Level, Timestamp};
use std::collections::HashMap;
use std::time::Duration;
use tokio::time::Instant;

/// A family of series is reported no more often.
const REPORT_EVERY: Duration = Duration::from_secs(24 * 60 * 60);

/// At most this many families are reported within that time: a program may use a new name each second.
const FAMILIES_MAX: usize = 5;

/// Which families of refused series were reported, and when.
#[derive(Debug, Default)]
pub(super) struct RefusalReports(HashMap<String, Instant>);

impl RefusalReports {
    /// Logs the refusal and returns its event, unless it was reported within [`REPORT_EVERY`].
    /// `widest_label` finds the label that has the most values, and how many.
    pub(super) fn report(
        &mut self,
        refused: &Refused,
        limits: Limits,
        widest_label: impl FnOnce() -> Option<(String, usize)>,
        now: Instant,
    ) -> Option<Event> {
        self.0
            .retain(|_, at| now.duration_since(*at) < REPORT_EVERY);
        if self.0.len() >= FAMILIES_MAX || self.0.contains_key(&refused.family) {
            return None;
        }
        self.0.insert(refused.family.clone(), now);
        let Refused {
            family,
            largest_family,
            largest_series,
        } = refused;
        let series_max = limits.series_max;
        let of_programs = limits.program_series_max();
        tracing::warn!(
            family,
            largest_family,
            largest_series,
            series_max,
            "New series have no history: there are as many as there may be."
        );
        let widest = widest_label().map_or_else(String::new, |(label, values)| {
            format!("; the label `{label}` has {values} values")
        });
        let message = format!(
            "New series of {family} have no history: at most {series_max} series are sampled, {of_programs} of them of programs, and \
             {largest_family} has {largest_series} of them{widest}. Those that exist go on"
        );
        Some(Event {
            timestamp: Timestamp::now(),
            level: Level::Warning,
            source: "store".into(),
            message,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(family: &str) -> Refused {
        Refused {
            family: family.to_owned(),
            largest_family: "the label `interface`".to_owned(),
            largest_series: 800,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn each_family_is_reported_once_a_day_and_not_too_many_of_them() {
        let mut reports = RefusalReports::default();
        let mut reported = |family: &str| {
            let widest = || Some(("user".to_owned(), 90_000));
            let limits = Limits::default();
            let event = reports.report(&refused(family), limits, widest, Instant::now());
            event.map(|event| event.message)
        };
        let message = reported("the source `shop`").unwrap();
        assert!(message.contains("the source `shop`"), "{message}");
        assert!(
            message.contains("the label `interface` has 800"),
            "{message}"
        );
        assert!(
            message.contains("the label `user` has 90000 values"),
            "{message}"
        );
        assert_eq!(reported("the source `shop`"), None);
        let others = (0..100).filter_map(|number| reported(&number.to_string()));
        assert_eq!(others.count(), FAMILIES_MAX - 1);
        tokio::time::advance(REPORT_EVERY).await;
        assert!(reported("the source `shop`").is_some());
    }
}
