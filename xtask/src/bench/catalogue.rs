//! Which series a server has.

use anyhow::{Result, ensure};

use super::http::get;

/// What each series is asked for by, as CSV's first column has it.
pub(super) fn series(url: &str) -> Result<Vec<String>> {
    let csv = get(url, "/api/v1/series?format=csv")?;
    let lines: Vec<String> = csv.lines().skip(1).map(first_field).collect();
    ensure!(!lines.is_empty(), "the server has no series");
    Ok(lines)
}

/// RFC 4180: a quoted field doubles its quotes.
fn first_field(line: &str) -> String {
    let Some(quoted) = line.strip_prefix('"') else {
        let end = line.find(',').unwrap_or(line.len());
        return line[..end].to_owned();
    };
    let mut field = String::new();
    let mut characters = quoted.chars().peekable();
    while let Some(character) = characters.next() {
        if character == '"' && characters.next_if_eq(&'"').is_none() {
            break;
        }
        field.push(character);
    }
    field
}

#[cfg(test)]
mod tests {
    use super::first_field;

    #[test]
    fn quotes_are_taken_off() {
        assert_eq!(first_field("Orders,,x"), "Orders");
        assert_eq!(
            first_field(r#""cpu{core=""3"",host=""demo""}",demo,cpu,%"#),
            r#"cpu{core="3",host="demo"}"#
        );
    }
}
