use super::card::{card, stream_note};
use crate::format;
use crate::store::{Counter, Part, View};
use leptos::prelude::*;
use protocol::Stream;

/// The newest figure of each label that programs report.
pub(crate) fn counters(view: View) -> AnyView {
    let tiles = move || {
        view.read(Part::Counters, |knowledge| {
            knowledge.counters.iter().map(tile).collect::<Vec<_>>()
        })
    };
    let has_any = Signal::derive(move || {
        view.read(Part::Counters, |knowledge| {
            knowledge.counters.iter().next().is_some()
        })
    });
    let content = view! {
        <dl class="counters">{tiles}</dl>
        <p class="empty" hidden=has_any>
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
