//! Figures as text, by hand: the standard library's exact printing of floating point numbers is
//! larger than all of this crate, and the browser loads it.

/// The real minus sign, as wide as the digits.
pub(super) const MINUS: char = '\u{2212}';

/// A number with a fixed count of decimals. Beyond 19 digits they are all nines: such numbers are
/// scaled first.
pub(super) fn fixed(value: f64, decimals: u32) -> String {
    let one = 10_u64.pow(decimals);
    let scaled = (value.abs() * one as f64).round() as u64;
    let mut text = String::new();
    if value < 0.0 && scaled > 0 {
        text.push(MINUS);
    }
    push_digits(&mut text, scaled / one, 1);
    if decimals > 0 {
        text.push('.');
        push_digits(&mut text, scaled % one, decimals);
    }
    text
}

/// Appends a whole number with at least so many digits.
pub(crate) fn push_digits(text: &mut String, number: u64, digits_min: u32) {
    if number >= 10 || digits_min > 1 {
        push_digits(text, number / 10, digits_min.saturating_sub(1));
    }
    text.push(char::from(b'0' + (number % 10) as u8));
}

/// Appends a power of ten that no prefix names, as in `e21`.
pub(super) fn push_exponent(text: &mut String, exponent: i32) {
    text.push('e');
    if exponent < 0 {
        text.push(MINUS);
    }
    push_digits(text, u64::from(exponent.unsigned_abs()), 1);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_rounded_and_kept() {
        for (value, decimals, text) in [
            (0.0, 0, "0"),
            (45.25, 1, "45.3"),
            (99.96, 1, "100.0"),
            (7.05, 2, "7.05"),
            (-3.5, 1, "−3.5"),
            (-0.04, 1, "0.0"),
            (1234567.0, 0, "1234567"),
        ] {
            assert_eq!(fixed(value, decimals), text, "{value}");
        }
    }
}
