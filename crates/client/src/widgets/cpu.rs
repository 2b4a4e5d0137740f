use super::notes::sample_note;
use super::reading::{reading, reason};
use crate::kit::bar::bars;
use crate::kit::card::card;
use crate::kit::fixed::fixed;
use crate::kit::format;
use crate::kit::gauge::gauge;
use crate::kit::text::live;
use crate::kit::text_content::text_content;
use crate::session::View;
use leptos::prelude::*;
use protocol::Metrics;

/// The dial of all cores, and a small bar for each.
pub(crate) fn cpu(view: View) -> impl IntoView {
    let cores = move || {
        let cores = view.sample(|sample| Some(sample.cores.clone()));
        cores.unwrap_or_default()
    };
    let busiest = live(move || {
        let busiest = cores().into_iter().flatten().reduce(f64::max);
        busiest.map_or(String::new(), |percent| {
            format!("busiest {}", format::percent(percent).joined())
        })
    });
    let count = live(move || match view.sample(|sample| sample.cpu) {
        Some(_) => view
            .sample(|sample| Some(core_count(sample)))
            .unwrap_or_default(),
        None => reason(view),
    });
    let content = view! {
        <div class=fixed("cpu-parts")>
            <div class=fixed("dial")>
                {gauge(move || view.sample(|sample| sample.cpu))}
                {reading(view, "cpu-value", |sample| sample.cpu.map(format::percent))}
            </div>
            <div class=fixed("cores")>
                {bars(cores)}
                <div class=fixed("detail")>
                    <p {..text_content(count)}></p>
                    <p {..text_content(busiest)}></p>
                </div>
            </div>
        </div>
    };
    card("cpu", "CPU", sample_note(view), content)
}

fn core_count(sample: &Metrics) -> String {
    // Those that are offline have a place in the list, but no figure.
    match sample.cores.iter().flatten().count() {
        0 => String::new(),
        1 => "1 core".into(),
        count => format!("{count} cores"),
    }
}
