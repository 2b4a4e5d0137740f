//! The last hour, from the series that the server records of itself.

use super::Server;
use crate::kit::browser::{Timer, is_visible, monotonic_ms, now_ms, uri_component};
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::state::State;
use crate::session::api;
use chart::{Kind, quantity};
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::server_info::series;
use protocol::{Labels, Unit};
use serde::Deserialize;

const HOUR_MS: f64 = 3_600_000.0;

/// How often it is asked for, in milliseconds: as often as it is recorded.
const EVERY_MS: f64 = 10_000.0;

/// What is shown, and its name.
const SHOWN: [[&str; 2]; 9] = [
    [series::CPU, "CPU, of one core"],
    [series::MEMORY, "Memory"],
    [series::VIEWERS, "Viewers"],
    [series::DELIVERIES, "Messages sent"],
    [series::SENT_BYTES, "Traffic to viewers"],
    [series::LAG, "Messages the slowest viewer is behind"],
    [series::COMMIT_P99, "Commit, 99 % within"],
    [series::STORE, "Store on disk"],
    [series::SERIES, "Active series"],
];

/// What is read of the response to a query.
#[derive(Clone, PartialEq, Deserialize)]
struct QueryResponse {
    columns: Vec<Column>,
}

#[derive(Clone, PartialEq, Deserialize)]
struct Column {
    host: String,
    name: String,
    labels: Labels,
    unit: Option<String>,
    values: Vec<Option<f64>>,
}

pub(super) fn history(server: Server) -> Piece {
    let columns = State::new(None::<Vec<Column>>);
    let timer = StoredValue::new_local(None);
    on_cleanup(move || timer.dispose());
    ask(server, columns, timer);
    let view = move || match columns.get() {
        _ if server.is(|it| !it.has_history) => note(
            "Nothing is recorded: the setting self_metrics is false, or this server stores nothing.",
        ),
        None => note("Loading…"),
        Some(columns) if columns.is_empty() => {
            note("No data yet. The first values come 10 s after the start.")
        }
        Some(columns) => charts(&columns),
    };
    view.into_piece()
}

fn note(text: &'static str) -> Piece {
    view! { <p class="account-note" data-testid="no-history">{text}</p> }.into_piece()
}

/// Asks now, and every few seconds while the page is visible and exists. Without an answer, what is shown stays.
fn ask(
    server: Server,
    columns: State<Option<Vec<Column>>>,
    timer: StoredValue<Option<Timer>, LocalStorage>,
) {
    spawn_local(async move {
        let host = server.read_untracked(|it| it.host.clone());
        let soon = host.is_none();
        if let Some(host) = host.filter(|_| is_visible())
            && let Some(response) = fetch(&host).await
        {
            columns.set(Some(response));
        }
        let wait_ms = if soon { 500.0 } else { EVERY_MS };
        let next = Timer::at(monotonic_ms() + wait_ms, move || {
            ask(server, columns, timer);
        });
        // After the page is gone there is no place for it.
        let _ = timer.try_set_value(next);
    });
}

async fn fetch(host: &str) -> Option<Vec<Column>> {
    let names = SHOWN.map(|[series, _]| series).join("|");
    // Those of other servers, which are scraped, have more labels.
    let selector = ["{__name__=~\"", &names, "\",job=\"\"}"].concat();
    let from_ms = (now_ms() - HOUR_MS) as i64;
    let request = [
        "query?points=180&series=",
        &uri_component(&selector),
        "&from=",
        &from_ms.to_string(),
    ];
    let response = match api::get(&request.concat()).await {
        Ok(response) => response,
        // Nothing is recorded yet.
        Err(refusal) if refusal.status == Some(404) => return Some(Vec::new()),
        Err(_) => return None,
    };
    let response = api::read::<QueryResponse>(&response).ok()?;
    let own = response.columns.into_iter();
    let own = own.filter(|it| it.labels.is_empty() && it.host == host);
    Some(own.collect())
}

fn charts(columns: &[Column]) -> Piece {
    let mut figures = Vec::new();
    for [name, title] in SHOWN {
        let Some(column) = columns.iter().find(|it| it.name == name) else {
            continue;
        };
        if let Some(figure) = figure(title, column) {
            figures.push(figure);
        }
    }
    view! { <div class="server-charts" data-testid="server-charts">{figures}</div> }.into_piece()
}

/// A line of the hour, with its newest, lowest and highest value.
fn figure(title: &'static str, column: &Column) -> Option<Piece> {
    let known = || column.values.iter().flatten().copied();
    let newest = known().last()?;
    let (min, max) = known().fold((f64::INFINITY, f64::NEG_INFINITY), |(min, max), it| {
        (min.min(it), max.max(it))
    });
    let unit = column.unit.as_deref().and_then(Unit::new);
    let unit = unit.as_ref().map_or("", Unit::as_str);
    // A p99 of milliseconds is no zero of seconds.
    let (kind, unit, factor) = match unit {
        "B" => (Kind::Binary, unit, 1.0),
        "B/s" => (Kind::Si, unit, 1.0),
        "%" => (Kind::Percent, "", 1.0),
        "s" => (Kind::Plain, "ms", 1_000.0),
        _ => (Kind::Plain, unit, 1.0),
    };
    let text = |value: f64| quantity(value * factor, kind, unit);
    let range = ["min ", &text(min), " · max ", &text(max)].concat();
    let label = [
        title,
        " in the last hour: now ",
        &text(newest),
        ", ",
        &range,
    ]
    .concat();
    let path = path(&column.values, max);
    Some(
        view! {
            <figure class="server-chart" data-testid="server-chart">
                <figcaption>
                    {title} " " <b translate="no">{text(newest)}</b>
                </figcaption>
                <svg viewBox="0 0 180 48" preserveAspectRatio="none" role="img" aria-label=label>
                    <path d=path></path>
                </svg>
                <p class="entry-facts" translate="no">{range}</p>
            </figure>
        }
        .into_piece(),
    )
}

/// The line from 0 to the highest value, with gaps where there is no value.
fn path(values: &[Option<f64>], max: f64) -> String {
    let mut path = String::new();
    let step = 180.0 / values.len().saturating_sub(1).max(1) as f64;
    let scale = if max > 0.0 { 46.0 / max } else { 0.0 };
    let mut is_gap = true;
    for (index, value) in values.iter().enumerate() {
        let Some(value) = value else {
            is_gap = true;
            continue;
        };
        let (x, y) = (index as f64 * step, 47.0 - value.max(0.0) * scale);
        // A value between two gaps is a point.
        let begin = if is_gap { "M" } else { "L" };
        path += &format!("{begin}{x:.1} {y:.1}");
        if is_gap {
            path += "h0";
        }
        is_gap = false;
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_gaps() {
        let values = [Some(0.0), Some(2.0), None, Some(1.0)];
        assert_eq!(path(&values, 2.0), "M0.0 47.0h0L60.0 1.0M180.0 24.0h0");
        assert_eq!(path(&[Some(0.0)], 0.0), "M0.0 47.0h0");
        assert_eq!(path(&[], 0.0), "");
    }
}
