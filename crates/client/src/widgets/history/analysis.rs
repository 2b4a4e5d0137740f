use crate::kit::browser::hand_focus;
use crate::kit::button::{Button, button, pressed};
use crate::kit::format::ABSENT;
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::state::State;
use crate::kit::text::{live, on_change};
use crate::kit::text_content::text_content;
use crate::session::Clock;
use crate::session::history::{Analysed, Extremes};
use crate::widgets::chart::{Charts, TOOLS};
use chart::{Kind, Window, quantity};
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::sync::Arc;

const DAY_MS: f64 = 86_400_000.0;

/// Ranges from here on are described by their minutes.
const HOUR_MS: f64 = 3_600_000.0;

/// What a range is compared with: so much earlier.
const EARLIER: [(&str, Option<f64>); 3] = [
    ("None", None),
    ("Previous day", Some(DAY_MS)),
    ("Previous week", Some(7.0 * DAY_MS)),
];

/// What is asked, and what was answered.
#[derive(Clone, Copy)]
struct Panel {
    charts: Charts,
    earlier: State<usize>,
    answer: State<Answer>,
    asks: State<bool>,
}

/// The stretch that it is about, and its lines or why there are none.
type Answer = Option<(Window, Result<Arc<Vec<Analysed>>, String>)>;

/// Statistics of the lines of the charts.
pub(super) fn analysis(charts: Charts, open: State<bool>) -> impl IntoView {
    let panel = Panel {
        charts,
        earlier: State::new(0),
        answer: State::new(None),
        asks: State::new(false),
    };
    on_change(move || {
        panel.earlier.track();
        charts.described_window();
        panel.ask();
    });
    let mut choices: Vec<Piece> = Vec::new();
    for (index, (name, _)) in EARLIER.into_iter().enumerate() {
        let what = Button {
            pressed: pressed(move || panel.earlier.get() == index),
            ..Button::plain("analysis-earlier", "Compare with this range", "", name).small()
        };
        choices.push(button(what, Box::new(move || panel.earlier.set(index))).into_piece());
    }
    let close = Button::plain("analysis-close", "Close the statistics", "", "Close").small();
    view! {
        <section class="card analysis" data-testid="analysis" aria-labelledby="analysis-title">
            <header class="card-header">
                <h2 class="card-title" id="analysis-title">"Statistics"</h2>
                <p class="analysis-stretch" {..text_content(live(move || panel.stretch()))}></p>
                <div class="controls chips card-controls" role="group" aria-label="Compare">
                    <span class="analysis-compare">"Compare"</span>
                    {choices}
                    {button(
                        close,
                        Box::new(move || {
                            hand_focus(TOOLS);
                            open.set(false);
                        }),
                    )}
                </div>
            </header>
            {move || panel.table()}
        </section>
    }
}

impl Panel {
    /// Asks once at a time; what is wanted meanwhile is asked for next.
    fn ask(self) {
        if self.asks.get_untracked() || self.charts.described_window_untracked().is_none() {
            return;
        }
        self.asks.set(true);
        spawn_local(async move {
            loop {
                let wanted = self.wanted();
                let Some((window, earlier)) = wanted else {
                    break;
                };
                let (_, by_ms) = EARLIER[earlier];
                let lines = self.charts.context.playback.analyse(window, by_ms).await;
                self.answer.set(Some((window, lines.map(Arc::new))));
                if self.wanted() == wanted {
                    break;
                }
            }
            self.asks.set(false);
        });
    }

    fn wanted(self) -> Option<(Window, usize)> {
        let window = self.charts.described_window_untracked()?;
        Some((window, self.earlier.get_untracked()))
    }

    fn stretch(self) -> String {
        self.answer.with(|answer| match answer {
            None => "Loading…".to_owned(),
            Some((window, _)) => {
                let label = match window.span_ms() < HOUR_MS {
                    true => Clock::moment,
                    false => Clock::minute,
                };
                let clock = self.charts.context.clock.get();
                let text = |at_ms: f64| label(clock, at_ms);
                [text(window.from_ms()), " to ".into(), text(window.to_ms())].concat()
            }
        })
    }

    fn table(self) -> Piece {
        let lines = match self.answer.get() {
            None => return ().into_piece(),
            Some((_, Err(why))) => {
                let text = ["Statistics could not be loaded: ", &why].concat();
                return view! { <p class="empty">{text}</p> }.into_piece();
            }
            Some((_, Ok(lines))) => lines,
        };
        let compares = self.earlier.get_untracked() > 0;
        let rows: Vec<_> = lines.iter().map(|line| row(line, compares)).collect();
        let heads = compares.then(|| {
            view! {
                <th class="number" scope="col">"Avg before"</th>
                <th class="number" scope="col">"Change"</th>
            }
        });
        view! {
            <div class="table-frame analysis-table" tabindex="0" role="region" aria-label="Statistics by metric">
                <table class="table">
                    <thead>
                        <tr>
                            <th scope="col">"Metric"</th>
                            <th class="number" scope="col">"Min"</th>
                            <th class="number" scope="col">"Avg"</th>
                            <th class="number" scope="col" title="95 % of all samples are not above it; known as far back as single samples are kept">"p95"</th>
                            <th class="number" scope="col">"Max"</th>
                            {heads}
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        }
        .into_piece()
    }
}

fn row(line: &Analysed, compares: bool) -> Piece {
    let text = |of: &Option<Extremes>, look: fn(&Extremes) -> Option<f64>| {
        let value = of.as_ref().and_then(look);
        value.map_or(ABSENT.to_owned(), |value| {
            quantity(value, line.kind, &line.unit)
        })
    };
    let Analysed { range, earlier, .. } = line;
    let missing = range.as_ref().and_then(|range| range.p95_missing.clone());
    let then = compares.then(|| {
        let means = range.as_ref().zip(earlier.as_ref());
        let change = match means.filter(|(_, then)| then.avg != 0.0) {
            Some((now, then)) => change(now.avg / then.avg - 1.0),
            None => ABSENT.to_owned(),
        };
        view! {
            <td class="number">{text(earlier, |it| Some(it.avg))}</td>
            <td class="number">{change}</td>
        }
    });
    view! {
        <tr data-testid="analysis-row">
            <th scope="row">{line.name.clone()}</th>
            <td class="number">{text(range, |it| Some(it.min))}</td>
            <td class="number">{text(range, |it| Some(it.avg))}</td>
            <td class="number" title=missing>{text(range, |it| it.p95)}</td>
            <td class="number">{text(range, |it| Some(it.max))}</td>
            {then}
        </tr>
    }
    .into_piece()
}

/// A share as a percentage with its sign.
fn change(share: f64) -> String {
    let sign = if share < 0.0 { "−" } else { "+" };
    [sign, &quantity((share * 100.0).abs(), Kind::Percent, "")].concat()
}
