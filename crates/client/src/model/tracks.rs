use chart::{Band, Sample, Series};
use protocol::Timestamp;

/// How much of a figure's past is kept.
pub(crate) const FIGURES_MAX: usize = 600;

/// Beyond this many figures of one kind, the one that has been silent for the longest is forgotten.
const TRACKS_MAX: usize = 64;

/// A figure's past, as charts draw it.
#[derive(Debug, Clone)]
pub(crate) struct Track {
    series: Series,
    /// Where the server has told of many samples by one: the lowest and the highest of them.
    reach: Option<Box<[Series; 2]>>,
    /// It is of a stretch of time that has ended: what arrives does not belong to it.
    has_ended: bool,
}

/// One of the points by which the server tells of a figure's past.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Point {
    pub(crate) at_ms: f64,
    pub(crate) interval_ms: u32,
    pub(crate) value: Option<f64>,
    /// The lowest and the highest sample, if there are several.
    pub(crate) reach: Option<(f64, f64)>,
}

/// When a figure was taken, and when the next one is due.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Moment {
    pub(crate) at: Timestamp,
    /// 0 if nobody knows: then only what was missed interrupts the line.
    pub(crate) interval_ms: u64,
}

impl Track {
    pub(crate) fn new() -> Self {
        Self {
            series: Series::new(FIGURES_MAX),
            reach: None,
            has_ended: false,
        }
    }

    /// What the server tells, with room for what comes live; unless the line `has_ended`.
    pub(crate) fn told(points: &[Point], has_ended: bool) -> Self {
        let room = points.len() + FIGURES_MAX;
        let reaches = points.iter().any(|point| point.reach.is_some());
        let reach = reaches.then(|| Box::new([Series::new(room), Series::new(room)]));
        let mut track = Self {
            series: Series::new(room),
            reach,
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
            reach,
        } = point;
        let sample = |value| Sample {
            at_ms,
            interval_ms,
            value,
        };
        if let Some(of) = &mut self.reach {
            of[0].put(sample(reach.map(|(low, _)| low).or(value)));
            of[1].put(sample(reach.map(|(_, high)| high).or(value)));
        }
        self.series.put(sample(value));
    }

    pub(crate) fn push(&mut self, moment: Moment, value: Option<f64>) {
        if self.has_ended {
            return;
        }
        let at_ms = moment.at.unix_ms() as f64;
        // A clock that was set back starts the rest of the line anew.
        self.series.cut_from(at_ms);
        for series in self.reach.iter_mut().flat_map(|reach| reach.iter_mut()) {
            series.cut_from(at_ms);
        }
        self.put(Point {
            at_ms,
            interval_ms: u32::try_from(moment.interval_ms).unwrap_or(u32::MAX),
            value,
            reach: None,
        });
    }

    /// Goes on with what another track has beyond a moment.
    pub(crate) fn go_on(&mut self, live: &Self, after_ms: f64) {
        let series = &live.series;
        for sample in series.samples(series.index_from(after_ms)..series.len()) {
            self.put(Point {
                at_ms: sample.at_ms,
                interval_ms: sample.interval_ms,
                value: sample.value,
                reach: None,
            });
        }
    }

    /// Something is missing behind the newest figure: the line ends there.
    pub(crate) fn cut(&mut self) {
        let newest = self.series.newest().filter(|newest| newest.value.is_some());
        if let Some(newest) = newest.filter(|_| !self.has_ended) {
            self.put(Point {
                at_ms: newest.at_ms + 1.0,
                interval_ms: newest.interval_ms,
                value: None,
                reach: None,
            });
        }
    }

    pub(crate) fn series(&self) -> &Series {
        &self.series
    }

    pub(crate) fn band(&self) -> Option<Band<'_>> {
        let [low, high] = &**self.reach.as_ref()?;
        Some(Band { low, high })
    }
}

/// The past of several figures of one kind, such as what is read from each disk.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tracks {
    tracks: Vec<(String, Track)>,
}

