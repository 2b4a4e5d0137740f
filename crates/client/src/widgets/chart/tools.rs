use super::command::{Command, PAN_STEP, ZOOM_STEP};
use super::group::{Charts, SPAN_MS};
use crate::kit::browser::hand_focus;
use crate::kit::button::{Button, button};
use crate::kit::format::age;
use crate::kit::icon;
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::text::when;
use leptos::prelude::*;

/// The identifier of the element that takes the focus when a control for the time is removed.
pub(crate) const TOOLS: &str = "chart-tools";

const HOUR_MS: f64 = 60.0 * SPAN_MS;
const DAY_MS: f64 = 24.0 * HOUR_MS;

/// The name of a span, what choosing it does, and its length in milliseconds.
type Span = (&'static str, &'static str, f64);

/// The spans to choose from. Without a store only the first few: received samples go back no further.
const SPANS: [Span; 8] = [
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

/// The bar of the time that all charts show: the `choice` of it, buttons that move it, and what else is done with it.
/// It stays in sight.
pub(crate) fn time_bar(charts: Charts, choice: Piece, history: Vec<Piece>) -> impl IntoView {
    let mut tools: Vec<Piece> = Vec::new();
    for (test_id, title, path, command) in COMMANDS {
        let what = Button {
            class: "button chip bare",
            ..Button::plain(test_id, title, path, title)
        };
        let act = move || charts.command(command, None);
        tools.push(button(what, Box::new(act)).into_piece());
    }
    let reset = Button::plain(
        "chart-reset",
        "Back to live (0)",
        icon::FORWARD,
        "Back to live",
    )
    .small();
    let reset = button(
        reset,
        Box::new(move || {
            charts.command(Command::Reset, None);
            hand_focus(TOOLS);
        }),
    );
    view! {
        <section
            class="controls chips time-bar"
            id=TOOLS
            tabindex="-1"
            aria-label="Time shown in charts"
        >
            {choice} {tools}
            {history}
            <span
                class="slot"
                hidden=when(move || charts.described().is_none_or(|(_, is_reset)| is_reset))
            >
                {reset}
            </span>
            <span
                class="chart-loading"
                hidden=when(move || !charts.context.playback_state.loading.get())
            >
                "Loading…"
            </span>
        </section>
    }
}

impl Charts {
    /// The spans to choose from.
    pub(in crate::widgets) fn spans(self) -> &'static [Span] {
        match self.context.playback_state.oldest_ms {
            Some(_) => &SPANS,
            None => &SPANS[..SPANS_UNSTORED],
        }
    }

    /// Follows the newest samples with so long a window.
    pub(crate) fn show_span(self, span_ms: f64) {
        self.command(Command::Span(span_ms), None);
    }

    /// Follows the newest samples again.
    pub(in crate::widgets) fn follow(self) {
        self.command(Command::Reset, None);
    }

    /// Whether a window so long follows the newest samples.
    pub(in crate::widgets) fn is_span(self, span_ms: f64) -> bool {
        let (shown_ms, is_held) = self.shown_span();
        !is_held && (shown_ms - span_ms).abs() < 1.0
    }

    /// How long the window is, and whether it stands still.
    fn shown_span(self) -> (f64, bool) {
        let shown = self.described().map(|(window, _)| window.span_ms());
        let is_held = !self.group.read_value().viewport.is_following();
        (shown.unwrap_or(SPAN_MS), is_held)
    }

    /// What the charts show, in words.
    pub(in crate::widgets) fn range_text(self) -> String {
        let (span_ms, is_held) = self.shown_span();
        if let Some(window) = self.described_window().filter(|_| is_held) {
            let clock = self.context.clock.get();
            let (from, to) = (clock.moment(window.from_ms()), clock.moment(window.to_ms()));
            // The day is written once; it has two words.
            let day = |text: &str| Some(text.match_indices(' ').nth(1)?.0);
            let to = match day(&from) {
                Some(end) if to.starts_with(&from[..=end]) => &to[end + 1..],
                _ => &to,
            };
            return [&from, " – ", to].concat();
        }
        let named = SPANS.iter().find(|(_, _, ms)| (ms - span_ms).abs() < 1.0);
        let span = named.map(|(name, ..)| (*name).to_owned());
        let span = span.unwrap_or_else(|| age((span_ms / 1_000.0) as u64));
        ["Last ", &span].concat()
    }
}
