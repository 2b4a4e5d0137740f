//! What is on the page, as text for other programs.

use protocol::csv_text;

/// Appends a record (RFC 4180). Every cell is quoted, so that none can break out of its place.
pub(crate) fn csv_record(csv: &mut String, cells: &[&str]) {
    for (index, cell) in cells.iter().enumerate() {
        if index > 0 {
            csv.push(',');
        }
        csv.push('"');
        csv.push_str(&csv_text(cell).replace('"', "\"\""));
        csv.push('"');
    }
    csv.push_str("\r\n");
}

/// The name of a file: `watchroom_web-1_cpu_20261129T013000Z_20261129T023000Z.csv`. Times are absent of what has no
/// range.
pub(crate) fn file_name(
    host: &str,
    what: &str,
    range: Option<(&str, &str)>,
    extension: &str,
) -> String {
    let mut name = String::from("watchroom");
    let times = range.map(|(from, to)| [from, to]);
    for part in [host, what].into_iter().chain(times.into_iter().flatten()) {
        name.push('_');
        for character in part.chars().take(PART_CHARS_MAX) {
            match character {
                'a'..='z' | 'A'..='Z' | '0'..='9' | '.' | '-' => name.push(character),
                _ => name.push('-'),
            }
        }
    }
    name.push('.');
    name.push_str(extension);
    name
}

/// A longer part of a file's name is cut off: file systems have limits.
const PART_CHARS_MAX: usize = 64;

/// Appends a flat object of texts, on a line of its own.
pub(crate) fn json_record(json: &mut String, fields: &[(&str, &str)]) {
    json.push_str(if json.is_empty() { "[\n{" } else { ",\n{" });
    for (index, (name, value)) in fields.iter().enumerate() {
        if index > 0 {
            json.push(',');
        }
        // Serialising a string does not fail.
        let value = serde_json::to_string(value).unwrap_or_default();
        json.push('"');
        json.push_str(name);
        json.push_str("\":");
        json.push_str(&value);
    }
    json.push('}');
}

/// Ends what [`json_record`] began.
pub(crate) fn json_end(json: &mut String) {
    json.push_str(if json.is_empty() { "[]\n" } else { "\n]\n" });
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    #[test]
    fn a_cell_is_never_a_formula_nor_two_cells() {
        for (cell, written) in [
            ("nginx", "\"nginx\"\r\n"),
            ("a \"b\", c\nd", "\"a \"\"b\"\", c\nd\"\r\n"),
            ("=1+1", "\"'=1+1\"\r\n"),
            ("+1", "\"'+1\"\r\n"),
            ("\u{202e}gpj.exe", "\"\u{fffd}gpj.exe\"\r\n"),
            ("-cmd", "\"'-cmd\"\r\n"),
            ("-1+1", "\"'-1+1\"\r\n"),
            ("@SUM(A1)", "\"'@SUM(A1)\"\r\n"),
            ("-3.5", "\"-3.5\"\r\n"),
        ] {
            let mut csv = String::new();
            csv_record(&mut csv, &[cell]);
            assert_eq!(csv, written, "{cell}");
        }
    }

    #[test]
    fn files_are_named_by_host_content_and_range() {
        let range = Some(("20261129T013000Z", "20261129T023000Z"));
        assert_eq!(
            file_name("web/1", "cpu", range, "csv"),
            "watchroom_web-1_cpu_20261129T013000Z_20261129T023000Z.csv"
        );
        assert_eq!(
            file_name("web-1", "feed", None, "json"),
            "watchroom_web-1_feed.json"
        );
    }

    #[test]
    fn json_is_a_list_of_objects() {
        let mut json = String::new();
        json_record(&mut json, &[("level", "info"), ("message", "a \"b\"\n")]);
        json_record(&mut json, &[("level", "error"), ("message", "</script>")]);
        json_end(&mut json);
        let read: Vec<HashMap<String, String>> = serde_json::from_str(&json).unwrap();
        assert_eq!(read[0]["message"], "a \"b\"\n");
        assert_eq!(read[1]["message"], "</script>");

        let mut none = String::new();
        json_end(&mut none);
        assert_eq!(none, "[]\n");
    }
}
