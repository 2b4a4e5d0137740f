use super::clock_time::clock_time;
use crate::kit::card::{card, hidden_unless};
use crate::kit::icon::{icon, level_path};
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::state::State;
use crate::kit::text::live;
use crate::kit::text_content::text_content;
use crate::model::{Part, is_firing};
use crate::session::{Clock, ShownModel};
use chart::{Kind, quantity};
use leptos::prelude::*;
use protocol::Alert;

/// How many alerts are listed; beyond, the gravest are.
const SHOWN_MAX: usize = 20;

/// What is wrong now, the gravest first, and what was.
pub(crate) fn alerts(
    (name, title): (&str, &str),
    shown: ShownModel,
    clock: State<Clock>,
    note: Signal<String>,
) -> Piece {
    let rows = move || {
        let alerts = shown.read(Part::Alerts, |model| model.alerts.gravest_first());
        let listed = alerts.into_iter().take(SHOWN_MAX);
        listed
            .map(|alert| row(clock, alert).into_piece())
            .collect::<Vec<_>>()
    };
    // Announced, because it changes only when something becomes wrong or right.
    let summary = live(move || {
        shown.read(Part::Alerts, |model| match model.alerts.firing() {
            0 => "No active alerts".to_owned(),
            1 => "1 active alert".to_owned(),
            count => format!("{count} active alerts"),
        })
    });
    let severity = live(move || {
        let level = shown.read(Part::Alerts, |model| model.alerts.severity());
        level.map_or("none", |level| level.name()).to_owned()
    });
    let content = view! {
        <p
            class="alerts-summary"
            role="status"
            aria-live="polite"
            data-testid="alerts-summary"
            {..text_content(summary)}
            data-level=severity
        ></p>
        <ul class="alerts" data-testid="alerts" tabindex="0" aria-label="Alerts, most severe first">
            {rows}
        </ul>
    };
    // Without rules, and programs that report alerts, there are none.
    let has_any = move || shown.has_any(Part::Alerts);
    hidden_unless(has_any, card(name, title, note, content))
}

fn row(clock: State<Clock>, alert: Alert) -> impl IntoView {
    let is_firing = is_firing(&alert);
    let (state, path) = match is_firing {
        true => ("firing", level_path(alert.level)),
        false => ("resolved", level_path(protocol::Level::Success)),
    };
    let value = alert.value;
    let value = value.map(|value| [" · ", &quantity(value, Kind::Plain, "")].concat());
    let host = alert.host.map(|host| [" · ", &host].concat());
    let level = if is_firing {
        alert.level.name()
    } else {
        "resolved"
    };
    view! {
        <li class="feed-item" data-testid="alert" data-state=state data-level=level>
            {icon(path)} <p class="feed-text">
                <strong>{alert.rule}</strong>
                " "
                <span class="alert-state">{state}</span>
                " "
                {alert.message}
            </p>
            <p class="feed-meta">
                {clock_time(clock, alert.timestamp)} {value} {host}
            </p>
        </li>
    }
}
