//! What the first view shows but needs no code for. The server renders it, and one lazy part, which is fetched once the
//! browser is idle, makes it again.

use super::{Context, Make, excuse, try_make};
use crate::kit::later::{self, Again, Build, chunk};
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::toasts::Toasts;
use crate::model::{PageKind, SeriesFilter};
use crate::session::PageState;
use crate::session::history;
use crate::widgets::{
    ConnectionState, FixedPieces, FixedRail, Plan, Settings, SignedIn, WidgetKind, add_styles,
    alerts, bars, chart, clock, connection, disks, feed, fixed_rail, follow_preferences, gauge,
    heatmap, hosts, image, interfaces, logs, processes, reported, settings, table, temperatures,
    text, trio, value,
};
use ::chart::as_bars;
use protocol::{Stream, Widget};
use std::sync::Arc;

/// What is made again.
#[derive(Clone)]
pub(in crate::pages) enum Deferred {
    Widget(Arc<DeferredWidget>),
    Settings(Arc<Settings>),
    Connection(Arc<ConnectionState>),
    Rail(FixedRail),
}

/// A widget of a board, of one of [`DEFERRED_KINDS`].
pub(in crate::pages) struct DeferredWidget {
    pub(super) context: Context,
    pub(super) id: String,
    pub(super) widget: Widget,
}

/// A place for something of the dashboard.
pub(in crate::pages) fn deferred(page: PageState, what: Deferred) -> Piece {
    place(page.toasts, Again::WhenIdle(page.idle), what)
}

/// The parts of a page's rail that never change.
pub(in crate::pages) fn fixed_rail_of(
    toasts: Toasts,
    kind: PageKind,
    signed_in: SignedIn,
) -> FixedPieces {
    let fixed = |part| place(toasts, Again::IfMissing, Deferred::Rail(part));
    FixedPieces {
        brand: fixed(FixedRail::Brand),
        places: fixed(FixedRail::Places(kind)),
        accounts: match FixedRail::accounts(kind, signed_in) {
            Some(accounts) => fixed(accounts),
            None => ().into_piece(),
        },
    }
}

fn place(toasts: Toasts, again: Again, what: Deferred) -> Piece {
    #[cfg(feature = "ssr")]
    let html = leptos::prelude::RenderHtml::to_html(make(&what));
    #[cfg(not(feature = "ssr"))]
    let html = String::new();
    later::deferred(toasts, again, html, Box::new(move || fetch(what.clone())))
}

chunk! {
    idle:
    fn fetch(what: Deferred) -> Build {
        Arc::new(move || {
            if let Deferred::Settings(of) = &what {
                follow_preferences(**of);
            }
            make(&what)
        })
    }
}

fn make(what: &Deferred) -> Piece {
    match what {
        Deferred::Widget(it) => make_widget(&it.context, &it.id, &it.widget),
        Deferred::Settings(of) => settings(**of),
        Deferred::Connection(of) => connection(**of),
        Deferred::Rail(part) => fixed_rail(part),
    }
}

fn make_widget(context: &Context, id: &str, widget: &Widget) -> Piece {
    if cfg!(feature = "hydrate") {
        add_styles();
    }
    let kind = WidgetKind::named(&widget.kind);
    if let Some(kind) = kind.filter(|kind| widget.series.len() < kind.series.least) {
        let mut why = String::from("Series are missing. It needs");
        for place in 0..kind.series.least {
            why.push_str(if place == 0 { ": " } else { ", " });
            why.push_str(kind.role(place));
        }
        return excuse(id, &widget.title, why);
    }
    try_make(DEFERRED_KINDS, context, id, widget)
        .unwrap_or_else(|why| excuse(id, &widget.title, why))
}

/// The kinds of widgets of which suffices at first what the server has rendered.
pub(super) const DEFERRED_KINDS: &[(&str, Make)] = &[
    // A few values.
    ("trio", |it| {
        let mut series = Vec::new();
        for (name, of) in it.widget.options.names.iter().zip(&it.series) {
            series.push((name.clone(), *of));
        }
        Ok(trio(it.card(), series, it.context.page.freshness))
    }),
    ("disks", |it| {
        Ok(disks(
            it.card(),
            it.series.clone(),
            it.limits(),
            it.context.page.freshness,
        ))
    }),
    ("interfaces", |it| {
        let series = it.series.clone();
        Ok(interfaces(it.card(), series, it.context.page.freshness))
    }),
    ("temperatures", |it| {
        let series = it.series.clone();
        Ok(temperatures(it.card(), series, it.context.page.freshness))
    }),
    // No series: everything that programs report.
    ("reported", |it| {
        let Context { page, charts, host } = it.context;
        let filter = SeriesFilter::Reported { host: host.clone() };
        let series = page.shown.select_filtered(filter);
        Ok(reported(it.card(), series, *charts, it.note(Stream::Data)))
    }),
    ("alerts", |it| {
        let PageState { shown, clock, .. } = it.context.page;
        let note = it.note(Stream::Alerts);
        Ok(alerts(it.card(), shown, clock, note))
    }),
    ("feed", |it| {
        let page = it.context.page;
        let clear = Box::new(move || history::clear_feed(page));
        let note = it.note(Stream::Events);
        Ok(feed(&it.widget.title, it.handles(), clear, note))
    }),
    ("logs", |it| {
        Ok(logs(&it.widget.title, it.handles(), it.note(Stream::Logs)))
    }),
    ("processes", |it| {
        let PageState { shown, toasts, .. } = it.context.page;
        let note = it.note(Stream::Processes);
        Ok(processes(it.card(), &it.context.host, shown, toasts, note))
    }),
    // In another style than lines.
    ("chart", |it| {
        let reshape = match it.widget.options.style.as_deref() {
            Some("bars") => Some(as_bars as _),
            _ => None,
        };
        let plan = Plan {
            reshape,
            ..it.plan()
        };
        Ok(chart(it.context.charts, plan))
    }),
    ("value", |it| Ok(value(&it.source()))),
    ("gauge", |it| Ok(gauge(&it.source()))),
    ("bars", |it| Ok(bars(&it.source()))),
    ("table", |it| Ok(table(&it.source()))),
    ("heatmap", |it| Ok(heatmap(&it.source()))),
    ("hosts", |it| Ok(hosts(&it.source(), it.fleet()))),
    ("text", |it| Ok(text(&it.source()))),
    ("clock", |it| Ok(clock(&it.source()))),
    ("image", |it| Ok(image(&it.source()))),
];
