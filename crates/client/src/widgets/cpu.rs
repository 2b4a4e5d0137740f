use super::bar::bars;
use super::card::{card, sample_note};
use super::gauge::gauge;
use super::reading::{reading, reason};
use crate::fixed::fixed;
use crate::format;
use crate::store::View;
use crate::text::live;
use crate::text_content::text_content;
use leptos::prelude::*;
use protocol::Metrics;

/// The dial of all cores, and a small bar for each.
pub(crate) fn cpu(view: View) -> impl IntoView {
    let cores = move || {
        let cores = view.sample(|sample| Some(sample.cores.clone()));
        cores.unwrap_or_default()
    };
    let busiest = live(move || {
        let busiest = cores().into_iter().reduce(f64::max);
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
    match sample.cores.len() {
        0 => String::new(),
        1 => "1 core".into(),
        count => format!("{count} cores"),
    }
}
