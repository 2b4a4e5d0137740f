use crate::model::{Knowledge, Lines, Part, Track};
use chart::{Band, Fit, Kind, Series};

/// Beyond so many lines a chart cannot be read.
const LINES_MAX: usize = 6;

/// What a chart shows.
#[derive(Clone, Copy, PartialEq)]
pub(crate) struct Plan {
    /// Goes into identifiers and names of files.
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) source: Source,
    pub(crate) fit: Fit,
    pub(crate) kind: Kind,
    /// Unless the source has one of its own.
    pub(crate) unit: &'static str,
    pub(crate) thresholds: &'static [f64],
    /// Whether the area below the first line is filled.
    pub(crate) filled: bool,
    /// Whether the lines are added up.
    pub(crate) stacked: bool,
}

/// A line's name and its past.
pub(crate) type SampleLine = (&'static str, fn(&Lines) -> &Track);

/// Where a chart's lines come from.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Source {
    Samples(&'static [SampleLine]),
    Temperatures,
    /// A label of the `data` stream, by its identifier.
    Label(u32),
}

/// Lines that are switched off, a bit each.
pub(crate) type Hidden = u32;

/// One line of a chart.
#[derive(Clone, Copy)]
pub(crate) struct Line<'a> {
    /// Counted from 0, those switched off included; it says which colour.
    pub(crate) index: usize,
    pub(crate) name: &'a str,
    pub(crate) series: &'a Series,
    /// How far the samples of each point reached, where it stands for many.
    pub(crate) band: Option<Band<'a>>,
}

impl Plan {
    pub(crate) fn part(&self) -> Part {
        match self.source {
            Source::Samples(_) | Source::Temperatures => Part::Samples,
            Source::Label(_) => Part::Counters,
        }
    }

    /// The lines that are switched on.
    pub(crate) fn lines<'a>(&self, knowledge: &'a Knowledge, hidden: Hidden) -> Vec<Line<'a>> {
        let mut lines = Vec::new();
        let mut index = 0;
        let mut add = |name: &'a str, track: &'a Track| {
            if index < LINES_MAX && hidden & (1 << index) == 0 {
                lines.push(Line {
                    index,
                    name,
                    series: track.series(),
                    band: track.band(),
                });
            }
            index += 1;
        };
        let samples = &knowledge.samples.lines;
        match self.source {
            Source::Samples(of) => {
                for (name, track) in of {
                    add(name, track(samples));
                }
            }
            Source::Temperatures => {
                for (name, track) in samples.temperatures.iter() {
                    add(name, track);
                }
            }
            Source::Label(id) => {
                if let Some(counter) = knowledge.counters.get(id) {
                    add(&counter.label, &counter.past);
                }
            }
        }
        lines
    }

    /// A line's value in the sample of the moment that the page shows.
    pub(crate) fn value_then(&self, knowledge: &Knowledge, line: &Line<'_>) -> Option<f64> {
        let then = knowledge.samples.then.as_deref()?;
        let track = match self.source {
            Source::Samples(of) => of.get(line.index)?.1(then),
            Source::Temperatures => {
                let mut sensors = then.temperatures.iter();
                sensors.find(|(name, _)| *name == line.name)?.1
            }
            Source::Label(_) => return None,
        };
        track.series().newest()?.value
    }

    /// Whether it is one of many small ones, without axes.
    pub(crate) fn is_small(&self) -> bool {
        matches!(self.source, Source::Label(_))
    }

    /// Their series alone.
    pub(crate) fn series<'a>(lines: &[Line<'a>]) -> Vec<&'a Series> {
        let mut series = Vec::with_capacity(lines.len());
        for line in lines {
            series.push(line.series);
        }
        series
    }

    /// What the values are counted in, without a prefix.
    pub(crate) fn unit<'a>(&self, knowledge: &'a Knowledge) -> &'a str {
        match self.source {
            Source::Label(id) => knowledge
                .counters
                .get(id)
                .map_or("", |counter| &counter.unit),
            Source::Samples(_) | Source::Temperatures => self.unit,
        }
    }
}