impl Tracks {
    pub(crate) fn push(&mut self, name: &str, moment: Moment, value: f64) {
        match self.tracks.iter_mut().find(|(known, _)| known == name) {
            Some((_, track)) => track.push(moment, Some(value)),
            None => {
                let mut track = Track::new();
                track.push(moment, Some(value));
                self.add(name, track);
            }
        }
    }

    /// Takes another figure in, whose past is known.
    pub(crate) fn add(&mut self, name: &str, track: Track) {
        self.make_room();
        let place = self.tracks.iter().take_while(|(known, _)| &**known < name);
        let place = place.count();
        self.tracks.insert(place, (name.to_owned(), track));
    }

    /// As [`Track::go_on`], figure by figure.
    pub(crate) fn go_on(&mut self, live: &Self, after_ms: f64) {
        for (name, live) in &live.tracks {
            match self.tracks.iter_mut().find(|(known, _)| known == name) {
                Some((_, track)) => track.go_on(live, after_ms),
                None => self.add(name, live.clone()),
            }
        }
    }

    pub(crate) fn cut(&mut self) {
        for (_, track) in &mut self.tracks {
            track.cut();
        }
    }

    fn make_room(&mut self) {
        if self.tracks.len() < TRACKS_MAX {
            return;
        }
        let heard_ms = |index: &usize| {
            let newest = self.tracks[*index].1.series.newest();
            newest.map(|sample| sample.at_ms as i64)
        };
        let silent = (0..self.tracks.len()).min_by_key(heard_ms);
        if let Some(index) = silent {
            self.tracks.remove(index);
        }
    }

    /// In the order of their names, whether they were told of or arrived.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Track)> {
        self.tracks.iter().map(|(name, track)| (&**name, track))
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
    fn what_is_told_goes_on_live() {
        let point = |second: i64| Point {
            at_ms: second as f64 * 1_000.0,
            interval_ms: 60_000,
            value: Some(5.0),
            reach: Some((1.0, 9.0)),
        };
        let mut told = Track::told(&[point(0), point(60)], false);
        let mut live = Track::new();
        for second in [50, 61, 62] {
            live.push(moment(second * 1_000), Some(7.0));
        }
        told.go_on(&live, 60_001.0);
        told.push(moment(63_000), Some(8.0));
        let values: Vec<_> = samples(&told).into_iter().map(|it| it.1).collect();
        assert_eq!(values, [5.0, 5.0, 7.0, 7.0, 8.0].map(Some));
        let band = told.band().unwrap();
        let lows: Vec<_> = band.low.samples(0..5).map(|it| it.value).collect();
        assert_eq!(lows, [1.0, 1.0, 7.0, 7.0, 8.0].map(Some));

        let mut ended = Track::told(&[point(0), point(60)], true);
        ended.push(moment(63_000), Some(8.0));
        ended.cut();
        assert_eq!(samples(&ended).len(), 2, "that is another time");
    }

    #[test]
    fn figures_have_one_order_wherever_they_come_from() {
        let (mut told, mut live) = (Tracks::default(), Tracks::default());
        for name in ["c", "a", "b"] {
            live.push(name, moment(1_000), 1.0);
        }
        for name in ["a", "c"] {
            told.add(name, Track::told(&[], false));
        }
        told.go_on(&live, 0.0);
        for tracks in [told, live] {
            let names: Vec<_> = tracks.iter().map(|(name, _)| name).collect();
            assert_eq!(names, ["a", "b", "c"]);
        }
    }

    #[test]
    fn the_silent_one_gives_way() {
        let mut tracks = Tracks::default();
        for number in 0..TRACKS_MAX as i64 {
            tracks.push(&format!("sd{number}"), moment(1_000 + number), 1.0);
        }
        tracks.push("sd0", moment(9_000), 1.0);
        tracks.push("new", moment(9_000), 1.0);
        let names: Vec<_> = tracks.iter().map(|(name, _)| name).collect();
        assert_eq!(names.len(), TRACKS_MAX);
        assert!(names.contains(&"sd0") && names.contains(&"new"));
        assert!(!names.contains(&"sd1"));
    }
}
