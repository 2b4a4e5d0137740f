use super::freshness::gap_ms;
use super::ring::Ring;
use super::tracks::{FIGURES_MAX, Figure, Tracks};
use protocol::{Disk, Metrics, Timestamp};

/// How many samples the page asks for at first.
pub(crate) const POINTS_FIRST: u32 = 50;

/// The newest sample, and of the ones before what the charts draw.
#[derive(Debug, Clone)]
pub(crate) struct Samples {
    latest: Option<Metrics>,
    points: Ring<Point>,
    /// Bytes per second read from each disk, by where it is mounted.
    pub(crate) disks_read: Tracks,
    /// Bytes per second written to each disk, by where it is mounted.
    pub(crate) disks_written: Tracks,
    /// Degrees Celsius of each sensor.
    pub(crate) temperatures: Tracks,
    asked_interval_ms: u64,
}

/// What the charts draw of one sample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Point {
    pub(crate) at: Timestamp,
    /// When the next one is due: the host's interval, or a longer one that the viewer asked for.
    pub(crate) interval_ms: u64,
    /// A line is not drawn on to a next point that is later than this.
    pub(crate) reach_ms: f64,
    /// In percent.
    pub(crate) cpu: Option<f64>,
    /// Over one minute.
    pub(crate) load: Option<f64>,
    /// In percent.
    pub(crate) memory: Option<f64>,
    /// In percent.
    pub(crate) swap: Option<f64>,
    /// In bytes per second.
    pub(crate) sent: Option<f64>,
    /// In bytes per second.
    pub(crate) recv: Option<f64>,
    /// Over all disks, in bytes per second.
    pub(crate) read: Option<f64>,
    /// Over all disks, in bytes per second.
    pub(crate) written: Option<f64>,
}

impl Point {
    fn of(sample: &Metrics, interval_ms: u64) -> Self {
        Self {
            at: sample.timestamp,
            interval_ms,
            reach_ms: gap_ms(interval_ms),
            cpu: sample.cpu,
            load: sample.load.map(|load| load.one),
            memory: sample.memory,
            swap: sample.swap,
            sent: sample.network_sent.map(|rate| rate as f64),
            recv: sample.network_recv.map(|rate| rate as f64),
            read: total(&sample.disks, |disk| disk.read),
            written: total(&sample.disks, |disk| disk.written),
        }
    }
}

/// The sum over the disks that can tell; `None` if none can.
fn total(disks: &[Disk], rate: fn(&Disk) -> Option<u64>) -> Option<f64> {
    disks
        .iter()
        .filter_map(rate)
        .map(|rate| rate as f64)
        .reduce(|sum, rate| sum + rate)
}

impl Samples {
    pub(super) fn new() -> Self {
        Self {
            latest: None,
            points: Ring::new(FIGURES_MAX),
            disks_read: Tracks::default(),
            disks_written: Tracks::default(),
            temperatures: Tracks::default(),
            asked_interval_ms: 0,
        }
    }

    /// Takes a sample in. Tells whether it is news: an answer to a request may repeat the newest.
    pub(super) fn push(&mut self, sample: &Metrics) -> bool {
        if self.latest.as_ref().is_some_and(|latest| latest == sample) {
            return false;
        }
        let point = Point::of(sample, sample.interval_ms.max(self.asked_interval_ms));
        // A clock that was set back starts the rest of the line anew.
        self.points.pop_while(|known| known.at >= point.at);
        self.points.push(point);
        let figure = |value| Figure {
            at: point.at,
            value,
            reach_ms: point.reach_ms,
        };
        for disk in &sample.disks {
            if let Some(read) = disk.read {
                self.disks_read.push(&disk.mount, figure(read as f64));
            }
            if let Some(written) = disk.written {
                self.disks_written.push(&disk.mount, figure(written as f64));
            }
        }
        for sensor in &sample.temperatures {
            self.temperatures
                .push(&sensor.label, figure(sensor.celsius));
        }
        self.latest = Some(sample.clone());
        true
    }

    /// The viewer asks for a sample in so many milliseconds; each one if 0. The next one is then
    /// not missing before that.
    pub(super) fn ask_interval(&mut self, interval_ms: u64) {
        self.asked_interval_ms = interval_ms;
        if let Some(newest) = self.points.last_mut() {
            newest.interval_ms = newest.interval_ms.max(interval_ms);
            if newest.reach_ms > 0.0 {
                newest.reach_ms = gap_ms(newest.interval_ms);
            }
        }
    }

    /// Samples behind the newest one are missing: lines end there.
    pub(super) fn cut(&mut self) {
        if let Some(newest) = self.points.last_mut() {
            newest.reach_ms = 0.0;
        }
        for tracks in [
            &mut self.disks_read,
            &mut self.disks_written,
            &mut self.temperatures,
        ] {
            tracks.cut();
        }
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
        let text = r#"{"host":"local","timestamp":"2026-01-15T10:30:00Z","interval_ms":1000,
            "disks":[{"mount":"/","percent":1,"used_bytes":1,"total_bytes":9,"read":5},
                     {"mount":"/home","percent":1,"used_bytes":1,"total_bytes":9,"read":7}]}"#;
        let mut sample: Metrics = serde_json::from_str(text).unwrap();
        sample.timestamp = Timestamp::from_unix_ms(unix_ms);
        sample
    }

    #[test]
    fn keeps_the_newest_points() {
        let mut samples = Samples::new();
        for second in 0..FIGURES_MAX as i64 + 10 {
            assert!(samples.push(&sample(second * 1_000)));
        }
        assert_eq!(samples.points.iter().len(), FIGURES_MAX);
        let newest = samples.latest.clone().unwrap();
        assert!(!samples.push(&newest), "a repeated answer");
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

    #[test]
    fn disks_add_up_and_keep_their_own_past() {
        let mut samples = Samples::new();
        samples.push(&sample(1_000));
        let point = samples.points.last().unwrap();
        assert_eq!((point.read, point.written), (Some(12.0), None));
        let home = samples
            .disks_read
            .get("/home")
            .and_then(|track| track.last());
        assert_eq!(home.map(|figure| figure.value), Some(7.0));
    }

    #[test]
    fn a_longer_interval_is_no_hole() {
        let mut samples = Samples::new();
        samples.push(&sample(1_000));
        samples.ask_interval(5_000);
        samples.push(&sample(6_000));
        let reaches: Vec<_> = samples.points.iter().map(|p| p.reach_ms).collect();
        assert_eq!(reaches, [12_500.0, 12_500.0]);
        samples.ask_interval(0);
        samples.push(&sample(7_000));
        assert_eq!(samples.points.last().unwrap().reach_ms, 2_500.0);
    }

    #[test]
    fn a_line_ends_where_samples_are_missing() {
        let mut samples = Samples::new();
        samples.push(&sample(1_000));
        samples.cut();
        samples.ask_interval(5_000);
        assert_eq!(samples.points.last().unwrap().reach_ms, 0.0);
        let root = samples.disks_read.get("/").and_then(|track| track.last());
        assert_eq!(root.unwrap().reach_ms, 0.0);
    }
}
