//! Cells of comma-separated values (RFC 4180) that are safe to open in a spreadsheet, for the server's
//! exports and the page's files.

use crate::is_disruptive;

/// The unquoted text of a cell.
///
/// A text that a spreadsheet would evaluate as a formula is prefixed with an apostrophe (OWASP, "CSV
/// Injection"); numbers are not. A character that [`is_disruptive`] becomes U+FFFD, except line breaks and
/// tabs, which a quoted cell may have.
pub fn csv_text(text: &str) -> String {
    let mut shown = String::with_capacity(text.len() + 1);
    if is_formula(text) {
        shown.push('\'');
    }
    for char in text.chars() {
        let is_layout = matches!(char, '\t' | '\r' | '\n');
        shown.push(if is_disruptive(char) && !is_layout {
            char::REPLACEMENT_CHARACTER
        } else {
            char
        });
    }
    shown
}

/// Appends a cell, quoted if necessary. Other separators than the comma are quoted, too, since a
/// spreadsheet's separator depends on its user's language.
pub fn push_csv_cell(csv: &mut String, text: &str) {
    let shown = csv_text(text);
    let is_plain = !shown.contains([',', ';', '"', '\r', '\n', '\t']) && !shown.starts_with('\'');
    if is_plain && shown.trim() == shown {
        csv.push_str(&shown);
        return;
    }
    csv.push('"');
    for part in shown.split_inclusive('"') {
        csv.push_str(part);
        if part.ends_with('"') {
            csv.push('"');
        }
    }
    csv.push('"');
}

/// Whether a spreadsheet may evaluate it as a formula: some skip white space, and in some languages the
/// full-width forms count.
fn is_formula(text: &str) -> bool {
    const FIRST: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];
    text.starts_with(['\t', '\r', '\n']) || text.trim_start().starts_with(FIRST) && !is_number(text)
}

/// A number as JSON writes it (RFC 8259, section 6).
fn is_number(text: &str) -> bool {
    let digits = |bytes: &[u8]| bytes.iter().take_while(|it| it.is_ascii_digit()).count();
    let mut rest = text.as_bytes();
    if let [b'-', after @ ..] = rest {
        rest = after;
    }
    let whole = digits(rest);
    rest = &rest[whole..];
    if whole == 0 {
        return false;
    }
    if let [b'.', after @ ..] = rest {
        let fraction = digits(after);
        if fraction == 0 {
            return false;
        }
        rest = &after[fraction..];
    }
    if let [b'e' | b'E', after @ ..] = rest {
        let after = match after {
            [b'+' | b'-', after @ ..] => after,
            after => after,
        };
        let exponent = digits(after);
        return exponent > 0 && exponent == after.len();
    }
    rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let mut csv = String::new();
        push_csv_cell(&mut csv, text);
        assert_eq!(csv, expected, "{text:?}");
    }

    #[test]
    fn separators_are_quoted() {
        check("", "");
        check("plain text", "plain text");
        check("a,b", "\"a,b\"");
        check("a;=1+1", "\"a;=1+1\"");
        check("say \"no\"", "\"say \"\"no\"\"\"");
        check("two\nlines", "\"two\nlines\"");
        check(" padded", "\" padded\"");
    }

    #[test]
    fn a_number_stays_a_number() {
        for number in ["0", "-3.5", "12.25", "-1e-7", "1.5E+10", "-0"] {
            check(number, number);
        }
    }

    #[test]
    fn formulas_become_text() {
        check("=1+1", "\"'=1+1\"");
        check("+49 30 1234", "\"'+49 30 1234\"");
        check("-cmd", "\"'-cmd\"");
        check("-1+1", "\"'-1+1\"");
        check("-1.", "\"'-1.\"");
        check("-", "\"'-\"");
        check("@SUM(A1)", "\"'@SUM(A1)\"");
        check("\t=1", "\"'\t=1\"");
        check("\r=1", "\"'\r=1\"");
        check("  =1", "\"'  =1\"");
        check("＝1+1", "\"'＝1+1\"");
        check(
            "=HYPERLINK(\"http://x.example\")",
            "\"'=HYPERLINK(\"\"http://x.example\"\")\"",
        );
    }

    #[test]
    fn disruptive_characters_are_replaced() {
        check("a\u{202e}gpj.exe", "a\u{fffd}gpj.exe");
        check("\u{2066}=1", "\u{fffd}=1");
        check("bell\u{7}\u{1b}[31m\0", "bell\u{fffd}\u{fffd}[31m\u{fffd}");
        check("日本 👩\u{200d}🚒", "日本 👩\u{200d}🚒");
    }
}
