//! How often a target was up, by day.

use crate::kit::browser::{Timer, date, is_visible, monotonic_ms, now_ms, offset_minutes};
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::state::State;
use crate::session::api;
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::{Labels, Timestamp};
use serde::Deserialize;

/// How many days are shown, today included.
const DAYS: usize = 90;

const DAY_MS: f64 = 86_400_000.0;

/// How often it is asked for, in milliseconds.
const EVERY_MS: f64 = 60_000.0;

/// What is read of the response to a query.
#[derive(Deserialize)]
struct QueryResponse {
    times_ms: Vec<f64>,
    columns: Vec<Column>,
}

#[derive(Deserialize)]
struct Column {
    host: String,
    labels: Labels,
    values: Vec<Option<f64>>,
}

/// A target's share of time that it was up, for each day, oldest first; none without results.
type Days = Vec<Option<f64>>;

/// A target's, with the name of its check and its host.
#[derive(Debug, Clone, PartialEq)]
struct Uptime {
    check: String,
    host: String,
    days: Days,
}

/// That of all targets.
#[derive(Clone, Copy)]
pub(super) struct Uptimes(State<Vec<Uptime>>);

impl Uptimes {
    pub(super) fn new() -> Self {
        Self(State::new(Vec::new()))
    }

    /// Asks now, and every minute while the page is visible and exists.
    pub(super) fn follow(self) {
        let timer = StoredValue::new_local(None);
        on_cleanup(move || timer.dispose());
        self.ask(timer);
    }

    fn ask(self, timer: StoredValue<Option<Timer>, LocalStorage>) {
        spawn_local(async move {
            if is_visible() {
                self.reload().await;
            }
            let next = Timer::at(monotonic_ms() + EVERY_MS, move || self.ask(timer));
            // After the page is gone there is no place for it.
            let _ = timer.try_set_value(next);
        });
    }

    /// Without an answer, as before there is the first result, what is shown stays.
    async fn reload(self) {
        let first_ms = first_day_ms(now_ms());
        let request = [
            "query?series=check_up&points=2200&from=",
            &(first_ms as i64).to_string(),
        ];
        let Ok(response) = api::get(&request.concat()).await else {
            return;
        };
        if let Ok(response) = api::read::<QueryResponse>(&response) {
            self.0.set(by_day(&response, first_ms));
        }
    }

    /// A bar for each day, and the share of all.
    pub(super) fn bars(self, check: String, host: String) -> Piece {
        let view = move || {
            let days = self.0.with(|all| {
                // The results of a check without a host have none.
                let is_of = |of: &str| of == host || of.is_empty();
                let found = all.iter().find(|it| it.check == check && is_of(&it.host));
                found.map(|it| it.days.clone())
            });
            days.map_or_else(|| ().into_piece(), |days| bars_of(&days))
        };
        view.into_piece()
    }
}

/// When the first day began in the browser's zone. Days of 23 and 25 hours are not regarded.
fn first_day_ms(now_ms: f64) -> f64 {
    let offset = offset_minutes(Timestamp::from_unix_ms(now_ms as i64));
    let east_ms = f64::from(offset) * 60_000.0;
    let today = ((now_ms + east_ms) / DAY_MS).floor();
    (today - (DAYS - 1) as f64) * DAY_MS - east_ms
}

fn by_day(response: &QueryResponse, first_ms: f64) -> Vec<Uptime> {
    let mut all = Vec::new();
    for column in &response.columns {
        // A series that a program reports may have the name of those of checks, and other labels.
        let Some(check) = column
            .labels
            .get("check")
            .filter(|_| column.labels.len() == 1)
        else {
            continue;
        };
        let mut sums = vec![(0.0, 0.0); DAYS];
        for (at_ms, value) in response.times_ms.iter().zip(&column.values) {
            let day = ((at_ms - first_ms) / DAY_MS).max(0.0) as usize;
            if let Some(value) = value {
                let (sum, count) = &mut sums[day.min(DAYS - 1)];
                *sum += value;
                *count += 1.0;
            }
        }
        let day = |(sum, count): (f64, f64)| (count > 0.0).then(|| sum / count);
        all.push(Uptime {
            check: check.clone(),
            host: column.host.clone(),
            days: sums.into_iter().map(day).collect(),
        });
    }
    all
}

fn bars_of(days: &Days) -> Piece {
    let known: Vec<f64> = days.iter().flatten().copied().collect();
    if known.is_empty() {
        return ().into_piece();
    }
    let share = percent(known.iter().sum::<f64>() / known.len() as f64);
    let over = match known.len() {
        1 => "in one day".to_owned(),
        days => ["in ", &days.to_string(), " days"].concat(),
    };
    let text = [&share, " up ", &over].concat();
    let first_ms = first_day_ms(now_ms());
    let mut bars = Vec::new();
    for (day, value) in days.iter().enumerate() {
        let date = date(first_ms + (day as f64 + 0.5) * DAY_MS);
        let (state, value) = match *value {
            None => ("none", "no data".to_owned()),
            Some(it) if it >= 0.999_95 => ("up", percent(it)),
            Some(it) if it >= 0.95 => ("partly", percent(it)),
            Some(it) => ("down", percent(it)),
        };
        let title = [&date, ": ", &value].concat();
        bars.push(view! { <i data-state=state title=title></i> });
    }
    let label = ["Uptime by day: ", &text].concat();
    view! {
        <div class="uptime" role="img" aria-label=label data-testid="uptime">{bars}</div>
        <p class="entry-facts">{text}</p>
    }
    .into_piece()
}

/// Never 100 % of what was down at all.
fn percent(share: f64) -> String {
    let hundredths = (share * 10_000.0).floor();
    let text = match hundredths {
        it if it >= 10_000.0 => "100".to_owned(),
        it => format!("{:.2}", it / 100.0),
    };
    [&text, " %"].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uptime_is_counted_by_day() {
        let first_ms = 1_000.0 * DAY_MS;
        let response = QueryResponse {
            times_ms: [0.1, 0.6, 1.5, 89.5, 90.0]
                .map(|it| first_ms + it * DAY_MS)
                .to_vec(),
            columns: vec![Column {
                host: "web-1".into(),
                labels: [("check".to_owned(), "web".to_owned())].into(),
                values: vec![Some(1.0), Some(0.5), None, Some(1.0), Some(0.0)],
            }],
        };
        let all = by_day(&response, first_ms);
        let Uptime { check, host, days } = &all[0];
        assert_eq!(
            (check.as_str(), host.as_str(), days.len()),
            ("web", "web-1", DAYS)
        );
        assert_eq!((days[0], days[1], days[89]), (Some(0.75), None, Some(0.5)));
    }

    #[test]
    fn less_than_all_is_never_shown_as_all() {
        let shares = [1.0, 0.999_99, 0.5, 0.0].map(percent);
        assert_eq!(shares, ["100 %", "99.99 %", "50.00 %", "0.00 %"]);
    }
}
