//! Finds series by words, shows what they are now, and charts the chosen ones.

use crate::kit::browser::{Timer, date_time, monotonic_ms, now_ms, page_url, uri_component};
use crate::kit::form::{Field, field};
use crate::kit::format::{ABSENT, grouped};
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::state::State;
use crate::kit::text::{live, when};
use crate::kit::text_content::translatable;
use crate::pages::account::{loading, problem, said, section};
use crate::session::api;
use chart::{Kind, quantity};
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::Unit;
use protocol::api::{SeriesInfo, SeriesList};
use serde::Deserialize;

/// So many series are shown.
const SHOWN_MAX: usize = 30;

/// The newest value is looked for in so long, in milliseconds, in so many points.
const VALUES_MS: f64 = 300_000.0;
const VALUE_POINTS: &str = "300";

/// A search begins so long after the last key, in milliseconds.
const TYPED_MS: f64 = 250.0;

/// The most that are charted together.
const CHOSEN_MAX: usize = 12;

/// What is read of the response to a query.
#[derive(Deserialize)]
struct QueryResponse {
    columns: Vec<Column>,
}

#[derive(Deserialize)]
struct Column {
    series: String,
    values: Vec<Option<f64>>,
}

/// What was found: the series, whether there are more, and their newest values.
#[derive(Clone, PartialEq)]
struct Found {
    list: SeriesList,
    values: Vec<(String, f64)>,
}

#[derive(Clone, Copy)]
struct Explorer {
    words: State<String>,
    found: State<Option<Result<Found, String>>>,
    chosen: State<Vec<String>>,
}

pub(super) fn section_of() -> Piece {
    let explorer = Explorer {
        words: State::new(String::new()),
        found: State::new(None),
        chosen: State::new(Vec::new()),
    };
    explorer.follow();
    let found = move || match explorer.found.get() {
        None => loading(),
        Some(Err(why)) => problem(&why),
        Some(Ok(found)) => rows(explorer, &found),
    };
    let content = view! {
        {field(Field {
            hint: "Words of names, hosts and labels; region=eu looks in labels of that name.",
            ..Field::text("series-search", "Search series", explorer.words)
        })}
        {charted(explorer)}
        <div aria-live="polite">{found.into_piece()}</div>
    };
    section("explorer", "Series", content.into_piece())
}

/// What leads to a chart of the chosen series.
fn charted(explorer: Explorer) -> Piece {
    let address = live(move || {
        let mut address = page_url("/");
        for (index, series) in explorer.chosen.get().iter().enumerate() {
            let before = if index == 0 { "?series=" } else { "&series=" };
            address = [&address, before, &uri_component(series)].concat();
        }
        address
    });
    let count = live(move || match explorer.chosen.with(Vec::len) {
        1 => "Chart 1 series".to_owned(),
        count => ["Chart ", &count.to_string(), " series"].concat(),
    });
    let is_none = when(move || explorer.chosen.with(Vec::is_empty));
    view! {
        <p class="controls" hidden=is_none>
            <a class="button chip" href=address data-testid="series-chart" {..translatable(count)}></a>
            <button
                class="button chip"
                type="button"
                on:click=move |_| explorer.chosen.set(Vec::new())
            >
                "Choose none"
            </button>
        </p>
    }
    .into_piece()
}

fn rows(explorer: Explorer, found: &Found) -> Piece {
    if found.list.series.is_empty() {
        return view! { <p class="account-note" data-testid="no-series">"No matching series."</p> }
            .into_piece();
    }
    let mut items = Vec::new();
    for info in &found.list.series {
        let value = found
            .values
            .iter()
            .find(|(series, _)| *series == info.series);
        items.push(row(explorer, info, value.map(|(_, value)| *value)));
    }
    let more = match found.list.more {
        true => [
            "Showing the first ",
            &grouped(SHOWN_MAX as u64),
            ". Search for more.",
        ]
        .concat(),
        false => String::new(),
    };
    view! {
        <ul class="entries">{items}</ul>
        <p class="account-note" data-testid="series-more">{more}</p>
    }
    .into_piece()
}

