use leptos::prelude::*;

/// From here on a bar is coloured as high, in percent.
const HIGH: f64 = 75.0;

/// From here on a bar is coloured as critical, in percent.
const CRITICAL: f64 = 90.0;

/// A bar from 0 to 100 percent. The figure stands beside it, so assistive technology skips it.
///
/// SVG, because the Content-Security-Policy allows no style attribute to give a width by.
pub(super) fn bar(percent: Signal<Option<f64>>) -> AnyView {
    let width = move || within(percent.get()).to_string();
    view! {
        <svg
            class="bar"
            viewBox="0 0 100 1"
            preserveAspectRatio="none"
            aria-hidden="true"
            data-severity=move || severity(percent.get())
        >
            <rect class="bar-fill" height="1" width=width></rect>
        </svg>
    }
    .into_any()
}

/// A bar for each figure, side by side: one path, however many there are.
pub(super) fn bars(percents: Signal<Vec<f64>>) -> AnyView {
    let columns = move || percents.with(|percents| path(percents));
    view! {
        <svg class="bars" viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
            <path class="bars-track" d=move || percents.with(|p| path(&vec![100.0; p.len()]))></path>
            <path class="bar-fill" d=columns></path>
        </svg>
    }
    .into_any()
}

/// The share of a column's width that is left free beside it.
const COLUMN_GAP: f64 = 0.25;

fn path(percents: &[f64]) -> String {
    let pitch = 100.0 / percents.len().max(1) as f64;
    let width = tenths(pitch * (1.0 - COLUMN_GAP));
    let mut path = String::new();
    for (index, percent) in percents.iter().enumerate() {
        let left = tenths((index as f64 + COLUMN_GAP / 2.0) * pitch);
        let top = tenths(100.0 - f64::from(within(Some(*percent))));
        path.push_str(&format!("M{left} 100V{top}h{width}V100z"));
    }
    path
}

/// Drawings need no more than a decimal, which is cheaper to print than a float.
fn tenths(value: f64) -> String {
    let tenths = (value * 10.0) as u32;
    format!("{}.{}", tenths / 10, tenths % 10)
}

fn within(percent: Option<f64>) -> u32 {
    percent.unwrap_or(0.0).clamp(0.0, 100.0).round() as u32
}

pub(super) fn severity(percent: Option<f64>) -> &'static str {
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
    fn absurd_values_stay_within_the_bar() {
        assert_eq!(within(Some(-5.0)), 0);
        assert_eq!(within(Some(1e300)), 100);
        assert_eq!(path(&[50.0]), "M12.5 100V50.0h75.0V100z");
        assert_eq!(path(&[]), "");
    }
}
