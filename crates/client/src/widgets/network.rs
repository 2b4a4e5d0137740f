use super::notes::sample_note;
use super::reading::{reading, reason};
use crate::kit::card::card;
use crate::kit::fixed::fixed;
use crate::kit::format::{self, Quantity};
use crate::kit::icon;
use crate::kit::icon::icon;
use crate::kit::text::live;
use crate::kit::text_content::text_content;
use crate::session::View;
use leptos::prelude::*;
use protocol::Metrics;

/// What goes over the network, in both directions.
pub(crate) fn network(view: View) -> impl IntoView {
    let rate = |rate: Option<u64>| rate.map(|rate| format::rate(rate as f64));
    let direction = move |test_id,
                          name: &'static str,
                          path,
                          look: fn(&Metrics) -> Option<u64>,
                          total: fn(&Metrics) -> Option<u64>| {
        let look = move |sample: &Metrics| -> Option<Quantity> { rate(look(sample)) };
        view! {
            <div>
                {reading(view, test_id, look)} <p class=fixed("pair-name")>{icon(path)} {name}</p>
                <p class=fixed("pair-total") {..text_content(live(move || in_all(view, total)))}></p>
            </div>
        }
    };
    let absent = live(move || match view.sample(|sample| sample.network_sent) {
        Some(_) => String::new(),
        None => reason(view),
    });
    let content = view! {
        <div class=fixed("pair")>
            {direction(
                "network-recv",
                "received",
                icon::DOWN,
                |sample| sample.network_recv,
                |sample| sample.network_recv_total_bytes,
            )}
            {direction(
                "network-sent",
                "sent",
                icon::UP,
                |sample| sample.network_sent,
                |sample| sample.network_sent_total_bytes,
            )}
        </div>
        <p class=fixed("detail") {..text_content(absent)}></p>
    };
    card("network", "Network", sample_note(view), content)
}

/// What went over the interfaces that the rate counts, since they came up.
fn in_all(view: View, total: fn(&Metrics) -> Option<u64>) -> String {
    view.sample(total).map_or(String::new(), |bytes| {
        format!("{} in all", format::bytes(bytes as f64).joined())
    })
}
