use super::card::{card, sample_note};
use super::disk::hidden_unless;
use super::icon::{self, icon};
use super::reading::{of_sample, reading, reason};
use crate::format;
use crate::store::View;
use leptos::prelude::*;
use protocol::Interface;

pub(crate) fn network(view: View) -> AnyView {
    let sent = of_sample(view, |sample| sample.network_sent);
    let recv = of_sample(view, |sample| sample.network_recv);
    let rate = |rate: Signal<Option<u64>>| {
        Signal::derive(move || rate.get().map(|rate| format::rate(rate as f64)))
    };
    let content = view! {
        <div class="pair">
            <div>
                {reading("network-recv", rate(recv))} <p class="pair-name">{icon(icon::DOWN)} "received"</p>
            </div>
            <div>
                {reading("network-sent", rate(sent))} <p class="pair-name">{icon(icon::UP)} "sent"</p>
            </div>
        </div>
        <div class="detail">
            <p>{move || reason(view, sent).unwrap_or_default()}</p>
        </div>
    };
    card("network", "Network", sample_note(view), content.into_any())
}

/// Each interface, where the host has any to show.
pub(crate) fn interfaces(view: View) -> AnyView {
    let interfaces = of_sample(view, |sample| Some(sample.interfaces.clone()));
    let interfaces = move || interfaces.get().unwrap_or_default();
    let rows = move || interfaces().into_iter().map(row).collect_view();
    let content = view! { <ul class="rows">{rows}</ul> }.into_any();
    let card = card("interfaces", "Interfaces", sample_note(view), content);
    hidden_unless(move || !interfaces().is_empty(), card)
}

fn row(interface: Interface) -> AnyView {
    let rates = format!(
        "↓ {}  ↑ {}",
        format::rate(interface.recv as f64).joined(),
        format::rate(interface.sent as f64).joined()
    );
    let totals = format!(
        "{} received, {} sent",
        format::bytes(interface.recv_total_bytes as f64).joined(),
        format::bytes(interface.sent_total_bytes as f64).joined()
    );
    view! {
        <li class="row">
            <span class="row-name clip">{interface.name}</span>
            <span class="row-value">{rates}</span>
            <span class="row-detail">{totals}</span>
        </li>
    }
    .into_any()
}
