use super::chart::{Charts, Of, Plan, sparkline};
use super::notes::sample_note;
use super::reading::{reading, reason};
use crate::kit::card::card;
use crate::kit::format;
use crate::kit::icon::{self, icon};
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::text::live;
use crate::kit::text_content::text_content;
use crate::session::SeriesHandle;
use chart::{Fit, Kind};
use leptos::prelude::*;

/// One of two directions: the rate, and all since a start.
#[derive(Clone, Copy)]
pub(crate) struct Direction {
    pub(crate) rate: SeriesHandle,
    pub(crate) total: SeriesHandle,
}

/// What goes in two directions, in bytes per second: what comes in, and what goes out, with the course of both.
pub(crate) fn pair(
    (name, title): (&str, &str),
    received: Direction,
    sent: Direction,
    charts: Charts,
) -> Piece {
    let freshness = charts.context.freshness;
    let direction = |of: Direction, id: &str, what: &'static str, path| {
        let total = live(move || {
            of.total.value().map_or(String::new(), |bytes| {
                format!("{} since boot", format::bytes(bytes).joined())
            })
        });
        view! {
            <div>
                {reading([name, "-", id].concat(), of.rate.number(), format::rate)}
                <p class="pair-name">{icon(path)} {what}</p>
                <p class="pair-total" {..text_content(total)}></p>
            </div>
        }
        .into_piece()
    };
    let absent = live(move || match sent.rate.value() {
        Some(_) => String::new(),
        None => reason(freshness),
    });
    let rates = vec![Of::from(received.rate), Of::from(sent.rate)];
    let plan = Plan {
        kind: Kind::Si,
        ..Plan::sparkline(name, rates, Fit::FromZero)
    };
    let content = view! {
        <div class="pair">
            {direction(received, "recv", "received", icon::DOWN)}
            {direction(sent, "sent", "sent", icon::UP)}
        </div>
        <p class="detail" {..text_content(absent)}></p>
        {sparkline(charts, plan)}
    };
    card(name, title, sample_note(freshness), content)
}
