//! How values of any unit are written, and how grave they are.

use crate::kit::bar::Limits;
use chart::{Kind, quantity};
use protocol::WidgetOptions;

/// Between a number and its unit.
const BETWEEN: char = '\u{a0}';

/// What sort of quantity a unit has.
pub(super) fn kind(unit: &str, decimals: Option<u32>) -> Kind {
    match (unit, decimals) {
        ("%", _) => Kind::Percent,
        ("B", _) => Kind::Binary,
        ("B/s" | "bit/s" | "b/s", _) => Kind::Si,
        (_, Some(decimals)) => Kind::Fixed(decimals),
        _ => Kind::Plain,
    }
}

/// A value with its unit.
pub(super) fn written(value: f64, unit: &str, options: &WidgetOptions) -> String {
    quantity(value, kind(unit, options.decimals), unit)
}

/// The same as number and unit, which may be empty.
pub(super) fn parts(value: f64, unit: &str, options: &WidgetOptions) -> (String, String) {
    let text = written(value, unit, options);
    match text.rsplit_once(BETWEEN) {
        Some((number, unit)) => (number.to_owned(), unit.to_owned()),
        None => (text, String::new()),
    }
}

/// A change of a value with its sign; one of percent in points.
pub(super) fn change(by: f64, unit: &str, options: &WidgetOptions) -> String {
    // A small difference of large numbers has no more decimals than these.
    let kind = match kind(unit, options.decimals) {
        Kind::Plain if by.abs() < 1.0 => Kind::Fixed(2),
        kind => kind,
    };
    let text = quantity(by, kind, unit);
    let sign = if by > 0.0 { "+" } else { "" };
    match unit {
        "%" => [sign, text.trim_end_matches('%'), "points"].concat(),
        _ => [sign, &text].concat(),
    }
}

/// What the style sheet goes by.
pub(super) fn severity(value: Option<f64>, options: &WidgetOptions) -> String {
    Limits::of(&options.thresholds).severity(value).to_owned()
}

/// The lowest and the highest value of a scale: as chosen, or from 0 to 100 percent, or around all that is known.
pub(super) fn scale(options: &WidgetOptions, unit: &str, lowest: f64, highest: f64) -> (f64, f64) {
    let low = options.min.unwrap_or(match lowest < 0.0 {
        true => -above(-lowest),
        false => 0.0,
    });
    let most = options.thresholds.iter().copied().fold(highest, f64::max);
    let high = options.max.unwrap_or(match unit {
        "%" if most <= 100.0 => 100.0,
        _ => above(most),
    });
    (low, if high > low { high } else { low + 1.0 })
}

/// The least of 1, 2, 5, 10, … that is not below a value.
fn above(value: f64) -> f64 {
    if value <= 0.0 || !value.is_finite() {
        return 1.0;
    }
    let unit = 10_f64.powi(value.log10().floor() as i32);
    let steps = [1.0, 2.0, 5.0];
    let step = steps
        .into_iter()
        .find(|step| step * unit >= value * 0.999_999);
    step.unwrap_or(10.0) * unit
}

/// Where a value is between the ends of a scale, from 0 to 1.
pub(super) fn share(value: f64, (low, high): (f64, f64)) -> f64 {
    ((value - low) / (high - low)).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_a_number_and_its_unit() {
        let options = WidgetOptions::default();
        let parts = |value, unit| parts(value, unit, &options);
        assert_eq!(parts(45.25, "%"), ("45.3".into(), "%".into()));
        assert_eq!(parts(3_221_225_472.0, "B"), ("3.00".into(), "GiB".into()));
        assert_eq!(parts(12.0, ""), ("12".into(), String::new()));
        let two = WidgetOptions {
            decimals: Some(2),
            ..WidgetOptions::default()
        };
        assert_eq!(super::parts(0.5, "", &two).0, "0.50");
    }

    #[test]
    fn changes_have_signs() {
        let change = |by, unit| change(by, unit, &WidgetOptions::default()).replace(BETWEEN, " ");
        assert_eq!(change(3.25, "%"), "+3.3 points");
        assert_eq!(change(-2.0, "°C"), "−2 °C");
        assert_eq!(change(-0.06, ""), "−0.06");
        assert_eq!(change(12.0, "°C"), "+12 °C");
    }

    #[test]
    fn a_scale_has_round_ends() {
        let options = WidgetOptions::default();
        assert_eq!(scale(&options, "%", 5.0, 40.0), (0.0, 100.0));
        assert_eq!(scale(&options, "%", 5.0, 140.0), (0.0, 200.0));
        assert_eq!(scale(&options, "", -3.0, 42.0), (-5.0, 50.0));
        assert_eq!(scale(&options, "", 0.0, 0.0), (0.0, 1.0));
        assert_eq!(scale(&options, "", 7.0, 100.0), (0.0, 100.0));
        let chosen = WidgetOptions {
            min: Some(10.0),
            max: Some(10.0),
            ..WidgetOptions::default()
        };
        assert_eq!(scale(&chosen, "", 0.0, 9.0), (10.0, 11.0), "never empty");
        assert_eq!(share(75.0, (50.0, 100.0)), 0.5);
        assert_eq!(share(-1.0, (0.0, 1.0)), 0.0);
    }
}
