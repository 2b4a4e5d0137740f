use super::bar::bar;
use super::card::{card, sample_note};
use super::reading::{of_sample, percent, reading, reason};
use crate::format;
use crate::store::View;
use leptos::prelude::*;
use protocol::Memory;

pub(crate) fn memory(view: View) -> AnyView {
    let used = of_sample(view, |sample| sample.memory);
    let bytes = of_sample(view, |sample| sample.memory_bytes);
    let swap = of_sample(view, |sample| sample.swap);
    let swap_bytes = of_sample(view, |sample| sample.swap_bytes);
    let detail = move || match (reason(view, used), bytes.get()) {
        (Some(reason), _) => reason.to_owned(),
        (None, Some(bytes)) => of_total(bytes),
        (None, None) => String::new(),
    };
    let swap_text = move || match (swap.get(), swap_bytes.get()) {
        (Some(_), Some(bytes)) => format!("Swap {}", of_total(bytes)),
        (Some(swap), None) => format!("Swap {}", percent(swap).joined()),
        (None, _) => "No swap".to_owned(),
    };
    let content = view! {
        {reading("memory-value", Signal::derive(move || used.get().map(percent)))}
        {bar(used)}
        <div class="detail">
            <p>{detail}</p>
            <p>{swap_text}</p>
        </div>
    };
    card("memory", "Memory", sample_note(view), content.into_any())
}

pub(super) fn of_total(memory: Memory) -> String {
    let used = format::bytes(memory.used as f64).joined();
    let total = format::bytes(memory.total as f64).joined();
    format!("{used} of {total}")
}
