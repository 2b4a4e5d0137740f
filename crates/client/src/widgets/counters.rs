use super::card::{card, stream_note};
use crate::format;
use crate::store::{Counter, Part, View};
use leptos::prelude::*;

/// The newest figure of each label that programs report.
pub(crate) fn counters(view: View) -> AnyView {
    let counters = move || {
        view.read(Part::Counters, |knowledge| {
            knowledge.counters.iter().map(tile).collect_view()
        })
    };
    let is_empty = move || {
        view.read(Part::Counters, |knowledge| {
            knowledge.counters.iter().next().is_none()
        })
    };
    let content = view! {
        <dl class="counters">{counters}</dl>
        <p class="empty" hidden=move || !is_empty()>
            "No program has reported a figure yet."
        </p>
    };
    card(
        "counters",
        "Live data",
        stream_note(view),
        content.into_any(),
    )
}

fn tile(counter: &Counter) -> AnyView {
    let quantity = format::figure(counter.value);
    let unit = format!("{}{}", quantity.unit, counter.unit);
    view! {
        <div class="counter">
            <dt class="clip" title=counter.source.clone()>
                {counter.label.clone()}
            </dt>
            <dd>
                <span class="counter-figure">{quantity.figure}</span>
                " "
                <span class="counter-unit">{unit}</span>
            </dd>
        </div>
    }
    .into_any()
}
