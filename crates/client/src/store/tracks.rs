use super::ring::Ring;
use protocol::Timestamp;

/// How much of a figure's past is kept.
pub(crate) const FIGURES_MAX: usize = 600;

/// Beyond this many figures of one kind, the one that has been silent for the longest is forgotten.
const TRACKS_MAX: usize = 64;

/// A figure's past.
#[derive(Debug, Clone)]
pub(crate) struct Track {
    figures: Ring<Figure>,
}

/// A figure at a moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Figure {
    pub(crate) at: Timestamp,
    pub(crate) value: f64,
    /// A line is not drawn on to a next figure that is later than this.
    pub(crate) reach_ms: f64,
}

impl Track {
    pub(super) fn new() -> Self {
        Self {
            figures: Ring::new(FIGURES_MAX),
        }
    }

    pub(super) fn push(&mut self, figure: Figure) {
        // A clock that was set back starts the rest of the line anew.
        self.figures.pop_while(|known| known.at >= figure.at);
        self.figures.push(figure);
    }

    /// Something is missing behind the newest figure: the line ends there.
    pub(super) fn cut(&mut self) {
        if let Some(newest) = self.figures.last_mut() {
            newest.reach_ms = 0.0;
        }
    }

    pub(crate) fn last(&self) -> Option<&Figure> {
        self.figures.last()
    }

    /// Oldest first.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &Figure> + ExactSizeIterator {
        self.figures.iter()
    }
}

/// The past of several figures of one kind, such as what is read from each disk.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tracks {
    tracks: Vec<(String, Track)>,
}

impl Tracks {
    pub(super) fn push(&mut self, name: &str, figure: Figure) {
        match self.tracks.iter_mut().find(|(known, _)| known == name) {
            Some((_, track)) => track.push(figure),
            None => {
                self.make_room();
                let mut track = Track::new();
                track.push(figure);
                self.tracks.push((name.to_owned(), track));
            }
        }
    }

    pub(super) fn cut(&mut self) {
        for (_, track) in &mut self.tracks {
            track.cut();
        }
    }

    fn make_room(&mut self) {
        if self.tracks.len() < TRACKS_MAX {
            return;
        }
        let heard = |track: &Track| track.last().map(|figure| figure.at);
        let silent = (0..self.tracks.len()).min_by_key(|index| heard(&self.tracks[*index].1));
        if let Some(index) = silent {
            self.tracks.remove(index);
        }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Track> {
        let (_, track) = self.tracks.iter().find(|(known, _)| known == name)?;
        Some(track)
    }

    /// In the order in which they were first heard of.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Track)> {
        self.tracks.iter().map(|(name, track)| (&**name, track))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(unix_ms: i64) -> Figure {
        Figure {
            at: Timestamp::from_unix_ms(unix_ms),
            value: unix_ms as f64,
            reach_ms: 2_500.0,
        }
    }

    #[test]
    fn a_clock_set_back_does_not_fold_the_line() {
        let mut track = Track::new();
        for unix_ms in [1_000, 2_000, 3_000, 2_000] {
            track.push(figure(unix_ms));
        }
        let times: Vec<_> = track.iter().map(|figure| figure.at.unix_ms()).collect();
        assert_eq!(times, [1_000, 2_000]);
    }

    #[test]
    fn the_silent_one_gives_way() {
        let mut tracks = Tracks::default();
        for number in 0..TRACKS_MAX as i64 {
            tracks.push(&format!("sd{number}"), figure(1_000 + number));
        }
        tracks.push("sd0", figure(9_000));
        tracks.push("new", figure(9_000));
        assert_eq!(tracks.iter().count(), TRACKS_MAX);
        assert!(tracks.get("sd0").is_some());
        assert!(tracks.get("sd1").is_none());
        assert_eq!(
            tracks.get("new").and_then(Track::last),
            Some(&figure(9_000))
        );
    }
}
