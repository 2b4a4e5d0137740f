use crate::kit::fixed::fixed;
use crate::kit::text::live;
use crate::session::View;
use crate::widgets::{
    Charts, Opened, alerts, chart_tools, connection, counters, cpu, disk, disks, feed, host_charts,
    interfaces, load, logs, memory, network, past_buttons, past_places, player_place, processes,
    temperatures,
};
use leptos::prelude::*;

/// Everything about one host, the most telling first.
pub(crate) fn dashboard(view: View) -> impl IntoView {
    let charts = Charts::new(view);
    let opened = Opened::new();
    let when = live(move || if view.past.is_shown() { "past" } else { "now" }.into());
    let freshness = live(move || view.freshness.get().name().to_owned());
    view! {
        <main
            class=fixed("dashboard")
            id=fixed("content")
            tabindex=fixed("-1")
            data-freshness=freshness
            data-when=when
        >
            {cpu(view)} {memory(view)} {disk(view)} {network(view)}
            <div class=fixed("charts")>
                {chart_tools(charts, past_buttons(charts, opened))} {past_places(charts, opened)}
                {host_charts(charts)}
            </div>
            <div class=fixed("side")>{alerts(view)} {feed(view)}</div>
            {counters(charts)} {processes(view)}
            <div class=fixed("cells")>
                {load(view)} {disks(view)} {interfaces(view)} {temperatures(view)}
                {connection(view)}
            </div>
            {logs(view)}
        </main>
        {player_place(charts)}
    }
}