fn row(explorer: Explorer, info: &SeriesInfo, value: Option<f64>) -> Piece {
    let unit = info.unit.as_deref().and_then(Unit::new);
    let unit = unit.as_ref().map_or("", Unit::as_str);
    let value = match (value, info.newest_ms) {
        (Some(value), _) => quantity(value, Kind::Plain, unit),
        (None, Some(newest_ms)) => ["no value since ", &date_time(newest_ms as f64)].concat(),
        (None, None) => ABSENT.to_owned(),
    };
    let mut facts = vec![["host ", &info.host].concat()];
    for (label, value) in info.labels.iter() {
        facts.push([label, "=", value].concat());
    }
    if !unit.is_empty() {
        facts.push(["unit ", unit].concat());
    }
    let (series, name) = (info.series.clone(), info.name.clone());
    let of = series.clone();
    let is_chosen = when(move || explorer.chosen.with(|chosen| chosen.contains(&of)));
    view! {
        <li class="entry" data-testid="series-row">
            <label class="form-check">
                <input
                    type="checkbox"
                    prop:checked=is_chosen
                    on:change=move |event| explorer.choose(&series, event_target_checked(&event))
                />
                <span translate="no">{name}</span>
                <b class="series-value" translate="no">{value}</b>
            </label>
            <p class="entry-facts" translate="no">{facts.join(" · ")}</p>
        </li>
    }
    .into_piece()
}

impl Explorer {
    /// Searches now, and a moment after each change of the words.
    fn follow(self) {
        let timer = StoredValue::new_local(None::<Timer>);
        on_cleanup(move || timer.dispose());
        Effect::new(move |before: Option<()>| {
            let words = self.words.get();
            let wait_ms = if before.is_some() { TYPED_MS } else { 0.0 };
            let search = Timer::at(monotonic_ms() + wait_ms, move || {
                spawn_local(self.search(words.clone()));
            });
            // After the page is gone there is no place for it.
            let _ = timer.try_set_value(search);
        });
    }

    fn choose(self, series: &str, is_chosen: bool) {
        let mut chosen = self.chosen.get_untracked();
        chosen.retain(|it| it != series);
        if is_chosen && chosen.len() < CHOSEN_MAX {
            chosen.push(series.to_owned());
        }
        self.chosen.set(chosen);
    }

    async fn search(self, words: String) {
        let mut request = ["series?limit=", &SHOWN_MAX.to_string()].concat();
        if !words.trim().is_empty() {
            request = [&request, "&match=", &uri_component(words.trim())].concat();
        }
        let list = match api::get(&request).await {
            Ok(response) => api::read::<SeriesList>(&response),
            Err(refusal) => Err(refusal),
        };
        // Another search may have begun meanwhile.
        if self.words.get_untracked() != words {
            return;
        }
        let list = match list {
            Ok(list) => list,
            Err(refusal) => return self.found.set(Some(Err(said(refusal)))),
        };
        let names: Vec<String> = list.series.iter().map(|it| it.series.clone()).collect();
        let before = Found {
            list: list.clone(),
            values: Vec::new(),
        };
        self.found.set(Some(Ok(before)));
        let values = newest(&names).await;
        if self.words.get_untracked() == words && !values.is_empty() {
            self.found.set(Some(Ok(Found { list, values })));
        }
    }
}

/// The newest values of the last minutes, as far as there are any.
async fn newest(series: &[String]) -> Vec<(String, f64)> {
    if series.is_empty() {
        return Vec::new();
    }
    let from_ms = (now_ms() - VALUES_MS) as i64;
    let mut request = [
        "query?points=",
        VALUE_POINTS,
        "&from=",
        &from_ms.to_string(),
    ]
    .concat();
    for series in series {
        request = [&request, "&series=", &uri_component(series)].concat();
    }
    let response = api::get(&request).await;
    let response = response.and_then(|response| api::read::<QueryResponse>(&response));
    let columns = response.map_or_else(|_| Vec::new(), |response| response.columns);
    let newest = columns.into_iter().filter_map(|column| {
        let newest = column.values.iter().rev().flatten().next().copied();
        Some((column.series, newest?))
    });
    newest.collect()
}
