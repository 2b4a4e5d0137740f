/// The median of what `figure` takes from each sample; NaN if any of them is.
pub(super) fn median<T>(samples: &[T], figure: impl Fn(&T) -> f64) -> f64 {
    let mut figures: Vec<f64> = samples.iter().map(figure).collect();
    figures.sort_by(f64::total_cmp);
    if figures.iter().any(|figure| figure.is_nan()) {
        return f64::NAN;
    }
    match figures.len() {
        0 => f64::NAN,
        count if count % 2 == 1 => figures[count / 2],
        count => f64::midpoint(figures[count / 2 - 1], figures[count / 2]),
    }
}

/// The median of ratios of what was run as a pair.
pub(super) fn median_ratio<T>(ours: &[T], theirs: &[T], figure: impl Fn(&T) -> f64) -> f64 {
    let pairs: Vec<_> = ours.iter().zip(theirs).collect();
    median(&pairs, |(ours, theirs)| figure(ours) / figure(theirs))
}

/// A figure for a table; `?` if it is not known.
pub(super) fn show(figure: f64, decimals: usize) -> String {
    if figure.is_nan() {
        "?".to_owned()
    } else {
        format!("{figure:.decimals$}")
    }
}

#[cfg(test)]
mod tests {
    use super::{median, median_ratio, show};

    fn identity(figure: &f64) -> f64 {
        *figure
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
