use anyhow::Result;
use loadtest::Report;

/// Measures each variant once, then each again: a slow minute of the machine affects all of them. Returns a list of
/// reports for each variant.
pub(super) fn in_turns<V>(
    runs: usize,
    variants: &[V],
    mut measure: impl FnMut(&V, usize) -> Result<Report>,
) -> Result<Vec<Vec<Report>>> {
    let mut reports = vec![Vec::new(); variants.len()];
    for number in 1..=runs {
        for (variant, reports) in variants.iter().zip(&mut reports) {
            reports.push(measure(variant, number)?);
        }
    }
    Ok(reports)
}

/// The median of `value` over the samples; NaN if any is NaN.
pub(super) fn median<T>(samples: &[T], value: impl Fn(&T) -> f64) -> f64 {
    let mut values: Vec<f64> = samples.iter().map(value).collect();
    values.sort_by(f64::total_cmp);
    if values.iter().any(|value| value.is_nan()) {
        return f64::NAN;
    }
    match values.len() {
        0 => f64::NAN,
        count if count % 2 == 1 => values[count / 2],
        count => f64::midpoint(values[count / 2 - 1], values[count / 2]),
    }
}

/// The median of the ratios of pairs of runs.
pub(super) fn median_ratio<T>(ours: &[T], theirs: &[T], value: impl Fn(&T) -> f64) -> f64 {
    let pairs: Vec<_> = ours.iter().zip(theirs).collect();
    median(&pairs, |(ours, theirs)| value(ours) / value(theirs))
}

/// A value for a table; `?` if it is unknown.
pub(super) fn show(value: f64, decimals: usize) -> String {
    if value.is_nan() {
        "?".to_owned()
    } else {
        format!("{value:.decimals$}")
    }
}

pub(super) fn cpu_s_per_million(report: &Report) -> f64 {
    report.cpu_s_per_million.unwrap_or(f64::NAN)
}

pub(super) fn bytes_per_delivery(report: &Report) -> f64 {
    report.bytes as f64 / report.deliveries as f64
}

/// Lost, duplicated, reordered or unreadable messages and missing viewers.
pub(super) fn faults(report: &Report) -> f64 {
    let messages = report.lost + report.duplicated + report.reordered + report.unreadable;
    messages as f64 + (report.never_connected + report.silent) as f64
}

#[cfg(test)]
mod tests {
    use super::{median, median_ratio, show};

    fn identity(value: &f64) -> f64 {
        *value
    }

    #[test]
    fn the_middle_counts() {
        assert_eq!(median(&[9.0, 1.0, 2.0], identity), 2.0);
        assert_eq!(median(&[4.0, 1.0, 2.0, 9.0], identity), 3.0);
        assert!(median(&[], identity).is_nan());
        assert!(median(&[1.0, f64::NAN, 2.0], identity).is_nan());
        assert_eq!(
            median_ratio(&[2.0, 9.0, 5.0], &[1.0, 3.0, 1.0], identity),
            3.0
        );
        assert_eq!(show(f64::NAN, 1), "?");
        assert_eq!(show(1.25, 1), "1.2");
    }
}
