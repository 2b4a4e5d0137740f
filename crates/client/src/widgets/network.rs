use super::card::{card, sample_note};
use super::icon::{self, icon};
use super::reading::{reading, reason};
use crate::fixed::fixed;
use crate::format::{self, Quantity};
use crate::store::View;
use crate::text::live;
use crate::text_content::text_content;
use leptos::prelude::*;
use protocol::{Interface, Metrics};

/// What goes over the network, in both directions.
pub(crate) fn network(view: View) -> impl IntoView {
    let rate = |rate: Option<u64>| rate.map(|rate| format::rate(rate as f64));
    let direction = move |test_id,
                          name: &'static str,
                          path,
                          look: fn(&Metrics) -> Option<u64>,
                          total: fn(&Interface) -> u64| {
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
                |interface| interface.recv_total_bytes,
            )}
            {direction(
                "network-sent",
                "sent",
                icon::UP,
                |sample| sample.network_sent,
                |interface| interface.sent_total_bytes,
            )}
        </div>
        <p class=fixed("detail") {..text_content(absent)}></p>
    };
    card("network", "Network", sample_note(view), content)
}

/// What went through all interfaces together since the host started.
fn in_all(view: View, total: fn(&Interface) -> u64) -> String {
    let bytes = view.sample(|sample| {
        let totals = sample.interfaces.iter().map(total);
        totals.reduce(u64::saturating_add)
    });
    bytes.map_or(String::new(), |bytes| {
        format!("{} in all", format::bytes(bytes as f64).joined())
    })
}
