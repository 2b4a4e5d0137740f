use std::fmt::Write;

use crate::SeriesName;

/// A series' name as one text, by which a query names it: `cpu{core="3",host="local"}`.
///
/// The labels come in alphabetical order, `host` among them unless it is empty; quotes, backslashes
/// and braces that belong to a name are written behind a backslash. Different series have different
/// texts; the unit is no part of it.
pub fn text(series: &SeriesName) -> String {
    let mut text = String::new();
    escape(&mut text, &series.name);
    let host = (!series.host.is_empty()).then_some(("host", series.host.as_str()));
    let labels = series.labels.iter();
    let mut labels: Vec<(&str, &str)> = labels
        .map(|(key, value)| (key.as_str(), value.as_str()))
        .chain(host)
        .collect();
    labels.sort_unstable();
    let mut before = '{';
    for (key, value) in labels {
        text.push(before);
        escape(&mut text, key);
        text.push_str("=\"");
        escape(&mut text, value);
        text.push('"');
        before = ',';
    }
    if before == ',' {
        text.push('}');
    }
    text
}

fn escape(text: &mut String, part: &str) {
    for character in part.chars() {
        if matches!(character, '"' | '\\' | '{' | '}') {
            text.push('\\');
        }
        // Writing to a text does not fail.
        let _ = text.write_char(character);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn check(host: &str, name: &str, labels: &[(&str, &str)], expected: &str) {
        let labels = labels.iter();
        let series = SeriesName {
            host: host.to_owned(),
            name: name.to_owned(),
            labels: BTreeMap::from_iter(labels.map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))),
            unit: None,
        };
        assert_eq!(text(&series), expected);
    }

    #[test]
    fn a_name_tells_a_series_from_all_others() {
        check("local", "cpu", &[], r#"cpu{host="local"}"#);
        check(
            "local",
            "cpu",
            &[("core", "3")],
            r#"cpu{core="3",host="local"}"#,
        );
        check(
            "",
            "Requests",
            &[("source", "shop")],
            r#"Requests{source="shop"}"#,
        );
        check("", "Requests", &[], "Requests");
        check("", r#"a{b="c"}"#, &[], r#"a\{b=\"c\"\}"#);
    }
}
