use super::bar::{bar, bars};
use super::card::{card, sample_note};
use super::reading::{of_sample, percent, reading, reason};
use crate::store::View;
use leptos::prelude::*;

pub(crate) fn cpu(view: View) -> AnyView {
    let busy = of_sample(view, |sample| sample.cpu);
    let cores = of_sample(view, |sample| Some(sample.cores.clone()));
    let cores = Signal::derive(move || cores.get().unwrap_or_default());
    let detail = move || match (reason(view, busy), cores.with(Vec::len)) {
        (Some(reason), _) => reason.to_owned(),
        (None, 0) => String::new(),
        (None, 1) => "1 core".to_owned(),
        (None, count) => format!("{count} cores"),
    };
    let content = view! {
        {reading("cpu-value", Signal::derive(move || busy.get().map(percent)))}
        {bar(busy)}
        <div class="detail">
            <p>{detail}</p>
            <Show when=move || !cores.with(Vec::is_empty)>{bars(cores)}</Show>
        </div>
    };
    card("cpu", "CPU", sample_note(view), content.into_any())
}
