use crate::kit::fixed::fixed;
use crate::kit::format::{self, Quantity};
use crate::kit::text::live;
use crate::kit::text_content::text_content;
use crate::model::Part;
use crate::session::View;
use leptos::prelude::*;
use protocol::Metrics;

/// A large figure with its unit, or a dash.
pub(super) fn reading(
    view: View,
    test_id: &'static str,
    look: impl Fn(&Metrics) -> Option<Quantity> + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let figure = live(move || {
        let quantity = view.sample(look);
        quantity.map_or(format::ABSENT.into(), |quantity| quantity.figure)
    });
    let unit = live(move || {
        let quantity = view.sample(look);
        quantity.map_or(String::new(), |quantity| quantity.unit.into())
    });
    view! {
        <p class=fixed("reading") data-testid=fixed(test_id)>
            <span class=fixed("reading-figure") {..text_content(figure)}></span>
            " "
            <span class=fixed("reading-unit") {..text_content(unit)}></span>
        </p>
    }
}

/// Why a figure is absent: a dash alone would leave that open.
pub(super) fn reason(view: View) -> String {
    let has_sample = view.read(Part::Samples, |k| k.samples.latest().is_some());
    if view.past.is_shown() && !has_sample {
        "Nothing was sampled then".into()
    } else if has_sample {
        "This host does not report it".into()
    } else {
        "Waiting for the first sample".into()
    }
}
