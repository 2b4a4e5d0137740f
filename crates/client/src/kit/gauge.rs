use super::bar::{Limits, within};
use super::text::{Number, live};
use leptos::prelude::*;

/// Two thirds of a circle, open below.
const ARC: &str = "M16.7 85A50 50 0 1 1 103.3 85";

/// A dial from 0 to 100 percent. Its value is written in it, so assistive technology skips it.
pub(crate) fn gauge(percent: Number, limits: Limits) -> impl IntoView {
    let of = Number::clone(&percent);
    let dash = live(move || format!("{} 100", within(of().unwrap_or(0.0))));
    let severity = live(move || limits.severity(percent()).to_owned());
    view! {
        <svg class="gauge" viewBox="5 5 110 86" aria-hidden="true" data-severity=severity>
            <path class="gauge-track" d=ARC></path>
            <path class="gauge-fill" d=ARC pathLength="100" stroke-dasharray=dash></path>
        </svg>
    }
}
