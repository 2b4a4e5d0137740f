use crate::store::{Freshness, View};
use crate::widgets::{
    counters, cpu, disk, disks, feed, history, interfaces, load, memory, network, temperatures,
    traffic,
};
use leptos::prelude::*;

/// Everything about one host, the most telling first.
pub(crate) fn dashboard(view: View) -> impl IntoView {
    let freshness = Signal::derive(move || match view.freshness.get() {
        Freshness::Empty => "empty".to_owned(),
        Freshness::Fresh => "fresh".to_owned(),
        Freshness::Stale { .. } => "stale".to_owned(),
    });
    view! {
        <main class="dashboard" id="content" tabindex="-1" data-freshness=freshness>
            {cpu(view)} {memory(view)} {disk(view)} {network(view)} {history(view)}
            {feed(view)} {traffic(view)} {counters(view)} <div class="cells">{load(view)} {disks(view)}
            {interfaces(view)} {temperatures(view)}</div>
        </main>
    }
}
