use crate::store::View;
use crate::text::live;
use crate::widgets::{
    alerts, connection, counters, cpu, disk, disks, feed, history, interfaces, load, logs, memory,
    network, processes, temperatures, traffic,
};
use leptos::prelude::*;

/// Everything about one host, the most telling first.
pub(crate) fn dashboard(view: View) -> impl IntoView {
    let freshness = live(move || view.freshness.get().name().to_owned());
    view! {
        <main class="dashboard" id="content" tabindex="-1" data-freshness=freshness>
            {cpu(view)} {memory(view)} {disk(view)} {network(view)}
            <div class="charts">{history(view)} {traffic(view)}</div>
            <div class="side">{alerts(view)} {feed(view)}</div>
            {counters(view)} {processes(view)}
            <div class="cells">
                {load(view)} {disks(view)} {interfaces(view)} {temperatures(view)}
                {connection(view)}
            </div>
            {logs(view)}
        </main>
    }
}
