//! The kinds of widgets, and how each is made from a board, in the browser as well as on the server.

mod deferred;

use crate::kit::bar::Limits;
use crate::kit::card::{card, hidden_unless, no_note};
use crate::kit::piece::Piece;
use crate::kit::text::live;
use crate::session::history::Playback;
use crate::session::{PageState, SeriesHandle};
use crate::widgets::{
    Charts, Direction, Fleet, Handles, Of, Plan, Share, Source, chart, cores, fullest, pair,
    sample_note, stat, stream_note,
};
use ::chart::{Fit, Kind};
use deferred::DeferredWidget;
pub(super) use deferred::{Deferred, deferred, fixed_rail_of};
use leptos::prelude::*;
use protocol::{Comparison, Matcher, Selector, Stream, Widget};
use std::sync::Arc;

/// The value of a matcher that stands for the host that the page shows.
pub(super) const HOST: &str = "$host";

/// What a widget may be made from.
#[derive(Clone)]
pub(super) struct Context {
    pub(super) page: PageState,
    pub(super) charts: Charts,
    /// The host that the page shows.
    pub(super) host: String,
}

/// A widget on a board, while it is made.
struct Making<'a> {
    context: &'a Context,
    id: &'a str,
    widget: &'a Widget,
    series: Vec<SeriesHandle>,
}

