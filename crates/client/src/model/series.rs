use super::tracks::{Moment, Track};
use chart::Band;
use protocol::{SeriesKey, Unit};
use std::sync::Arc;

/// One series.
///
/// Copies of the model share the points until one of them adds another: a pause or another moment copies none.
#[derive(Debug, Clone)]
pub(crate) struct Series {
    pub(crate) key: Arc<SeriesKey>,
    /// The same for the same key, in each copy of the model and on every page.
    pub(crate) id: u64,
    pub(crate) unit: Option<Unit>,
    /// The place of its host in the list of them.
    pub(super) host: usize,
    /// Whether it is of a host's samples: without a value in the newest one, it has none.
    pub(super) is_sampled: bool,
    /// When it last had a value, and which.
    pub(super) newest: Option<(f64, f64)>,
    pub(super) track: Arc<Track>,
    /// Whether it has ever had a value.
    pub(super) is_known: bool,
}

impl Series {
    pub(super) fn push(&mut self, moment: Moment, value: Option<f64>) {
        self.newest = value.map(|value| (moment.at_ms(), value));
        self.is_known = true;
        Arc::make_mut(&mut self.track).push(moment, value);
    }

    /// Ends the line, since the host's newest sample does not have it.
    pub(super) fn miss(&mut self, moment: Moment) {
        let newest = self.track.series().newest();
        if newest.is_some_and(|newest| newest.value.is_some()) {
            self.push(moment, None);
        }
        self.newest = None;
    }
}

/// A series as widgets see it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line<'a> {
    /// See [`Series::id`].
    pub(crate) id: u64,
    pub(crate) key: &'a SeriesKey,
    pub(crate) unit: Option<&'a Unit>,
    /// The value now, or at the moment that is shown.
    pub(crate) value: Option<f64>,
    pub(super) track: &'a Track,
    /// Whether it has ever had a value.
    pub(crate) is_known: bool,
}

impl<'a> Line<'a> {
    /// The recent points.
    pub(crate) fn points(&self) -> &'a chart::Series {
        self.track.series()
    }

    /// How far the samples of each point reached, where it stands for many.
    pub(crate) fn band(&self) -> Option<Band<'a>> {
        self.track.band()
    }
}

/// The title of a series: its name, and the labels that distinguish it from others of that name.
pub(crate) fn title(key: &SeriesKey) -> String {
    let mut title = key.name.clone();
    for (_, value) in key.labels.iter() {
        title.push_str(" · ");
        title.push_str(value);
    }
    title
}

/// The multiplier and the offset of FNV-1a, in 64 bits.
const FNV_PRIME: u64 = 0x0100_0000_01b3;
const FNV_BASIS: u64 = 0xcbf2_9ce4_8422_2325;

/// A number that stands for a key.
pub(super) fn id_of(key: &SeriesKey) -> u64 {
    let mut hash = FNV_BASIS;
    let mut add = |text: &str| {
        for byte in text.bytes().chain([0xff]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(FNV_PRIME);
        }
    };
    add(&key.host);
    add(&key.name);
    for (label, value) in key.labels.iter() {
        add(label);
        add(value);
    }
    hash
}
