use crate::model::{LineOptions, Model, Part, SelectionId};
use crate::session::history::Playback;
use crate::session::{SeriesHandle, ShownModel};
use chart::{Band, Fit, Kind, Scene, Series};
use protocol::SeriesKey;
use std::sync::Arc;

/// Beyond so many lines a chart cannot be read.
const LINES_MAX: usize = 6;

/// Gives what lines of a scene are made of another shape. By a pointer, so that only charts which have it load it.
pub(crate) type Reshape = fn(&mut Scene, &[chart::Line<'_>], bool);

/// What a chart shows, and how.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    /// Goes into identifiers and names of files.
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) of: Vec<Of>,
    pub(crate) fit: Fit,
    pub(crate) kind: Kind,
    /// Unless the series have one of their own.
    pub(crate) unit: String,
    pub(crate) thresholds: Vec<f64>,
    /// Whether the area below the first line is filled.
    pub(crate) filled: bool,
    /// Whether the lines are added up.
    pub(crate) stacked: bool,
    /// Replaces the lines by another shape, if they are not to be lines.
    pub(crate) reshape: Option<Reshape>,
    /// Whether it is one of many small ones, without axes.
    pub(crate) is_small: bool,
}

/// Where some of a chart's lines come from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Of {
    pub(crate) selection: SelectionId,
    /// Of the series of the selection only this one.
    pub(crate) only: Option<u64>,
    /// Their name; after a `$`, the label whose value it is.
    pub(crate) name: Option<String>,
    /// What they are called beside lines of other charts, if that is more.
    pub(crate) full_name: Option<String>,
}

/// Lines that are switched off, a bit each.
pub(crate) type Hidden = u32;

/// One line of a chart.
#[derive(Clone, Copy)]
pub(crate) struct Line<'a> {
    /// Counted from 0, those switched off included; it says which colour.
    pub(crate) index: usize,
    pub(crate) name: Name<'a>,
    pub(crate) series: &'a Series,
    /// How far the samples of each point reached, where it stands for many.
    pub(crate) band: Option<Band<'a>>,
    /// What it is now, or was at the moment that is shown.
    pub(crate) value: Option<f64>,
}

/// What a line is called, put together where somebody reads it.
#[derive(Clone, Copy)]
pub(crate) struct Name<'a> {
    pub(crate) given: Option<&'a str>,
    pub(crate) key: Option<&'a SeriesKey>,
}

impl Name<'_> {
    pub(crate) fn text(&self) -> String {
        match (self.given, self.key) {
            (Some(given), key) => match (given.strip_prefix('$'), key) {
                (Some(label), Some(key)) => key.label(label).to_owned(),
                _ => given.to_owned(),
            },
            (None, Some(key)) => crate::model::title(key),
            (None, None) => String::new(),
        }
    }
}

impl Plan {
    /// A small one: lines without axes, in the colours of their order.
    pub(crate) fn sparkline(name: &str, of: Vec<Of>, fit: Fit) -> Self {
        Self {
            name: name.to_owned(),
            title: String::new(),
            of,
            fit,
            kind: Kind::Plain,
            unit: String::new(),
            thresholds: Vec::new(),
            filled: true,
            stacked: false,
            reshape: None,
            is_small: true,
        }
    }

    /// Registers what this chart draws, so that its stored lines are fetched.
    pub(crate) fn draw(&self, shown: ShownModel, playback: Playback) {
        for of in &self.of {
            let name = of.full_name.clone().or_else(|| of.name.clone());
            let drawn = LineOptions {
                is_small: self.is_small,
                name: name.filter(|name| !name.starts_with('$')),
                kind: self.kind,
            };
            if shown.draw(of.selection, &drawn) {
                playback.forget_coverage();
            }
        }
    }

    /// What it is made of changes with this part.
    pub(crate) fn follows(&self, model: &Model, part: Part) -> bool {
        let is_of_samples = part == Part::Samples;
        let mut of = self.of.iter();
        of.any(|of| model.catalog.is_sampled(of.selection) == is_of_samples)
    }

    /// Reads what it shows, and subscribes to it.
    pub(crate) fn read<R>(&self, shown: ShownModel, look: impl FnOnce(&Model) -> R) -> R {
        self.track(shown);
        shown.read_untracked(look)
    }

    /// One function for all readers: inlined into each, it would be loaded as often.
    #[inline(never)]
    fn track(&self, shown: ShownModel) {
        for part in [Part::Samples, Part::Data] {
            if shown.read_untracked(|model| self.follows(model, part)) {
                shown.read(part, |_| ());
            }
        }
    }

    /// The lines that are switched on.
    pub(crate) fn lines<'a>(&'a self, model: &'a Model, hidden: Hidden) -> Vec<Line<'a>> {
        let mut lines = Vec::new();
        let mut index = 0;
        for of in &self.of {
            for line in model.catalog.lines(of.selection) {
                if of.only.is_some_and(|only| only != line.id) {
                    continue;
                }
                if index < LINES_MAX && hidden & (1 << index) == 0 {
                    lines.push(Line {
                        index,
                        name: Name {
                            given: of.name.as_deref(),
                            key: Some(line.key),
                        },
                        series: line.points(),
                        band: line.band(),
                        value: line.value,
                    });
                }
                index += 1;
            }
        }
        lines
    }

    /// The lines as the chart draws them.
    pub(crate) fn drawn<'a>(lines: &[Line<'a>]) -> Vec<chart::Line<'a>> {
        let mut drawn = Vec::with_capacity(lines.len());
        for line in lines {
            drawn.push(chart::Line {
                series: line.series,
                filled: false,
                band: line.band,
            });
        }
        drawn
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
    pub(crate) fn unit(&self, model: &Model) -> String {
        if !self.unit.is_empty() {
            return self.unit.clone();
        }
        for of in &self.of {
            for line in model.catalog.lines(of.selection) {
                let is_it = of.only.is_none_or(|only| only == line.id);
                if let Some(unit) = line.unit.filter(|_| is_it) {
                    return unit.as_str().to_owned();
                }
            }
        }
        String::new()
    }
}

impl From<SeriesHandle> for Of {
    fn from(figures: SeriesHandle) -> Self {
        Self {
            selection: figures.id,
            only: None,
            name: None,
            full_name: None,
        }
    }
}

/// Plans are shared by everything that belongs to a chart.
pub(crate) type SharedPlan = Arc<Plan>;
