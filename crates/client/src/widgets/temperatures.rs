use super::bar::bar;
use super::card::{card, sample_note};
use super::disk::hidden_unless;
use super::reading::of_sample;
use crate::format;
use crate::store::View;
use leptos::prelude::*;
use protocol::Temperature;

/// What a sensor without a limit of its own is measured against, in degrees Celsius.
const CRITICAL_DEFAULT: f64 = 100.0;

/// Each sensor, where the host has any.
pub(crate) fn temperatures(view: View) -> AnyView {
    let sensors = of_sample(view, |sample| Some(sample.temperatures.clone()));
    let sensors = move || sensors.get().unwrap_or_default();
    let rows = move || sensors().into_iter().map(row).collect_view();
    let content = view! { <ul class="rows">{rows}</ul> }.into_any();
    let card = card("temperatures", "Temperatures", sample_note(view), content);
    hidden_unless(move || !sensors().is_empty(), card)
}

fn row(sensor: Temperature) -> AnyView {
    let critical = sensor.critical.filter(|critical| *critical > 0.0);
    let share = Some(sensor.celsius / critical.unwrap_or(CRITICAL_DEFAULT) * 100.0);
    view! {
        <li class="row">
            <span class="row-name clip">{sensor.label}</span>
            <span class="row-value">{format!("{} °C", format::fixed(sensor.celsius, 1))}</span>
            {bar(Signal::stored(share))}
        </li>
    }
    .into_any()
}
