use super::chart::{Charts, Of, Plan, sparkline};
use super::notes::sample_note;
use super::reading::reading;
use crate::kit::bar::{Limits, bar};
use crate::kit::card::card_titled;
use crate::kit::format;
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::text_content::text_content;
use crate::session::SeriesHandle;
use chart::{Fit, Kind};
use leptos::prelude::*;

/// A figure in percent with its bar, what is `beside` it where there is room, a line of `context`, and the course of
/// the chosen time: every tile of a share has these parts at the same places.
pub(super) fn tile(
    (name, title): (&str, Signal<String>),
    percent: SeriesHandle,
    beside: Piece,
    context: Signal<String>,
    limits: Limits,
    charts: Charts,
) -> Piece {
    let plan = Plan {
        kind: Kind::Percent,
        ..Plan::sparkline(name, vec![Of::from(percent)], Fit::Fixed(0.0, 100.0))
    };
    let content = view! {
        <div class="tile">
            {reading([name, "-value"].concat(), percent.number(), format::percent)}
            <div class="tile-beside">{beside}</div>
        </div>
        {bar(percent.number(), limits)}
        <p class="tile-context" {..text_content(context)}></p>
        {sparkline(charts, plan)}
    };
    let note = sample_note(charts.context.freshness);
    card_titled(name, title, note, ().into_piece(), content.into_piece())
}
