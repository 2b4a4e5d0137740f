use crate::Labels;
use crate::selector::looks_like_fold;
use std::fmt::{self, Write};

/// The label by which selectors match [`SeriesKey::host`].
pub const HOST_LABEL: &str = "host";
/// The label by which selectors match [`SeriesKey::name`], as in Prometheus.
pub const NAME_LABEL: &str = "__name__";

/// Identifies a series. The unit is not part of its identity.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SeriesKey {
    /// The host it is about; empty if a program reports it without one.
    pub host: String,
    /// The name of the metric, such as `cpu` or `network_recv`.
    pub name: String,
    /// Distinguishes it from others of that name, such as `core` = `3`.
    pub labels: Labels,
}

impl SeriesKey {
    /// A series with a longer text is not stored.
    pub const TEXT_BYTES_MAX: usize = 512;

    /// Ignores labels without a name or a value (an empty value is the same as no label) and labels that
    /// would repeat the host or the name.
    pub fn new(
        host: impl Into<String>,
        name: impl Into<String>,
        labels: impl IntoIterator<Item = (String, String)>,
    ) -> Self {
        let mut labels = labels.into_iter();
        let labels = collect_valid(&mut || labels.next());
        Self {
            host: host.into(),
            name: name.into(),
            labels,
        }
    }

    /// A label's value, [`HOST_LABEL`] and [`NAME_LABEL`] included; empty if it has no such label.
    pub fn label(&self, label: &str) -> &str {
        match label {
            HOST_LABEL => &self.host,
            NAME_LABEL => &self.name,
            label => self.labels.get(label).map_or("", String::as_str),
        }
    }
}

/// Not generic and without `collect`, which would add kilobytes of code to the browser's load.
fn collect_valid(next: &mut dyn FnMut() -> Option<(String, String)>) -> Labels {
    let mut valid = Labels::new();
    while let Some((label, value)) = next() {
        let is_reserved = matches!(label.as_str(), "" | HOST_LABEL | NAME_LABEL);
        if !is_reserved && !value.is_empty() {
            valid.insert(label, value);
        }
    }
    valid
}

/// The selector of the series, `cpu{core="3",host="local"}`: a
/// [`Selector`](crate::Selector) with one `=` for each label, in alphabetical order, the host among them.
/// Different keys have different texts.
impl fmt::Display for SeriesKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_name(f, &self.name, false)?;
        let host = (!self.host.is_empty()).then_some((HOST_LABEL, self.host.as_str()));
        let labels = self.labels.iter();
        let mut labels: Vec<(&str, &str)> = labels
            .map(|(label, value)| (label.as_str(), value.as_str()))
            .chain(host)
            .collect();
        labels.sort_unstable();
        let mut before = '{';
        for (label, value) in labels {
            f.write_char(before)?;
            write_label(f, label)?;
            f.write_char('=')?;
            write_value(f, value)?;
            before = ',';
        }
        match before {
            ',' => f.write_char('}'),
            _ => Ok(()),
        }
    }
}

/// A name as a selector has it. White space at its ends is escaped, and parentheses where the name could be
/// taken for a fold, or a fold would end there; other names are as they are.
pub(crate) fn write_name(f: &mut fmt::Formatter<'_>, name: &str, is_folded: bool) -> fmt::Result {
    let is_fold = looks_like_fold(name);
    let inner = name.trim();
    let start = name.len() - name.trim_start().len();
    for (at, character) in name.char_indices() {
        let is_at_end = at < start || at >= start + inner.len();
        let is_special = match character {
            '"' | '\\' | '{' | '}' => true,
            '(' => is_fold,
            ')' => is_folded,
            _ => is_at_end,
        };
        write_escaped(f, character, is_special)?;
    }
    Ok(())
}

/// A label's name as a selector has it.
pub(crate) fn write_label(f: &mut fmt::Formatter<'_>, label: &str) -> fmt::Result {
    for character in label.chars() {
        write_escaped(f, character, ends_label(character))?;
    }
    Ok(())
}

/// A label's value, in quotes.
pub(crate) fn write_value(f: &mut fmt::Formatter<'_>, value: &str) -> fmt::Result {
    f.write_char('"')?;
    for character in value.chars() {
        write_escaped(f, character, matches!(character, '"' | '\\' | '{' | '}'))?;
    }
    f.write_char('"')
}

fn write_escaped(f: &mut fmt::Formatter<'_>, character: char, is_special: bool) -> fmt::Result {
    if is_special {
        f.write_char('\\')?;
    }
    f.write_char(character)
}

/// Whether a label's name cannot go on with this character unless it is escaped.
pub(crate) fn ends_label(character: char) -> bool {
    character.is_whitespace()
        || matches!(
            character,
            '"' | '\\' | '{' | '}' | '(' | ')' | ',' | '=' | '!' | '~'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(host: &str, name: &str, labels: &[(&str, &str)], expected: &str) {
        let labels = labels.iter();
        let labels = labels.map(|(label, value)| ((*label).to_owned(), (*value).to_owned()));
        assert_eq!(SeriesKey::new(host, name, labels).to_string(), expected);
    }

    #[test]
    fn different_series_have_different_texts() {
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
        check("", "Load (1m)", &[], "Load (1m)");
        check("", r#"a{b="c"}"#, &[], r#"a\{b=\"c\"\}"#);
        check("", "sum(a)", &[], r"sum\(a)");
        check("", " a b ", &[], r"\ a b\ ");
        check("", "a", &[("b=c", "d")], r#"a{b\=c="d"}"#);
    }

    #[test]
    fn empty_and_reserved_labels_are_ignored() {
        let labels = [("", "x"), ("host", "x"), ("__name__", "x"), ("a", "")];
        check("local", "cpu", &labels, r#"cpu{host="local"}"#);
    }
}
