use crate::store::{Freshness, View};
use crate::widgets::{
    counters, cpu, cpu_and_memory_chart, disk, disks, feed, interfaces, load, memory, network,
    network_chart, temperatures,
};
use leptos::prelude::*;

/// Everything about one host, the most telling first.
pub(crate) fn dashboard(view: View) -> AnyView {
    let freshness = move || match view.fresh.get() {
        Freshness::Empty => "empty",
        Freshness::Fresh => "fresh",
        Freshness::Stale { .. } => "stale",
    };
    view! {
        <main class="dashboard" id="content" tabindex="-1" data-freshness=freshness>
            {cpu(view)} {memory(view)} {disk(view)} {network(view)} {cpu_and_memory_chart(view)}
            {feed(view)} {network_chart(view)} {counters(view)} {load(view)} {disks(view)}
            {interfaces(view)} {temperatures(view)}
        </main>
    }
    .into_any()
}
