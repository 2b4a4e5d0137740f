//! Decimal fractions as whole numbers: 45.2 is 452 tenths, whatever its binary digits.

/// Beyond this a float cannot represent every integer.
const WHOLE_MAX: f64 = 9_007_199_254_740_992.0;
const PLACES_MAX: u8 = 9;
/// A value of more significant digits than this is better coded as an integer.
pub(super) const DIGITS_MAX: u8 = 5;
/// `i64` has 19 digits.
const TENS: [i64; 19] = {
    let mut tens = [1; 19];
    let mut power = 1;
    while power < tens.len() {
        tens[power] = tens[power - 1] * 10;
        power += 1;
    }
    tens
};

/// The values as multiples of 10⁻ᵖ with the least number of places `p` that loses nothing, and that
/// number; `None` if there is none.
pub(super) fn to_whole(values: &[f64]) -> Option<(u8, Vec<i64>)> {
    let mut places = 0;
    for &value in values {
        // A value with few places has a form with more of them, too, up to 2^53.
        while whole(value, places).is_none() {
            places += 1;
            if places > PLACES_MAX {
                return None;
            }
        }
    }
    let wholes: Option<Vec<i64>> = values.iter().map(|&value| whole(value, places)).collect();
    Some((places, wholes?))
}

fn whole(value: f64, places: u8) -> Option<i64> {
    let scaled = (value * TENS[usize::from(places)] as f64).round();
    if scaled.abs() > WHOLE_MAX || scaled.is_nan() {
        return None;
    }
    let whole = scaled as i64;
    // Bits, since -0.0 equals 0.0.
    (from_whole(whole, places)?.to_bits() == value.to_bits()).then_some(whole)
}

/// `None` for a number of places that no value has.
#[inline]
pub(super) fn from_whole(whole: i64, places: u8) -> Option<f64> {
    (places <= PLACES_MAX).then(|| whole as f64 / TENS[usize::from(places)] as f64)
}

/// The least number of significant digits that all these have, if it is few enough to help.
pub(super) fn significant_digits(wholes: &[i64]) -> Option<u8> {
    let mut digits = 1;
    for whole in wholes {
        while to_scientific(*whole, digits).is_none() {
            digits += 1;
            if digits > DIGITS_MAX {
                return None;
            }
        }
    }
    Some(digits)
}

/// The index of a number among all those of `digits` significant digits: with two, 0 to 99 are themselves,
/// 100 is 100, 110 is 101, 990 is 189, 1000 is 190. It preserves order, and a rate that changes by a percent
/// changes by a few, however high it is.
pub(super) fn to_scientific(whole: i64, digits: u8) -> Option<i64> {
    let size = whole.checked_abs()?;
    let (first, step) = (TENS[usize::from(digits) - 1], TENS[usize::from(digits)]);
    if size < step {
        return Some(whole);
    }
    let exponent = size.ilog10() as usize + 1 - usize::from(digits);
    if size % TENS[exponent] != 0 {
        return None;
    }
    let mantissa = size / TENS[exponent];
    let number = step + (exponent as i64 - 1) * 9 * first + (mantissa - first);
    Some(number * whole.signum())
}

/// `None` for a number that [`to_scientific`] never returns.
#[inline]
pub(super) fn from_scientific(number: i64, digits: u8) -> Option<i64> {
    let size = number.checked_abs()?;
    let (first, step) = (TENS[usize::from(digits) - 1], TENS[usize::from(digits)]);
    if size < step {
        return Some(number);
    }
    let exponent = (size - step) / (9 * first) + 1;
    let mantissa = (size - step) % (9 * first) + first;
    let ten = TENS.get(usize::try_from(exponent).ok()?)?;
    Some(mantissa.checked_mul(*ten)? * number.signum())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn decimals_need_as_many_places_as_they_are_written_with() {
        assert_eq!(to_whole(&[45.2, 0.1, -3.0]), Some((1, vec![452, 1, -30])));
        assert_eq!(
            to_whole(&[1e15, 2.0]),
            Some((0, vec![1_000_000_000_000_000, 2]))
        );
        assert_eq!(to_whole(&[0.29, 1.55]), Some((2, vec![29, 155])));
        for exact_in_no_decimal in [f64::NAN, f64::INFINITY, -0.0, 1e300, 5e-324, 0.1 + 0.2] {
            assert_eq!(to_whole(&[1.0, exact_in_no_decimal]), None);
        }
    }

    #[test]
    fn significant_digits_are_counted_through() {
        for (whole, number) in [
            (0, 0),
            (99, 99),
            (100, 100),
            (110, 101),
            (990, 189),
            (-1000, -190),
        ] {
            assert_eq!(to_scientific(whole, 2), Some(number));
            assert_eq!(from_scientific(number, 2), Some(whole));
        }
        assert_eq!(to_scientific(101, 2), None);
        assert_eq!(from_scientific(i64::MAX, 2), None);
        assert_eq!(significant_digits(&[1_230_000, 45, 0]), Some(3));
        assert_eq!(significant_digits(&[123_456_789]), None);
    }

    proptest! {
        #[test]
        fn whole_numbers_come_back(whole: i64, digits in 1..=DIGITS_MAX) {
            if let Some(number) = to_scientific(whole, digits) {
                prop_assert_eq!(from_scientific(number, digits), Some(whole));
            }
            let _ = from_scientific(whole, digits);
        }
    }
}
