use super::tracks::{Moment, Track, Tracks};
use protocol::{Disk, Metrics};

/// How many samples the page asks for at first.
pub(crate) const POINTS_FIRST: u32 = 50;

/// The newest sample, and of the ones before what the charts draw.
#[derive(Debug, Clone)]
pub(crate) struct Samples {
    latest: Option<Metrics>,
    newest: Option<Moment>,
    pub(crate) lines: Lines,
    /// At another moment than now, the sample of that moment alone: lines may show means of many.
    pub(crate) then: Option<Box<Lines>>,
    asked_interval_ms: u64,
}

/// What the charts draw of samples.
#[derive(Debug, Clone)]
pub(crate) struct Lines {
    /// In percent.
    pub(crate) cpu: Track,
    /// Over one minute.
    pub(crate) load: Track,
    /// Over five.
    pub(crate) load_five: Track,
    /// Over fifteen.
    pub(crate) load_fifteen: Track,
    /// In percent.
    pub(crate) memory: Track,
    /// In percent.
    pub(crate) swap: Track,
    /// In bytes per second.
    pub(crate) sent: Track,
    /// In bytes per second.
    pub(crate) recv: Track,
    /// Over all disks, in bytes per second.
    pub(crate) read: Track,
    /// Over all disks, in bytes per second.
    pub(crate) written: Track,
    /// Degrees Celsius of each sensor.
    pub(crate) temperatures: Tracks,
}

impl Lines {
    pub(crate) fn new() -> Self {
        Self {
            cpu: Track::new(),
            load: Track::new(),
            load_five: Track::new(),
            load_fifteen: Track::new(),
            memory: Track::new(),
            swap: Track::new(),
            sent: Track::new(),
            recv: Track::new(),
            read: Track::new(),
            written: Track::new(),
            temperatures: Tracks::default(),
        }
    }

    /// All but the temperatures.
    fn single(&mut self) -> [&mut Track; 10] {
        [
            &mut self.cpu,
            &mut self.load,
            &mut self.load_five,
            &mut self.load_fifteen,
            &mut self.memory,
            &mut self.swap,
            &mut self.sent,
            &mut self.recv,
            &mut self.read,
            &mut self.written,
        ]
    }

    /// Samples behind the newest one are missing: lines end there.
    fn cut(&mut self) {
        for track in self.single() {
            track.cut();
        }
        self.temperatures.cut();
    }

    /// Goes on with what other lines have beyond a moment.
    pub(crate) fn go_on(&mut self, live: &Self, after_ms: f64) {
        let mut live = live.clone();
        for (track, live) in self.single().into_iter().zip(live.single()) {
            track.go_on(live, after_ms);
        }
        self.temperatures.go_on(&live.temperatures, after_ms);
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
    pub(crate) fn new() -> Self {
        Self {
            latest: None,
            newest: None,
            lines: Lines::new(),
            then: None,
            asked_interval_ms: 0,
        }
    }

    /// Takes a sample in. Tells whether it is news: an answer to a request may repeat the newest.
    pub(crate) fn push(&mut self, sample: &Metrics) -> bool {
        if self.latest.as_ref().is_some_and(|latest| latest == sample) {
            return false;
        }
        let moment = Moment {
            at: sample.timestamp,
            interval_ms: sample.interval_ms.max(self.asked_interval_ms),
        };
        let rate = |rate: Option<u64>| rate.map(|rate| rate as f64);
        let lines = &mut self.lines;
        for (track, value) in [
            (&mut lines.cpu, sample.cpu),
            (&mut lines.load, sample.load.map(|load| load.one)),
            (&mut lines.load_five, sample.load.map(|load| load.five)),
            (
                &mut lines.load_fifteen,
                sample.load.map(|load| load.fifteen),
            ),
            (&mut lines.memory, sample.memory),
            (&mut lines.swap, sample.swap),
            (&mut lines.sent, rate(sample.network_sent)),
            (&mut lines.recv, rate(sample.network_recv)),
            (&mut lines.read, total(&sample.disks, |disk| disk.read)),
            (
                &mut lines.written,
                total(&sample.disks, |disk| disk.written),
            ),
        ] {
            track.push(moment, value);
        }
        for sensor in &sample.temperatures {
            let celsius = sensor.celsius;
            lines.temperatures.push(&sensor.label, moment, celsius);
        }
        self.newest = Some(moment);
        self.latest = Some(sample.clone());
        true
    }

    /// The viewer asks for a sample in so many milliseconds; each one if 0. The next one is then
    /// not missing before that.
    pub(crate) fn ask_interval(&mut self, interval_ms: u64) {
        self.asked_interval_ms = interval_ms;
        if let Some(newest) = &mut self.newest {
            newest.interval_ms = newest.interval_ms.max(interval_ms);
        }
    }

    /// Samples behind the newest one are missing: lines end there.
    pub(crate) fn cut(&mut self) {
        self.lines.cut();
    }

    pub(crate) fn latest(&self) -> Option<&Metrics> {
        self.latest.as_ref()
    }

    /// When the newest sample was taken. Its interval is the host's, or a longer one that the
    /// viewer asked for.
    pub(crate) fn newest(&self) -> Option<Moment> {
        self.newest
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::Timestamp;

    fn sample(unix_ms: i64) -> Metrics {
        let text = r#"{"host":"local","timestamp":"2026-01-15T10:30:00Z","interval_ms":1000,
            "disks":[{"mount":"/","percent":1,"used_bytes":1,"total_bytes":9,"read":5},
                     {"mount":"/home","percent":1,"used_bytes":1,"total_bytes":9,"read":7}]}"#;
        let mut sample: Metrics = serde_json::from_str(text).unwrap();
        sample.timestamp = Timestamp::from_unix_ms(unix_ms);
        sample
    }

    fn intervals_ms(track: &Track) -> Vec<u32> {
        let series = track.series();
        let samples = series.samples(0..series.len());
        samples.map(|sample| sample.interval_ms).collect()
    }

    #[test]
    fn a_repeated_answer_is_no_news() {
        let mut samples = Samples::new();
        assert!(samples.push(&sample(1_000)));
        assert!(!samples.push(&sample(1_000)));
        assert_eq!(samples.lines.cpu.series().len(), 1);
    }

    #[test]
    fn disks_add_up() {
        let mut samples = Samples::new();
        samples.push(&sample(1_000));
        let newest = |track: &Track| track.series().newest().and_then(|sample| sample.value);
        assert_eq!(newest(&samples.lines.read), Some(12.0));
        assert_eq!(newest(&samples.lines.written), None);
    }

    #[test]
    fn a_longer_interval_is_no_hole() {
        let mut samples = Samples::new();
        samples.push(&sample(1_000));
        samples.ask_interval(5_000);
        assert_eq!(
            samples.newest().map(|newest| newest.interval_ms),
            Some(5_000)
        );
        samples.push(&sample(6_000));
        samples.ask_interval(0);
        samples.push(&sample(7_000));
        // The longer of two neighbours counts.
        assert_eq!(intervals_ms(&samples.lines.cpu), [1_000, 5_000, 1_000]);
    }

    #[test]
    fn a_line_ends_where_samples_are_missing() {
        let mut samples = Samples::new();
        samples.push(&sample(1_000));
        samples.cut();
        let newest = samples.lines.read.series().newest().unwrap();
        assert_eq!((newest.at_ms, newest.value), (1_001.0, None));
    }
}
