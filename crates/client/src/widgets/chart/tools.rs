use super::command::{Command, PAN_STEP, ZOOM_STEP};
use super::group::{Charts, SPAN_MS};
use crate::kit::browser::hand_focus;
use crate::kit::button::{Button, button};
use crate::kit::icon;
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::text::{live, when};
use leptos::prelude::*;

/// The identifier of the element that takes the focus when a control for the time is removed.
pub(crate) const TOOLS: &str = "chart-tools";

const HOUR_MS: f64 = 60.0 * SPAN_MS;
const DAY_MS: f64 = 24.0 * HOUR_MS;

/// The spans to choose from. Without a store only the first few: received samples go back no further.
const SPANS: [(&str, &str, f64); 8] = [
    ("1 min", "Show the last 1 min", SPAN_MS),
    ("5 min", "Show the last 5 min", 5.0 * SPAN_MS),
    ("10 min", "Show the last 10 min", 10.0 * SPAN_MS),
    ("1 h", "Show the last 1 h", HOUR_MS),
    ("6 h", "Show the last 6 h", 6.0 * HOUR_MS),
    ("24 h", "Show the last 24 h", DAY_MS),
    ("7 d", "Show the last 7 d", 7.0 * DAY_MS),
    ("14 d", "Show the last 14 d", 14.0 * DAY_MS),
];
const SPANS_UNSTORED: usize = 3;

/// The test identifier of the button that is disabled at the beginning of the data.
pub(super) const EARLIER: &str = "chart-earlier";

/// The other buttons: test identifier, title, icon.
const COMMANDS: [(&str, &str, &str, Command); 4] = [
    (EARLIER, "Earlier", icon::LEFT, Command::Pan(-PAN_STEP)),
    ("chart-later", "Later", icon::RIGHT, Command::Pan(PAN_STEP)),
    (
        "chart-out",
        "Zoom out",
        icon::MINUS,
        Command::Zoom(ZOOM_STEP),
    ),
    (
        "chart-in",
        "Zoom in",
        icon::PLUS,
        Command::Zoom(1.0 / ZOOM_STEP),
    ),
];

/// The buttons that move all charts.
pub(crate) fn chart_tools(charts: Charts, history: Vec<Piece>) -> impl IntoView {
    let mut tools: Vec<Piece> = Vec::new();
    let count = match charts.context.playback_state.oldest_ms {
        Some(_) => SPANS.len(),
        None => SPANS_UNSTORED,
    };
    for (name, title, span_ms) in SPANS.into_iter().take(count) {
        let is_seen = live(move || {
            let shown = charts
                .described()
                .map(|(shown, is_reset)| (shown.span_ms(), is_reset));
            let (shown_ms, is_reset) = shown.unwrap_or((SPAN_MS, true));
            let is_seen = is_reset && (shown_ms - span_ms).abs() < 1.0;
            if is_seen { "true" } else { "false" }.into()
        });
        let what = Button {
            pressed: Some(is_seen),
            ..Button::plain("chart-span", title, "", name).small()
        };
        tools.push(tool(charts, what, Command::Span(span_ms)));
    }
    for (test_id, title, path, command) in COMMANDS {
        let what = Button {
            class: "button chip bare",
            ..Button::plain(test_id, title, path, title)
        };
        tools.push(tool(charts, what, command));
    }
    let reset = Button::plain("chart-reset", "Back to live (0)", "", "Back to live").small();
    let reset = button(
        reset,
        Box::new(move || {
            charts.command(Command::Reset, None);
            hand_focus(TOOLS);
        }),
    );
    view! {
        <div
            class="controls chips chart-tools"
            id=TOOLS
            tabindex="-1"
            role="group"
            aria-label="Time shown in charts"
        >
            {tools} {history}
            <span
                class="chart-loading"
                hidden=when(move || !charts.context.playback_state.loading.get())
            >
                "Loading…"
            </span>
            <span hidden=when(move || charts.described().is_none_or(|(_, is_reset)| is_reset))>{reset}</span>
        </div>
    }
}

fn tool(charts: Charts, what: Button, command: Command) -> Piece {
    button(what, Box::new(move || charts.command(command, None))).into_piece()
}
