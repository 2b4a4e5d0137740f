use super::chart::{Charts, Plan, Source, sparkline};
use super::notes::stream_note;
use crate::kit::card::card;
use crate::kit::fixed::fixed;
use crate::kit::format::ABSENT;
use crate::kit::keyed::keyed;
use crate::kit::more::More;
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::text::{live, when};
use crate::kit::text_content::text_content;
use crate::model::Part;
use chart::{Fit, Kind, quantity};
use leptos::prelude::*;
use protocol::Stream;

/// So many labels are shown at first.
const COUNTERS_SHOWN: usize = 24;

/// The figures of each label that programs report: the newest, and their past.
pub(crate) fn counters(charts: Charts) -> impl IntoView {
    let view = charts.view;
    let count = move || {
        view.read(Part::Counters, |knowledge| {
            knowledge.counters.iter().count()
        })
    };
    let bounds = More::new(count, COUNTERS_SHOWN);
    let ids = move || {
        let limit = bounds.limit();
        view.read(Part::Counters, |knowledge| {
            let counters = knowledge.counters.iter().take(limit);
            counters.map(|counter| counter.id.into()).collect()
        })
    };
    let overfull = move || view.read(Part::Counters, |knowledge| knowledge.counters.is_overfull());
    let content = view! {
        <dl class=fixed("counters") data-testid=fixed("counters")>
            {keyed(ids, move |id| tile(charts, id as u32))}
        </dl>
        {bounds.switch()}
        <p class=fixed("empty") hidden=when(move || !overfull())>
            "There are more labels than a page shows."
        </p>
        <p class=fixed("empty") hidden=when(move || count() > 0)>
            "No program has reported a figure yet."
        </p>
    };
    card(
        "counters",
        "Live data",
        stream_note(view, Stream::Data),
        content,
    )
}

fn tile(charts: Charts, id: u32) -> Piece {
    let names = charts.view.read_untracked(|knowledge| {
        let counter = knowledge.counters.get(id)?;
        Some((counter.label.clone(), counter.source.clone()))
    });
    let Some((label, source)) = names else {
        return ().into_piece();
    };
    let plan = Plan {
        name: "data-chart",
        title: "",
        source: Source::Label(id),
        fit: Fit::FromZero,
        kind: Kind::Plain,
        unit: "",
        thresholds: &[],
        filled: true,
        stacked: false,
    };
    let view = charts.view;
    let figure = live(move || {
        view.read(Part::Counters, |knowledge| {
            let counter = knowledge.counters.get(id);
            let value = counter.and_then(|it| Some((it.value?, &it.unit)));
            value.map_or(ABSENT.into(), |(value, unit)| {
                quantity(value, plan.kind, unit)
            })
        })
    });
    view! {
        <div class=fixed("counter") data-testid=fixed("counter")>
            <dt class=fixed("clip") title=source>
                {label}
            </dt>
            <dd class=fixed("counter-figure") {..text_content(figure)}></dd>
            <dd>{sparkline(charts, plan)}</dd>
        </div>
    }
    .into_piece()
}
