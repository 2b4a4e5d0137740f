use crate::kit::format::{self, Quantity};
use crate::kit::state::State;
use crate::kit::text::{Number, live};
use crate::kit::text_content::text_content;
use crate::model::Freshness;
use leptos::prelude::*;

/// A large number with its unit, or a dash.
pub(super) fn reading(test_id: String, value: Number, write: fn(f64) -> Quantity) -> impl IntoView {
    let of = Number::clone(&value);
    let number = live(move || {
        let quantity = of().map(write);
        quantity.map_or(format::ABSENT.into(), |quantity| quantity.number)
    });
    let unit = live(move || {
        let quantity = value().map(write);
        quantity.map_or(String::new(), |quantity| quantity.unit.into())
    });
    view! {
        <p class="reading" data-testid=test_id>
            <span class="reading-value" {..text_content(number)}></span>
            " "
            <span class="reading-unit" {..text_content(unit)}></span>
        </p>
    }
}

/// Why a value is absent, beside the dash.
pub(super) fn reason(freshness: State<Freshness>) -> String {
    match freshness.get() {
        Freshness::Unsampled => "No data at this time",
        Freshness::Empty => "Waiting for data…",
        Freshness::Fresh | Freshness::Stale { .. } | Freshness::Off => {
            "This host does not report it"
        }
    }
    .into()
}

/// How much of something is used, both in bytes.
pub(super) fn space(used: Option<f64>, total: Option<f64>) -> Option<String> {
    let (used, total) = (
        format::bytes(used?).joined(),
        format::bytes(total?).joined(),
    );
    Some(format!("{used} of {total}"))
}
