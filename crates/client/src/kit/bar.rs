use super::piece::{IntoPiece, Piece};
use super::text::{Number, live, when};
use leptos::prelude::*;

/// From where on a value is a warning, and from where on it is critical; in percent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Limits {
    pub(crate) warning: f64,
    pub(crate) critical: f64,
}

impl Limits {
    /// Ascending thresholds: the last one is the critical one, the one before it warns.
    pub(crate) fn of(thresholds: &[f64]) -> Self {
        let critical = thresholds.last().copied().unwrap_or(f64::INFINITY);
        let before = thresholds.len().checked_sub(2);
        let warning = before.and_then(|index| thresholds.get(index));
        Self {
            warning: warning.copied().unwrap_or(critical),
            critical,
        }
    }

    /// What the style sheet goes by.
    pub(crate) fn severity(self, percent: Option<f64>) -> &'static str {
        match percent {
            Some(percent) if percent >= self.critical => "critical",
            Some(percent) if percent >= self.warning => "high",
            _ => "normal",
        }
    }
}

/// A bar from 0 to 100 percent. Its value is written beside it, so assistive technology skips it.
///
/// SVG, because the Content-Security-Policy allows no style attribute to give a width by.
pub(crate) fn bar(percent: Number, limits: Limits) -> impl IntoView {
    let of = Number::clone(&percent);
    let width = live(move || within(of().unwrap_or(0.0)).to_string());
    let severity = live(move || limits.severity(percent()).to_owned());
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

/// A bar for each value, side by side, in a path for each severity. An absent value leaves its place empty.
pub(crate) fn bars(
    percents: impl Fn() -> Vec<Option<f64>> + Copy + Send + Sync + 'static,
    limits: Limits,
) -> impl IntoView {
    let none = when(move || percents().is_empty());
    let track = live(move || {
        let mut full = percents();
        for percent in full.iter_mut().flatten() {
            *percent = 100.0;
        }
        path(&full)
    });
    let mut fills: Vec<Piece> = Vec::new();
    for severity in ["normal", "high", "critical"] {
        let fill = live(move || {
            let mut of_severity = percents();
            for percent in &mut of_severity {
                *percent = percent.filter(|it| limits.severity(Some(*it)) == severity);
            }
            path(&of_severity)
        });
        fills.push(
            view! { <path class="bar-fill" data-severity=severity d=fill></path> }.into_piece(),
        );
    }
    view! {
        <svg class="bars" viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true" hidden=none>
            <path class="bars-track" d=track></path>
            {fills}
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_come_from_the_last_thresholds() {
        let severity = |thresholds: &[f64], percent| Limits::of(thresholds).severity(Some(percent));
        assert_eq!(severity(&[80.0, 95.0], 79.9), "normal");
        assert_eq!(severity(&[80.0, 95.0], 80.0), "high");
        assert_eq!(severity(&[80.0, 95.0], 95.0), "critical");
        assert_eq!(severity(&[90.0], 95.0), "critical");
        assert_eq!(severity(&[], 100.0), "normal");
        assert_eq!(Limits::of(&[90.0]).severity(None), "normal");
    }

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
