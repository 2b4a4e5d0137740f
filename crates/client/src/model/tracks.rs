use chart::{Band, Sample, Series};
use protocol::{Folded, Operation, Timestamp};

/// Points of a received line at most.
pub(crate) const POINTS_MAX: usize = 600;

/// The line of a series, as charts draw it.
#[derive(Debug, Clone)]
pub(crate) struct Track {
    series: Series,
    /// The lowest and the highest sample, where a point stands for many.
    range: Option<Box<[Series; 2]>>,
    /// Whether its stretch of time has ended, so that new samples do not belong to it.
    has_ended: bool,
}

/// A point of a stored line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Point {
    pub(crate) at_ms: f64,
    pub(crate) interval_ms: u32,
    pub(crate) value: Option<f64>,
    /// The lowest and the highest sample, if there are several.
    pub(crate) range: Option<(f64, f64)>,
}

/// When a value was sampled, and when the next one is due.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Moment {
    pub(crate) at: Timestamp,
    /// 0 if it is unknown: then only a gap interrupts the line.
    pub(crate) interval_ms: u64,
}

impl Moment {
    /// By the server's clock, in milliseconds since the Unix epoch.
    pub(crate) fn at_ms(&self) -> f64 {
        self.at.unix_ms() as f64
    }
}

impl Default for Track {
    fn default() -> Self {
        Self::new()
    }
}

impl Track {
    pub(crate) fn new() -> Self {
        Self {
            series: Series::new(POINTS_MAX),
            range: None,
            has_ended: false,
        }
    }

    /// A stored line, with room for what is received; unless it `has_ended`.
    pub(crate) fn loaded(points: &[Point], has_ended: bool) -> Self {
        let room = points.len() + POINTS_MAX;
        let has_ranges = points.iter().any(|point| point.range.is_some());
        let range = has_ranges.then(|| Box::new([Series::new(room), Series::new(room)]));
        let mut track = Self {
            series: Series::new(room),
            range,
            has_ended,
        };
        for point in points {
            track.put(*point);
        }
        track
    }

    fn put(&mut self, point: Point) {
        let Point {
            at_ms,
            interval_ms,
            value,
            range,
        } = point;
        let sample = |value| Sample {
            at_ms,
            interval_ms,
            value,
        };
        if let Some(of) = &mut self.range {
            of[0].put(sample(range.map(|(low, _)| low).or(value)));
            of[1].put(sample(range.map(|(_, high)| high).or(value)));
        }
        self.series.put(sample(value));
    }

    pub(crate) fn push(&mut self, moment: Moment, value: Option<f64>) {
        if self.has_ended {
            return;
        }
        let at_ms = moment.at.unix_ms() as f64;
        // A clock that was set back overwrites the rest of the line.
        self.series.cut_from(at_ms);
        for series in self.range.iter_mut().flat_map(|range| range.iter_mut()) {
            series.cut_from(at_ms);
        }
        self.put(Point {
            at_ms,
            interval_ms: u32::try_from(moment.interval_ms).unwrap_or(u32::MAX),
            value,
            range: None,
        });
    }

    /// Several lines folded into one, at each time that one of them has a value.
    pub(crate) fn folded(tracks: &[&Self], operation: Operation) -> Self {
        let samples_max = tracks.iter().map(|track| track.series.len()).max();
        let room = samples_max.unwrap_or(0) + POINTS_MAX;
        let mut folded = Self {
            series: Series::new(room),
            range: None,
            has_ended: tracks.iter().any(|track| track.has_ended),
        };
        let mut next = vec![0; tracks.len()];
        loop {
            let sample = |place: usize, next: &[usize]| tracks[place].series.get(next[place]);
            let mut first: Option<Sample> = None;
            for place in 0..tracks.len() {
                let other = sample(place, &next);
                let is_first = |it: &Sample| first.is_none_or(|first| it.at_ms < first.at_ms);
                first = other.filter(is_first).or(first);
            }
            let Some(first) = first else {
                return folded;
            };
            let mut values = Folded::default();
            for place in 0..tracks.len() {
                if let Some(it) = sample(place, &next).filter(|it| it.at_ms == first.at_ms) {
                    next[place] += 1;
                    if let Some(value) = it.value {
                        values.add(value);
                    }
                }
            }
            folded.series.put(Sample {
                value: values.value(operation),
                ..first
            });
        }
    }

