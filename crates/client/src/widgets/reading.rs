use crate::format::{self, Quantity};
use crate::store::{Part, View};
use leptos::prelude::*;
use protocol::Metrics;

/// A large figure with its unit, or a dash.
pub(super) fn reading(test_id: &'static str, quantity: Signal<Option<Quantity>>) -> AnyView {
    let figure = move || match quantity.get() {
        Some(quantity) => quantity.figure,
        None => format::ABSENT.into(),
    };
    let unit = move || quantity.get().map_or("", |quantity| quantity.unit);
    view! {
        <p class="reading" data-testid=test_id>
            <span class="reading-figure">{figure}</span>
            " "
            <span class="reading-unit">{unit}</span>
        </p>
    }
    .into_any()
}

pub(super) fn percent(value: f64) -> Quantity {
    Quantity {
        figure: format::fixed(value, 1),
        unit: "%",
    }
}

/// Something of the newest sample, if there is one and it has that.
pub(super) fn of_sample<T: Send + Sync + 'static>(
    view: View,
    look: fn(&Metrics) -> Option<T>,
) -> Signal<Option<T>> {
    Signal::derive(move || {
        view.read(Part::Samples, |knowledge| {
            knowledge.samples.latest().and_then(look)
        })
    })
}

/// Why a figure is absent; nothing if it is there.
pub(super) fn reason<T: Send + Sync + 'static>(
    view: View,
    value: Signal<Option<T>>,
) -> Option<&'static str> {
    if value.with(Option::is_some) {
        return None;
    }
    let has_sample = view.read(Part::Samples, |k| k.samples.latest().is_some());
    Some(if has_sample {
        "This host does not report it"
    } else {
        "Waiting for the first sample"
    })
}
