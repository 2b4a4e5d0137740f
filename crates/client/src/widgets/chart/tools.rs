use super::desk::{Charts, SPAN_MS};
use super::keys::{Command, PAN_STEP, ZOOM_STEP};
use crate::piece::{IntoPiece, Piece};
use crate::text::{live, when};
use crate::widgets::button::{Button, button};
use crate::widgets::icon;
use leptos::prelude::*;

/// What can be chosen to be seen.
const SPANS: [(&str, f64); 3] = [
    ("1 min", SPAN_MS),
    ("5 min", 5.0 * SPAN_MS),
    ("10 min", 10.0 * SPAN_MS),
];

/// What moves all charts, for those who neither drag nor turn a wheel.
pub(crate) fn chart_tools(charts: Charts) -> impl IntoView {
    let spans = SPANS.map(|(name, span_ms)| {
        let is_seen = live(move || {
            let told_ms = charts.told.get().map_or(SPAN_MS, |told| told.span_ms());
            let is_seen = charts.is_reset.get() && (told_ms - span_ms).abs() < 1.0;
            if is_seen { "true" } else { "false" }.into()
        });
        let what = Button {
            pressed: Some(is_seen),
            ..Button::plain("chart-span", "Show the newest", "", name).small()
        };
        button(
            what,
            Box::new(move || charts.obey(Command::Span(span_ms), None)),
        )
        .into_piece()
    });
    let commands = [
        (
            "chart-earlier",
            "Earlier",
            icon::LEFT,
            Command::Pan(-PAN_STEP),
        ),
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
    let commands = commands.map(|(test_id, title, path, command)| {
        let what = Button::plain(test_id, title, path, title);
        let what = Button {
            class: "button chip bare",
            ..what
        };
        button(what, Box::new(move || charts.obey(command, None))).into_piece()
    });
    let reset = Button::plain("chart-reset", "Back to the newest", "", "Reset").small();
    let reset: Piece =
        button(reset, Box::new(move || charts.obey(Command::Reset, None))).into_piece();
    view! {
        <div class="controls chips chart-tools" role="group" aria-label="Time shown in charts">
            {Vec::from(spans)} {Vec::from(commands)}
            <span hidden=when(move || charts.is_reset.get())>{reset}</span>
        </div>
    }
}