/// Makes a widget, or returns why it cannot be made.
type Make = fn(&Making<'_>) -> Result<Piece, String>;

/// The kinds that are complete from the start, with the series that each takes, in their order.
const KINDS: &[(&str, Make)] = &[
    // The whole in percent; the same of each core.
    ("cores", |it| {
        let of = it.first(2)?;
        let charts = it.context.charts;
        Ok(cores(it.card(), of[0], of[1], it.limits(), charts))
    }),
    // Percent, used, total; the same of something smaller.
    ("stat", |it| {
        let share = share(it.first(3)?);
        Ok(stat(
            it.card(),
            share,
            it.second(),
            it.limits(),
            it.context.charts,
        ))
    }),
    // As much as the fullest in percent; percent, used and total of each.
    ("fullest", |it| {
        let of = it.first(4)?;
        let (whole, each) = (of[0], share(&of[1..]));
        let label = it.widget.options.label.clone().unwrap_or_default();
        let charts = it.context.charts;
        let limits = it.limits();
        Ok(fullest(it.card(), whole, each, label, limits, charts))
    }),
    // Received and in all; sent and in all.
    ("pair", |it| {
        let of = it.first(4)?;
        let direction = |rate, total| Direction { rate, total };
        let (received, sent) = (direction(of[0], of[1]), direction(of[2], of[3]));
        Ok(pair(it.card(), received, sent, it.context.charts))
    }),
    // Lines over time.
    ("chart", |it| {
        let drawn = chart(it.context.charts, it.plan());
        Ok(match it.widget.options.optional {
            Some(true) => it.hidden_while_empty(drawn),
            _ => drawn,
        })
    }),
];

/// Makes a widget of a board; or a card that says why it cannot be made.
pub(super) fn make(context: &Context, id: &str, widget: &Widget) -> Piece {
    let is_complete = KINDS.iter().any(|(kind, _)| *kind == widget.kind);
    if !is_complete || widget.options.style.is_some() {
        let widget = DeferredWidget {
            context: context.clone(),
            id: id.to_owned(),
            widget: widget.clone(),
        };
        return deferred(context.page, Deferred::Widget(Arc::new(widget)));
    }
    try_make(KINDS, context, id, widget).unwrap_or_else(|why| excuse(id, &widget.title, why))
}

/// Stands in the place of a widget that cannot be made.
pub(super) fn excuse(id: &str, title: &str, why: String) -> Piece {
    let text = view! { <p class="empty">{why}</p> };
    card(id, title, no_note(), text)
}

fn try_make(
    kinds: &[(&str, Make)],
    context: &Context,
    id: &str,
    widget: &Widget,
) -> Result<Piece, String> {
    let kind = kinds.iter().find(|(kind, _)| *kind == widget.kind);
    let Some((_, make)) = kind else {
        return Err(["There is no kind of widget called ", &widget.kind].concat());
    };
    let mut series = Vec::new();
    for selector in &widget.series {
        let selector = bound(selector.clone(), &context.host);
        series.push(context.page.shown.select(selector));
    }
    make(&Making {
        context,
        id,
        widget,
        series,
    })
}

fn share(of: &[SeriesHandle]) -> Share {
    Share {
        percent: of[0],
        used: of[1],
        total: of[2],
    }
}

/// A selector for the host that the page shows.
fn bound(mut selector: Selector, host: &str) -> Selector {
    for matcher in &mut selector.matchers {
        if matcher.value == HOST {
            host.clone_into(&mut matcher.value);
        }
    }
    selector
}

impl Making<'_> {
    fn card(&self) -> (&str, &str) {
        (self.id, &self.widget.title)
    }

    /// The first series, as many as are needed at least.
    fn first(&self, count: usize) -> Result<&[SeriesHandle], String> {
        match self.series.len() >= count {
            true => Ok(&self.series),
            false => Err("It has too few series.".into()),
        }
    }

    /// The second share of a `stat`, and what it is called.
    fn second(&self) -> Option<(Share, String)> {
        let of = self.first(6).ok()?;
        let name = self.widget.options.names.get(1).cloned();
        Some((share(&of[3..]), name.unwrap_or_default()))
    }

    fn limits(&self) -> Limits {
        Limits::of(&self.widget.options.thresholds)
    }

    fn note(&self, stream: Stream) -> Signal<String> {
        let PageState {
            preferences,
            connection_status,
            ..
        } = self.context.page;
        stream_note(preferences, connection_status, stream)
    }

    fn handles(&self) -> Handles {
        let page = self.context.page;
        Handles {
            host: page.host,
            shown: page.shown,
            clock: page.clock,
            toasts: page.toasts,
            playback: Playback::new(page),
        }
    }

    fn plan(&self) -> Plan {
        let options = &self.widget.options;
        let mut of = Vec::new();
        for (place, series) in self.series.iter().enumerate() {
            of.push(Of {
                name: options.names.get(place).cloned(),
                full_name: options.full_names.get(place).cloned(),
                ..Of::from(*series)
            });
        }
        let unit = options.unit.clone().unwrap_or_default();
        Plan {
            name: self.id.to_owned(),
            title: self.widget.title.clone(),
            of,
            fit: match (options.min, options.max) {
                (Some(min), Some(max)) => Fit::Fixed(min, max),
                (Some(_), None) => Fit::FromZero,
                (None, _) => Fit::Around,
            },
            kind: match (&*unit, options.decimals) {
                ("%", _) => Kind::Percent,
                ("B/s", _) => Kind::Si,
                (_, Some(decimals)) => Kind::Fixed(decimals),
                _ => Kind::Plain,
            },
            unit,
            thresholds: options.thresholds.clone(),
            filled: options.unfilled != Some(true),
            stacked: options.stacked == Some(true),
            reshape: None,
            is_small: false,
        }
    }

    fn source(&self) -> Source {
        let Context { page, charts, .. } = self.context;
        let sampled = sample_note(page.freshness);
        let reported = self.note(Stream::Data);
        let (shown, series) = (page.shown, self.series.clone());
        // What programs report has no age, since nobody knows when the next is due.
        let note = live(move || {
            let are_sampled = shown
                .read_untracked(|model| series.iter().all(|it| model.catalog.is_sampled(it.id)));
            if are_sampled {
                sampled.get()
            } else {
                reported.get()
            }
        });
        let mut widget = self.widget.clone();
        for selector in &mut widget.series {
            *selector = bound(selector.clone(), &self.context.host);
        }
        Source::new((self.id, &widget), self.series.clone(), *charts, note)
    }

    /// CPU and memory of all hosts.
    fn fleet(&self) -> Fleet {
        let page = self.context.page;
        let all = |metric: &str, matchers| {
            page.shown.select(Selector {
                name: Some(metric.to_owned()),
                matchers,
                fold: None,
            })
        };
        let whole = Matcher {
            label: "core".to_owned(),
            comparison: Comparison::Equal,
            value: String::new(),
        };
        Fleet {
            hosts: page.hosts,
            cpu: all("cpu", vec![whole]),
            memory: all("memory", Vec::new()),
        }
    }

    fn hidden_while_empty(&self, drawn: Piece) -> Piece {
        let series = self.series.clone();
        let is_known = move || {
            let mut all = series.iter();
            all.any(|it| it.read(|lines| lines.iter().any(|line| line.is_known)))
        };
        hidden_unless(is_known, drawn)
    }
}

#[cfg(test)]
pub(super) fn is_kind(kind: &str) -> bool {
    KINDS
        .iter()
        .chain(deferred::DEFERRED_KINDS)
        .any(|(known, _)| *known == kind)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::widgets::WIDGET_KINDS;
    use std::collections::BTreeSet;

    #[test]
    fn every_kind_is_described() {
        let made = KINDS
            .iter()
            .chain(deferred::DEFERRED_KINDS)
            .map(|(kind, _)| *kind);
        let described = WIDGET_KINDS.iter().map(|kind| kind.name);
        // Sets, since a chart can be made in both ways.
        let (made, described): (BTreeSet<_>, BTreeSet<_>) = (made.collect(), described.collect());
        assert_eq!(made, described);
    }
}
