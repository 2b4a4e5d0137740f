use super::card::{card, stream_note};
use super::more::More;
use crate::format;
use crate::store::{Counter, Part, View};
use crate::text::when;
use leptos::prelude::*;
use protocol::Stream;

/// So many labels are shown at first.
const COUNTERS_SHOWN: usize = 24;

/// The newest figure of each label that programs report.
pub(crate) fn counters(view: View) -> impl IntoView {
    let count = move || {
        view.read(Part::Counters, |knowledge| {
            knowledge.counters.iter().count()
        })
    };
    let bounds = More::new(count, COUNTERS_SHOWN);
    let tiles = move || {
        view.read(Part::Counters, |knowledge| {
            let counters = knowledge.counters.iter().take(bounds.limit());
            counters.map(tile).collect::<Vec<_>>()
        })
    };
    let content = view! {
        <dl class="counters" data-testid="counters">{tiles}</dl>
        {bounds.switch()}
        <p class="empty" hidden=when(move || count() > 0)>
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

fn tile(counter: &Counter) -> impl IntoView + use<> {
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
}
