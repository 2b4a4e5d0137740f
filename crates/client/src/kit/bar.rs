use super::text::{Number, live, when};
use leptos::prelude::*;

/// From here on a bar is coloured as high, in percent.
const HIGH: f64 = 75.0;

/// From here on a bar is coloured as critical, in percent.
const CRITICAL: f64 = 90.0;

/// A bar from 0 to 100 percent. Its value is written beside it, so assistive technology skips it.
///
/// SVG, because the Content-Security-Policy allows no style attribute to give a width by.
pub(crate) fn bar(percent: Number) -> impl IntoView {
    let of = Number::clone(&percent);
    let width = live(move || within(of().unwrap_or(0.0)).to_string());
    let severity = live(move || severity(percent()).to_owned());
    view! {
        <svg
            class="bar"
            viewBox="0 0 100 1"
            preserveAspectRatio="none"
            aria-hidden="true"
            data-severity=severity
        >
            <rect class="bar-fill" height="1" width=width></rect>
        </svg>
    }
}

/// A bar for each value, side by side, in two paths. An absent value leaves its place empty.
pub(crate) fn bars(
    percents: impl Fn() -> Vec<Option<f64>> + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let none = when(move || percents().is_empty());
    let track = live(move || {
        let mut full = percents();
        for percent in full.iter_mut().flatten() {
            *percent = 100.0;
        }
        path(&full)
    });
    let fill = live(move || path(&percents()));
    view! {
        <svg class="bars" viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true" hidden=none>
            <path class="bars-track" d=track></path>
            <path class="bar-fill" d=fill></path>
        </svg>
    }
}

/// The share of a column's width that is left free beside it.
const COLUMN_GAP: f64 = 0.25;

fn path(percents: &[Option<f64>]) -> String {
    let pitch = 100.0 / percents.len().max(1) as f64;
    let width = tenths(pitch * (1.0 - COLUMN_GAP));
    let mut path = String::new();
    for (index, percent) in percents.iter().enumerate() {
        let Some(percent) = *percent else { continue };
        let left = tenths((index as f64 + COLUMN_GAP / 2.0) * pitch);
        let top = 100 - within(percent);
        path.push_str(&format!("M{left} 100V{top}h{width}V100z"));
    }
    path
}

/// Drawings need no more than a decimal, which is cheaper to print than a float.
fn tenths(value: f64) -> String {
    let tenths = (value * 10.0) as u32;
    format!("{}.{}", tenths / 10, tenths % 10)
}

pub(crate) fn within(percent: f64) -> u32 {
    percent.clamp(0.0, 100.0).round() as u32
}

pub(crate) fn severity(percent: Option<f64>) -> &'static str {
    match percent {
        Some(percent) if percent >= CRITICAL => "critical",
        Some(percent) if percent >= HIGH => "high",
        _ => "normal",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extreme_values_stay_within_the_bar() {
        assert_eq!(within(-5.0), 0);
        assert_eq!(within(1e300), 100);
        assert_eq!(path(&[Some(50.0)]), "M12.5 100V50h75.0V100z");
        assert_eq!(path(&[]), "");
    }

    #[test]
    fn what_is_absent_leaves_its_place_empty() {
        let (first, last) = ("M3.1 100V50h18.7V100z", "M53.1 100V75h18.7V100z");
        let percents = [Some(50.0), None, Some(25.0), None];
        assert_eq!(path(&percents), [first, last].concat());
    }
}
