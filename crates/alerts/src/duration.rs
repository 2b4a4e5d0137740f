/// The units, in milliseconds, the longest first.
const UNITS: [(&str, i64); 5] = [
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

/// No duration is longer.
const DURATION_MAX_MS: i64 = 366 * 86_400_000;

/// Why a text is not a duration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a duration: write it as in `30s`, `5m`, `1h30m` or `7d`, at most 366d")]
pub struct InvalidDuration(String);

/// Reads a duration such as `90s` or `1h30m`, in milliseconds. Each unit appears once, the longest first.
///
/// # Errors
///
/// If the text is something else, or longer than 366 days.
pub fn parse_duration(text: &str) -> Result<i64, InvalidDuration> {
    let invalid = || InvalidDuration(text.chars().take(40).collect());
    let mut rest = text.trim();
    let mut total_ms: i64 = 0;
    let mut next_unit = 0;
    while !rest.is_empty() {
        let digits = rest
            .find(|it: char| !it.is_ascii_digit())
            .ok_or_else(invalid)?;
        let number: i64 = rest[..digits].parse().map_err(|_| invalid())?;
        rest = &rest[digits..];
        let letters = rest
            .find(|it: char| it.is_ascii_digit())
            .unwrap_or(rest.len());
        let unit = UNITS.iter().position(|(name, _)| *name == &rest[..letters]);
        let unit = unit.filter(|unit| *unit >= next_unit).ok_or_else(invalid)?;
        next_unit = unit + 1;
        rest = &rest[letters..];
        total_ms = number
            .checked_mul(UNITS[unit].1)
            .and_then(|ms| total_ms.checked_add(ms))
            .filter(|total_ms| *total_ms <= DURATION_MAX_MS)
            .ok_or_else(invalid)?;
    }
    if next_unit == 0 {
        Err(invalid())
    } else {
        Ok(total_ms)
    }
}

/// The text of a duration, which [`parse_duration`] reads.
pub fn format_duration(duration_ms: i64) -> String {
    let mut rest_ms = duration_ms.max(0);
    let mut text = String::new();
    for (name, unit_ms) in UNITS {
        let count = rest_ms / unit_ms;
        rest_ms %= unit_ms;
        if count > 0 {
            text.push_str(&format!("{count}{name}"));
        }
    }
    if text.is_empty() {
        "0s".to_owned()
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn durations_are_read() {
        let check = |text: &str, expected: Option<i64>| {
            assert_eq!(parse_duration(text).ok(), expected, "{text:?}");
        };
        check("30s", Some(30_000));
        check("1h30m", Some(5_400_000));
        check("0s", Some(0));
        check("1m500ms", Some(60_500));
        check("366d", Some(DURATION_MAX_MS));
        for text in [
            "",
            "s",
            "5",
            "5 m",
            "-5m",
            "5m1h",
            "5m5m",
            "5min",
            "1.5h",
            "367d",
            "99999999999999999999d",
            "5µs",
        ] {
            check(text, None);
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(duration_ms in 0..=DURATION_MAX_MS) {
            prop_assert_eq!(parse_duration(&format_duration(duration_ms)), Ok(duration_ms));
        }

        #[test]
        fn no_text_panics(text in ".*") {
            let _ = parse_duration(&text);
        }
    }
}
