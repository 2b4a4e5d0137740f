use super::ring::Ring;
use protocol::{Metrics, Timestamp};

/// How many points a chart shows.
pub(crate) const POINTS_MAX: usize = 50;

/// The newest sample, and of the ones before what the charts draw.
#[derive(Debug, Clone)]
pub(crate) struct Samples {
    latest: Option<Metrics>,
    points: Ring<Point>,
}

/// What the charts draw of one sample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Point {
    pub(crate) at: Timestamp,
    pub(crate) interval_ms: u64,
    /// In percent.
    pub(crate) cpu: Option<f64>,
    /// In percent.
    pub(crate) memory: Option<f64>,
    /// In bytes per second.
    pub(crate) sent: Option<f64>,
    /// In bytes per second.
    pub(crate) recv: Option<f64>,
}

impl Samples {
    pub(super) fn new() -> Self {
        Self {
            latest: None,
            points: Ring::new(POINTS_MAX),
        }
    }

    /// Takes a sample in. Tells whether it is news: an answer to a request may repeat the newest.
    pub(super) fn push(&mut self, sample: &Metrics) -> bool {
        let at = sample.timestamp;
        if self.latest.as_ref().is_some_and(|latest| latest == sample) {
            return false;
        }
        // A clock that was set back starts the rest of the line anew.
        self.points.pop_while(|point| point.at >= at);
        self.points.push(Point {
            at,
            interval_ms: sample.interval_ms,
            cpu: sample.cpu,
            memory: sample.memory,
            sent: sample.network_sent.map(|rate| rate as f64),
            recv: sample.network_recv.map(|rate| rate as f64),
        });
        self.latest = Some(sample.clone());
        true
    }

    pub(crate) fn latest(&self) -> Option<&Metrics> {
        self.latest.as_ref()
    }

    pub(crate) fn points(&self) -> &Ring<Point> {
        &self.points
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(unix_ms: i64) -> Metrics {
        let text = r#"{"host":"local","timestamp":"2026-01-15T10:30:00Z","interval_ms":1000}"#;
        let mut sample: Metrics = serde_json::from_str(text).unwrap();
        sample.timestamp = Timestamp::from_unix_ms(unix_ms);
        sample
    }

    #[test]
    fn keeps_the_newest_points() {
        let mut samples = Samples::new();
        for second in 0..60 {
            assert!(samples.push(&sample(second * 1_000)));
        }
        assert_eq!(samples.points.iter().len(), POINTS_MAX);
        assert!(!samples.push(&sample(59_000)), "a repeated answer");
        assert_eq!(samples.points.iter().len(), POINTS_MAX);
    }

    #[test]
    fn a_clock_set_back_does_not_fold_the_line() {
        let mut samples = Samples::new();
        for unix_ms in [1_000, 2_000, 3_000, 2_000] {
            samples.push(&sample(unix_ms));
        }
        let times: Vec<_> = samples.points.iter().map(|p| p.at.unix_ms()).collect();
        assert_eq!(times, [1_000, 2_000]);
    }
}
