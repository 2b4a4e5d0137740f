//! How exactly figures are kept that are more exact than anyone reads them.

/// The nearest number of `digits` significant digits: 126 973 with three is 127 000. A half goes up.
pub(super) fn significant(number: u64, digits: u32) -> f64 {
    let length = number.checked_ilog10().unwrap_or(0) + 1;
    let unit = 10_u64.pow(length.saturating_sub(digits));
    let rounded = u128::from(number) + u128::from(unit / 2);
    (rounded / u128::from(unit) * u128::from(unit)) as f64
}

#[cfg(test)]
mod tests {
    use super::significant;

    #[test]
    fn digits_beyond_are_rounded_away() {
        for (number, rounded) in [
            (0, 0.0),
            (7, 7.0),
            (999, 999.0),
            (126_973, 127_000.0),
            (126_500, 127_000.0),
            (99_960, 100_000.0),
            (u64::MAX, 18_400_000_000_000_000_000.0),
        ] {
            assert_eq!(significant(number, 3), rounded, "{number}");
        }
    }
}
