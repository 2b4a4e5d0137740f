//! Finds some of very many series while somebody types.

use super::{Shared, TimeSeries};
use protocol::{Metric, SeriesKey};
use std::sync::Arc;
use store::Series;

/// The most words of a search; further ones are ignored.
const WORDS_MAX: usize = 10;

/// A series that was found, with the first and the last time of its samples, as far as that is known in memory: no
/// later than the first, and no earlier than the last.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The series.
    pub series: Series,
    /// Absent without samples.
    pub span_ms: Option<(i64, i64)>,
}

/// What to look for.
struct Words<'a>(Vec<&'a str>);

impl TimeSeries {
    /// The first series whose name or labels contain all words of a text, at most `series_max`, sorted; and whether
    /// there are more. A word is found whatever its case, and `region=eu` in the values of labels called so. All
    /// series for an empty text, those of hosts' metrics first.
    pub fn search(&self, text: &str, series_max: usize) -> (Vec<Found>, bool) {
        let words = Words::of(text);
        let mut keys = self.shared.keys();
        keys.retain(|key| words.match_key(key));
        // An active series is listed twice.
        let several = (2 * series_max).saturating_add(2);
        let is_cut = keys.len() > several;
        if is_cut {
            keys.select_nth_unstable_by(several, |a, b| rank(a).cmp(&rank(b)));
            keys.truncate(several);
        }
        keys.sort_unstable_by(|a, b| rank(a).cmp(&rank(b)));
        keys.dedup();
        let has_more = is_cut || keys.len() > series_max;
        keys.truncate(series_max);
        let found = keys.iter().filter_map(|key| self.shared.found(key));
        (found.collect(), has_more)
    }
}

/// Those of a host's metrics first.
fn rank(key: &Arc<SeriesKey>) -> (bool, &SeriesKey) {
    (Metric::of(key).is_none(), key)
}

impl Shared {
    fn found(&self, key: &SeriesKey) -> Option<Found> {
        let series = self.find(key)?;
        let unsealed = self.recorder().span_ms(key);
        let stored = self.stored_series().get(key).map(|stored| stored.span_ms);
        let spans = stored.filter(|(from_ms, to_ms)| from_ms <= to_ms);
        let spans = spans.into_iter().chain(unsealed);
        Some(Found {
            series,
            span_ms: spans.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1))),
        })
    }
}

impl<'a> Words<'a> {
    fn of(text: &'a str) -> Self {
        Self(text.split_whitespace().take(WORDS_MAX).collect())
    }

    fn match_key(&self, key: &SeriesKey) -> bool {
        self.0.iter().all(|word| {
            let of_label = word.split_once('=');
            match of_label.filter(|(label, _)| !label.is_empty()) {
                Some((label, value)) => {
                    let mut labels = key.labels.iter();
                    let is_of = |name: &str, of: &str| {
                        name.eq_ignore_ascii_case(label) && contains(of, value)
                    };
                    is_of("host", &key.host) || labels.any(|(name, of)| is_of(name, of))
                }
                None => {
                    let mut labels = key.labels.iter();
                    contains(&key.name, word)
                        || contains(&key.host, word)
                        || labels.any(|(name, of)| contains(name, word) || contains(of, word))
                }
            }
        })
    }
}

/// Whether a text contains another, whatever the case of ASCII letters. Allocates nothing.
fn contains(text: &str, part: &str) -> bool {
    let (text, part) = (text.as_bytes(), part.as_bytes());
    let Some(first) = part.first() else {
        return true;
    };
    let Some(last) = text.len().checked_sub(part.len()) else {
        return false;
    };
    (0..=last).any(|at| {
        text[at].eq_ignore_ascii_case(first) && text[at..at + part.len()].eq_ignore_ascii_case(part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_found(text: &str) -> bool {
        let labels = [("Region", "eu-west"), ("path", "/api/Orders")];
        let labels = labels.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Words::of(text).match_key(&SeriesKey::new("web-1", "http_requests_total", labels))
    }

    #[test]
    fn words_are_found_in_name_host_and_labels() {
        for text in [
            "",
            "requests",
            "HTTP eu",
            "orders web-1",
            "region=EU",
            "host=web",
            "path=/api total",
        ] {
            assert!(is_found(text), "{text}");
        }
        for text in ["requestz", "region=us", "method=", "http web-2", "eu=west"] {
            assert!(!is_found(text), "{text}");
        }
    }
}