    /// Appends what another track has after a moment.
    pub(crate) fn extend(&mut self, live: &Self, after_ms: f64) {
        let series = &live.series;
        for sample in series.samples(series.index_from(after_ms)..series.len()) {
            self.put(Point {
                at_ms: sample.at_ms,
                interval_ms: sample.interval_ms,
                value: sample.value,
                range: None,
            });
        }
    }

    /// Ends the line at the newest value, since others after it are missing.
    pub(crate) fn cut(&mut self) {
        let newest = self.series.newest().filter(|newest| newest.value.is_some());
        if let Some(newest) = newest.filter(|_| !self.has_ended) {
            self.put(Point {
                at_ms: newest.at_ms + 1.0,
                interval_ms: newest.interval_ms,
                value: None,
                range: None,
            });
        }
    }

    pub(crate) fn series(&self) -> &Series {
        &self.series
    }

    pub(crate) fn band(&self) -> Option<Band<'_>> {
        let [low, high] = &**self.range.as_ref()?;
        Some(Band { low, high })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(unix_ms: i64) -> Moment {
        Moment {
            at: Timestamp::from_unix_ms(unix_ms),
            interval_ms: 1_000,
        }
    }

    fn samples(track: &Track) -> Vec<(f64, Option<f64>)> {
        let all = track.series.samples(0..track.series.len());
        all.map(|sample| (sample.at_ms, sample.value)).collect()
    }

    #[test]
    fn a_clock_set_back_does_not_fold_the_line() {
        let mut track = Track::new();
        for unix_ms in [1_000, 2_000, 3_000, 2_000] {
            track.push(moment(unix_ms), Some(1.0));
        }
        assert_eq!(
            samples(&track),
            [(1_000.0, Some(1.0)), (2_000.0, Some(1.0))]
        );
    }

    #[test]
    fn a_line_is_cut_once_and_only_where_there_is_one() {
        let mut track = Track::new();
        track.cut();
        track.push(moment(1_000), Some(1.0));
        track.cut();
        track.cut();
        track.push(moment(2_000), Some(2.0));
        let expected = [(1_000.0, Some(1.0)), (1_001.0, None), (2_000.0, Some(2.0))];
        assert_eq!(samples(&track), expected);
    }

    #[test]
    fn a_loaded_line_grows_with_received_samples() {
        let point = |second: i64| Point {
            at_ms: second as f64 * 1_000.0,
            interval_ms: 60_000,
            value: Some(5.0),
            range: Some((1.0, 9.0)),
        };
        let mut loaded = Track::loaded(&[point(0), point(60)], false);
        let mut live = Track::new();
        for second in [50, 61, 62] {
            live.push(moment(second * 1_000), Some(7.0));
        }
        loaded.extend(&live, 60_001.0);
        loaded.push(moment(63_000), Some(8.0));
        let values: Vec<_> = samples(&loaded).into_iter().map(|it| it.1).collect();
        assert_eq!(values, [5.0, 5.0, 7.0, 7.0, 8.0].map(Some));
        let band = loaded.band().unwrap();
        let lows: Vec<_> = band.low.samples(0..5).map(|it| it.value).collect();
        assert_eq!(lows, [1.0, 1.0, 7.0, 7.0, 8.0].map(Some));

        let mut ended = Track::loaded(&[point(0), point(60)], true);
        ended.push(moment(63_000), Some(8.0));
        ended.cut();
        assert_eq!(samples(&ended).len(), 2, "an ended line does not grow");
    }
}
