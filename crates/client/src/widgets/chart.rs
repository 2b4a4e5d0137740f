//! Lines over time, on canvases. `group` holds all charts of the page together: they share a viewport,
//! a cursor, and an animation frame. `canvas` is one chart's place, and knows what of it must be painted
//! anew; `renderer` paints. `controls` are loaded when they are first used.
//!
//! The geometry is computed by the `chart` crate.

mod palette;
mod plan;

mod raster;
mod renderer;

mod frame;
mod painted;

mod canvas;
mod movement;
mod overlay;

mod follow;
mod group;
mod paint;

mod cursor;
mod readings;

mod command;
mod controls;
mod input;

mod description;
mod legend;
mod save;
mod tools;

#[cfg(feature = "bench")]
mod bench;

#[cfg(feature = "bench")]
pub(crate) use bench::{ChartBench, bench_value};
pub(super) use command::NO_CURSOR;
pub(super) use description::write_table;
pub(crate) use group::{ChartContext, Charts};
pub(super) use legend::legend;
pub(super) use plan::SharedPlan;
pub(crate) use plan::{Of, Plan};
pub(crate) use tools::{TOOLS, time_bar};

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
    plan.draw(charts.context.shown, charts.context.playback);
    let plan = Arc::clone(plan);
    on_change(move || {
        if let Some(place) = place.get() {
            let element: &web_sys::Element = &place;
            charts.add(element.clone(), Arc::clone(&plan), hidden);
        }
    });
}
