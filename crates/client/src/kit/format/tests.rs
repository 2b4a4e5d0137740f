use super::*;

fn check(quantity: &Quantity, number: &str, unit: &str) {
    assert_eq!((quantity.number.as_str(), quantity.unit), (number, unit));
}

#[test]
fn decimals_are_rounded_and_kept() {
    for (value, decimals, text) in [
        (45.25, 1, "45.3"),
        (0.0, 1, "0.0"),
        (99.96, 1, "100.0"),
        (-0.04, 1, "0.0"),
        (-3.5, 1, "−3.5"),
        (7.05, 2, "7.05"),
        (123456.0, 0, "123\u{202f}456"),
        (1e6, 0, "1\u{202f}000\u{202f}000"),
        (1e300, 2, ">\u{202f}1\u{202f}000\u{202f}000"),
        (-1e300, 2, "<\u{202f}−1\u{202f}000\u{202f}000"),
    ] {
        assert_eq!(fixed(value, decimals), text, "{value}");
    }
}

#[test]
fn other_programs_read_plain_numbers() {
    assert_eq!(plain(-1_234_567.25, 1), "-1234567.3");
    assert_eq!(plain(0.0, 0), "0");
}

#[test]
fn quantities_have_at_least_three_digits() {
    check(&rate(0.0), "0", "B/s");
    check(&rate(999.0), "999", "B/s");
    check(&rate(999.6), "1.00", "kB/s");
    check(&rate(1_024_000.0), "1.02", "MB/s");
    check(&rate(999_900.0), "1.00", "MB/s");
    check(&bytes(1024.0), "1.00", "KiB");
    check(&bytes(16.0 * 1024.0 * 1024.0 * 1024.0), "16.0", "GiB");
    check(&bytes(f64::MAX), ">\u{202f}1\u{202f}000\u{202f}000", "EiB");
}

#[test]
fn spans_of_time_in_their_largest_units() {
    for (seconds, text) in [
        (0, "0 s"),
        (65, "1 min 5 s"),
        (3_600, "1 h 0 min"),
        (273_600, "3 d 4 h"),
    ] {
        assert_eq!(duration(seconds), text);
    }
    for (seconds, text) in [
        (12, "12 s"),
        (180, "3 min"),
        (9_000, "2 h"),
        (1_000_000_000, "11574 d"),
    ] {
        assert_eq!(age(seconds), text);
    }
}

#[test]
fn errors_are_sentences() {
    assert_eq!(
        sentence("no answer from the server"),
        "No answer from the server."
    );
    assert_eq!(sentence("Wrong password."), "Wrong password.");
    assert_eq!(sentence(""), ".");
}
