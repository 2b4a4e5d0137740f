//! Lines over time, on canvases. `desk` holds all charts of the page together: they share a view
//! onto time, a cursor, and an animation frame. `sheet` is one chart's place, and knows what of it
//! must be painted anew; `ink` paints.
//!
//! What is where is the business of the `chart` crate.

mod gesture;
mod keys;
mod palette;
mod plan;

mod ink;
mod raster;
mod sheet;

mod desk;

mod asked;
mod obey;

mod hear;
mod tip;

mod legend;
mod save;
mod tools;
mod words;

#[cfg(feature = "bench")]
mod bench;

#[cfg(feature = "bench")]
pub(crate) use bench::{ChartBench, bench_value};
pub(crate) use desk::Charts;
pub(super) use legend::legend;
pub(super) use plan::SharedPlan;
pub(crate) use plan::{Of, Plan};
pub(crate) use tools::{TOOLS, chart_tools};
pub(super) use words::write_table;

use crate::kit::state::State;
use crate::kit::text::on_change;
use leptos::html::Div;
use leptos::prelude::*;
use std::sync::Arc;

/// A small one.
pub(super) fn sparkline(charts: Charts, plan: Plan) -> impl IntoView {
    let place = NodeRef::<Div>::new();
    register(charts, &Arc::new(plan), State::new(0), place);
    view! { <div class="chart sparkline" node_ref=place aria-hidden="true"></div> }
}

/// Has a chart drawn in a place, as soon as that is on the page.
pub(super) fn register(charts: Charts, plan: &SharedPlan, hidden: State<u32>, place: NodeRef<Div>) {
    plan.draw(charts.view);
    let plan = Arc::clone(plan);
    on_change(move || {
        if let Some(place) = place.get() {
            let element: &web_sys::Element = &place;
            charts.add(element.clone(), Arc::clone(&plan), hidden);
        }
    });
}
