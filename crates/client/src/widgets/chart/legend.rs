use super::group::Charts;
use super::overlay::SWATCHES;
use super::plan::{Hidden, Plan, SharedPlan};
use crate::kit::format::ABSENT;
use crate::kit::keyed::keyed;
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::state::State;
use crate::kit::text::live;
use crate::kit::text_content::text_content;
use chart::{nearest, quantity};
use leptos::prelude::*;
use std::sync::Arc;

/// The names of the lines and their values: at the cursor, of the moment that the page shows, or the
/// newest. A line is switched off and on by its name.
pub(in crate::widgets) fn legend(
    charts: Charts,
    plan: &SharedPlan,
    hidden: State<Hidden>,
) -> impl IntoView + use<> {
    let of = Arc::clone(plan);
    let indices = move || {
        of.read(charts.context.shown, |model| {
            let mut indices = Vec::new();
            for line in of.lines(model, 0) {
                indices.push(line.index as u64);
            }
            indices
        })
    };
    let of = Arc::clone(plan);
    let item = move |index| item(charts, &of, hidden, index as usize);
    view! { <ul class="legend">{keyed(indices, item)}</ul> }
}

fn item(charts: Charts, plan: &SharedPlan, hidden: State<Hidden>, index: usize) -> Piece {
    let of = Arc::clone(plan);
    let name = live(move || {
        of.read(charts.context.shown, |model| {
            let lines = of.lines(model, !(1 << index));
            lines.first().map_or(String::new(), |line| line.name.text())
        })
    });
    let bit = 1 << index;
    let toggle = move || {
        hidden.set(hidden.get_untracked() ^ bit);
        charts.request();
    };
    let shown = live(move || match hidden.get() & bit {
        0 => "true".into(),
        _ => "false".into(),
    });
    let of = Arc::clone(plan);
    let value = live(move || value(charts, &of, index));
    view! {
        <li>
            <button
                class="legend-item"
                type="button"
                data-testid="legend"
                aria-pressed=shown
                on:click=move |_| toggle()
            >
                <span class=SWATCHES[index % SWATCHES.len()]></span>
                <span class="clip" {..text_content(name)}></span>
                <span class="legend-value" {..text_content(value)}></span>
            </button>
        </li>
    }
    .into_piece()
}

/// A line's value at the cursor; else at the end of the time range, if the charts are held; else what the rest of
/// the page shows, too.
fn value(charts: Charts, plan: &Plan, index: usize) -> String {
    let cursor = charts.cursor().or_else(|| charts.held_end());
    plan.read(charts.context.shown, |model| {
        let lines = plan.lines(model, !(1 << index));
        let value = lines.first().and_then(|line| match cursor {
            Some(cursor) => nearest(line.series, cursor.at_ms, cursor.tolerance_ms)?.value,
            None => line.value,
        });
        let text = |value| quantity(value, plan.kind, &plan.unit(model));
        value.map_or(ABSENT.into(), text)
    })
}
