use super::chart::{Charts, Of, Plan, sparkline};
use crate::kit::card::card;
use crate::kit::format::ABSENT;
use crate::kit::keyed::keyed;
use crate::kit::more::More;
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::text::{live, when};
use crate::kit::text_content::text_content;
use crate::session::SeriesHandle;
use chart::{Fit, Kind, quantity};
use leptos::prelude::*;
use protocol::Unit;

/// So many series are shown at first.
const SHOWN: usize = 24;

/// Series at most; the card says when there are more.
const SHOWN_MAX: usize = 100;

/// What programs report: the newest value of each series, and its line.
pub(crate) fn reported(
    (name, title): (&str, &str),
    series: SeriesHandle,
    charts: Charts,
    note: Signal<String>,
) -> Piece {
    let all = move || series.read(|lines| lines.iter().filter(|line| line.is_known).count());
    let bounds = More::new(move || all().min(SHOWN_MAX), SHOWN);
    let ids = move || {
        let limit = bounds.limit().min(SHOWN_MAX);
        series.read(|lines| {
            let mut ids = Vec::new();
            for line in lines.iter().filter(|line| line.is_known) {
                if ids.len() < limit {
                    ids.push(line.id);
                }
            }
            ids
        })
    };
    let content = view! {
        <dl class="counters" data-testid="counters">
            {keyed(ids, move |id| tile(series, charts, id))}
        </dl>
        {bounds.switch()}
        <p class="empty" hidden=when(move || all() <= SHOWN_MAX)>
            "Showing the first 100 metrics"
        </p>
        <p class="empty" hidden=when(move || all() > 0)>
            "No custom metrics yet. Programs send them to /api/v1/ingest."
        </p>
    };
    card(name, title, note, content)
}

fn tile(series: SeriesHandle, charts: Charts, id: u64) -> Piece {
    let names = untrack(|| {
        series.read(|lines| {
            let line = lines.iter().find(|line| line.id == id)?;
            let mut others = String::new();
            for (_, value) in line.key.labels.iter() {
                if !others.is_empty() {
                    others.push_str(" · ");
                }
                others.push_str(value);
            }
            Some((line.key.name.clone(), others))
        })
    });
    let Some((label, others)) = names else {
        return ().into_piece();
    };
    let of = Of {
        only: Some(id),
        ..Of::from(series)
    };
    let plan = Plan::sparkline("data-chart", vec![of], Fit::FromZero);
    let value = live(move || {
        series.read(|lines| {
            let line = lines.iter().find(|line| line.id == id);
            let value = line.and_then(|line| Some((line.value?, line.unit)));
            value.map_or(ABSENT.into(), |(value, unit)| {
                quantity(value, Kind::Plain, unit.map_or("", Unit::as_str))
            })
        })
    });
    view! {
        <div class="counter" data-testid="counter">
            <dt class="clip" title=others>
                {label}
            </dt>
            <dd class="counter-value" {..text_content(value)}></dd>
            <dd>{sparkline(charts, plan)}</dd>
        </div>
    }
    .into_piece()
}
