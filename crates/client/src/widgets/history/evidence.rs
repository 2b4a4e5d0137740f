//! What was unusual at the moment that playback shows.

use crate::kit::browser::{hand_focus, page_url, uri_component};
use crate::kit::button::{Button, button};
use crate::kit::format::ABSENT;
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::state::State;
use crate::kit::text::{live, on_change};
use crate::kit::text_content::text_content;
use crate::model::title;
use crate::session::history::{Deviation, Evidence};
use crate::widgets::chart::{Charts, TOOLS};
use chart::{Kind, quantity};
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::{Metric, Selector, SeriesKey, Timestamp, Unit};
use std::sync::Arc;

/// Below this score, a value is as on any other day.
const UNUSUAL: f64 = 3.0;

/// The moment, and what was unusual then or why that is not known.
type Answer = Option<(f64, Result<Arc<Evidence>, String>)>;

#[derive(Clone, Copy)]
struct Panel {
    charts: Charts,
    answer: State<Answer>,
    asks: State<bool>,
}

/// The series that differed most from the hour before.
pub(super) fn evidence(charts: Charts, open: State<bool>) -> impl IntoView {
    let panel = Panel {
        charts,
        answer: State::new(None),
        asks: State::new(false),
    };
    let playback_state = charts.context.playback_state;
    on_change(move || match playback_state.moment.get() {
        Some(_) => panel.ask(),
        None if playback_state.target.with_untracked(Option::is_none) => open.set(false),
        None => {}
    });
    let close = Button::plain("evidence-close", "Close what changed", "", "Close").small();
    let close = button(
        close,
        Box::new(move || {
            hand_focus(TOOLS);
            open.set(false);
        }),
    );
    view! {
        <section class="card analysis" data-testid="evidence" aria-labelledby="evidence-title">
            <header class="card-header">
                <h2 class="card-title" id="evidence-title">"What changed"</h2>
                <p class="analysis-stretch" {..text_content(live(move || panel.when()))}></p>
                <div class="controls chips card-controls">{close}</div>
            </header>
            {move || panel.table()}
        </section>
    }
}

impl Panel {
    /// Asks once at a time; what is wanted meanwhile is asked for next.
    fn ask(self) {
        if self.asks.get_untracked() {
            return;
        }
        self.asks.set(true);
        spawn_local(async move {
            while let Some(at_ms) = self.wanted() {
                let found = self.charts.context.playback.evidence(at_ms).await;
                self.answer.set(Some((at_ms, found.map(Arc::new))));
                if self.wanted() == Some(at_ms) {
                    break;
                }
            }
            self.asks.set(false);
        });
    }

    fn wanted(self) -> Option<f64> {
        self.charts.context.playback_state.moment.get_untracked()
    }

    fn when(self) -> String {
        let clock = self.charts.context.clock.get();
        self.answer.with(|answer| match answer {
            None => "Loading…".to_owned(),
            Some((at_ms, _)) => {
                [&*clock.moment(*at_ms), ", compared with the hour before"].concat()
            }
        })
    }

    fn table(self) -> Piece {
        let found = match self.answer.get() {
            None => return ().into_piece(),
            Some((_, Err(why))) => return empty(["It could not be loaded: ", &why].concat()),
            Some((at_ms, Ok(found))) => (at_ms, found),
        };
        let (at_ms, found) = found;
        if found.compared == 0 {
            return empty("There is too little data before this time to compare with.".into());
        }
        let unusual = found
            .deviations
            .iter()
            .filter(|it| it.score.abs() >= UNUSUAL);
        let host = self.charts.context.host.get_untracked();
        let rows: Vec<Piece> = unusual.map(|it| row(it, at_ms, &host)).collect();
        if rows.is_empty() {
            let count = found.compared.to_string();
            return empty(["All ", &count, " metrics were as usual."].concat());
        }
        view! {
            <div class="table-frame analysis-table" tabindex="0" role="region" aria-label="Changes by metric">
                <table class="table">
                    <thead>
                        <tr>
                            <th scope="col">"Metric"</th>
                            <th class="number" scope="col">"Value"</th>
                            <th class="number" scope="col">"Usual"</th>
                            <th
                                class="number"
                                scope="col"
                                title="How many standard deviations from the median of the hour before, estimated by the median absolute deviation; at most 100"
                            >
                                "Deviation"
                            </th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        }
        .into_piece()
    }
}

fn empty(text: String) -> Piece {
    view! { <p class="empty">{text}</p> }.into_piece()
}

fn row(of: &Deviation, at_ms: f64, host: &str) -> Piece {
    let key = of.series.parse::<Selector>().ok();
    let key = key.and_then(|selector| selector.key());
    let name = key.as_ref().map_or_else(|| of.series.clone(), title);
    let unit = unit(of, key.as_ref());
    let text = |value: Option<f64>| {
        value.map_or(ABSENT.to_owned(), |value| {
            quantity(value, kind(&unit), &unit)
        })
    };
    let value = match &*of.change {
        "ended" => "no data".to_owned(),
        _ => text(of.value),
    };
    let usual = match (of.usual_low, of.usual_high) {
        (Some(low), Some(high)) if low < high => {
            [&*text(Some(low)), " – ", &*text(Some(high))].concat()
        }
        _ if of.change == "begun" => "no data".to_owned(),
        _ => text(of.median),
    };
    let sign = if of.score < 0.0 { "↓" } else { "↑" };
    let deviation = match &*of.change {
        "ended" => "ended".to_owned(),
        "begun" => "new".to_owned(),
        _ => {
            let score = quantity(of.score.abs(), Kind::Fixed(1), "");
            [sign, " ", &score].concat()
        }
    };
    let moment = Timestamp::from_unix_ms(at_ms as i64).to_string();
    let series = uri_component(&of.series);
    // From whatever page, to the dashboard of the same host.
    let (host, moment) = (uri_component(host), uri_component(&moment));
    let link = [
        &*page_url("/?host="),
        &host,
        "&at=",
        &moment,
        "&series=",
        &series,
    ]
    .concat();
    view! {
        <tr data-testid="evidence-row">
            <th scope="row">
                <a href=link title="Show a chart">{name}</a>
            </th>
            <td class="number">{value}</td>
            <td class="number">{usual}</td>
            <td class="number">{deviation}</td>
        </tr>
    }
    .into_piece()
}

/// The unit of a value; of a counter, per second.
fn unit(of: &Deviation, key: Option<&SeriesKey>) -> String {
    let of_metric = || key.and_then(Metric::of).and_then(Metric::unit);
    let sent = of.unit.as_deref().and_then(Unit::new);
    let unit = sent.or_else(of_metric).map(|unit| unit.to_string());
    let mut unit = unit.unwrap_or_default();
    if of.is_counter {
        unit.push_str("/s");
    }
    unit
}

fn kind(unit: &str) -> Kind {
    match unit {
        "%" => Kind::Percent,
        "B" => Kind::Binary,
        "B/s" => Kind::Si,
        _ => Kind::Plain,
    }
}
