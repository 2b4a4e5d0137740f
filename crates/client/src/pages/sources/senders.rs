use crate::kit::format::{grouped, plain, sentence};
use crate::kit::piece::{IntoPiece, Piece};
use crate::pages::age::age_text;
use leptos::prelude::*;
use protocol::source_info::{LabelInfo, SenderInfo, SourceList};

/// Who sends, the most recent first.
pub(super) fn senders(list: &SourceList) -> Piece {
    if list.senders.is_empty() {
        return view! {
            <p class="account-note" data-testid="no-senders">
                "Nothing was sent since the start. Examples are below."
            </p>
        }
        .into_piece();
    }
    let mut items = Vec::new();
    for sender in &list.senders {
        items.push(item(sender, list.now_ms));
    }
    let cut = match list.senders_cut {
        0 => String::new(),
        cut => [
            &grouped(cut),
            " more were forgotten: those that were silent for the longest.",
        ]
        .concat(),
    };
    view! {
        <ul class="entries">{items}</ul>
        <p class="account-note">{cut}</p>
    }
    .into_piece()
}

fn item(sender: &SenderInfo, now_ms: i64) -> Piece {
    let format = match sender.input.as_str() {
        "json" => "JSON",
        "influx" => "InfluxDB",
        "prometheus" => "Prometheus remote write",
        "otlp" => "OpenTelemetry",
        "statsd" => "StatsD",
        "heartbeat" => "Heartbeat",
        _ => "Other",
    };
    let name = match &sender.source {
        Some(source) => [source, " · ", &sender.sender].concat(),
        None => sender.sender.clone(),
    };
    let rejected = sender.rejected.as_deref().map(|why| {
        let ago = sender.rejected_ms.map(|at_ms| {
            let ago = age_text(now_ms.saturating_sub(at_ms) as f64);
            ["Rejected ", &ago, " ago: "].concat()
        });
        let text = [ago.unwrap_or_default(), sentence(why)].concat();
        view! { <p class="check-error" translate="no" data-testid="sender-rejected">{text}</p> }
    });
    view! {
        <li class="entry" data-testid="sender">
            <p class="entry-name">{format} " " <span translate="no">{name}</span></p>
            <p class="entry-facts">{facts(sender, now_ms)}</p>
            {rejected}
        </li>
    }
    .into_piece()
}

fn facts(sender: &SenderInfo, now_ms: i64) -> String {
    let ago = age_text(now_ms.saturating_sub(sender.seen_ms) as f64);
    let mut facts = vec![
        ["seen ", &ago, " ago"].concat(),
        [&plain(sender.accepted_per_s, 1), " values/s"].concat(),
        [&grouped(sender.accepted_count), " accepted"].concat(),
    ];
    if sender.rejected_count > 0 {
        facts.push([&grouped(sender.rejected_count), " rejected"].concat());
    }
    if sender.refused_count > 0 {
        facts.push([&grouped(sender.refused_count), " requests refused"].concat());
    }
    if let Some(series) = sender.series {
        facts.push([&grouped(series), " series of this format"].concat());
    }
    facts.join(" · ")
}

/// What multiplies series.
pub(super) fn labels(list: &SourceList) -> Piece {
    if list.labels.is_empty() {
        return view! { <p class="account-note">"No active series of programs has labels."</p> }
            .into_piece();
    }
    let mut facts = Vec::new();
    for LabelInfo {
        label,
        values,
        series,
    } in &list.labels
    {
        let text = [
            &grouped(*values),
            " values in ",
            &grouped(*series),
            " series",
        ]
        .concat();
        facts.push(view! {
            <div class="fact" data-testid="label">
                <dt class="wraps" translate="no">{label.clone()}</dt>
                <dd>{text}</dd>
            </div>
        });
    }
    let cut = match list.labels_cut {
        0 => String::new(),
        cut => [&grouped(cut), " more labels have fewer values."].concat(),
    };
    view! {
        <dl class="facts column">{facts}</dl>
        <p class="account-note">{cut}</p>
    }
    .into_piece()
}
