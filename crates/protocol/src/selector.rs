//! Selectors of series: Prometheus's matchers, and folds of the matched series.
//!
//! `parse.rs` parses the text, `matching.rs` applies it. The browser parses and writes selectors, and the
//! server applies them: a regular expression engine would be half of the browser's load.

#[cfg(feature = "match")]
mod matching;
mod parse;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

#[cfg(feature = "match")]
pub use matching::CompiledSelector;
pub use parse::InvalidSelector;
pub(crate) use parse::looks_like_fold;

use crate::series_key::{write_label, write_name, write_value};
use crate::{Fold, HOST_LABEL, NAME_LABEL, SeriesKey};

/// Selects series, and folds them if it has a fold.
///
/// ```text
/// cpu{host="web-.*"}                        one series, or all with these labels
/// cpu{core!="",host=~"web-.*"}              the cores of some hosts
/// {__name__=~"disk_.*",mount="/"}           metrics of some names
/// sum by (region) (Requests{shard!~"[0-3]"})   folded: one series for each region
/// ```
///
/// The matchers are Prometheus's: regular expressions are those of RE2 and match whole values, and a label
/// that a series does not have is an empty one. A name may be any text. Values are escaped as `\"`, `\\`,
/// `\{` and `\}`, so a regular expression's `\d` is written `\\d`; in names any ASCII punctuation and any
/// white space may be escaped.
///
/// A selector that is the text of an existing series selects only that series: `cpu{host="local"}` is the
/// total, not the cores, whose `core` is not empty; see [`Selector::key`]. A fold applies to all matching
/// series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selector {
    /// The name of the series; any, if absent.
    pub name: Option<String>,
    /// Matchers of their labels.
    pub matchers: Vec<Matcher>,
    /// Folds the selected series.
    pub fold: Option<Fold>,
}

/// A condition on a label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matcher {
    /// The label's name.
    pub label: String,
    /// How to compare.
    pub comparison: Comparison,
    /// The value or regular expression to compare with.
    pub value: String,
}

/// How a matcher compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// The value is the same.
    Equal,
    /// The value is another.
    NotEqual,
    /// The regular expression matches all of the value.
    Matches,
    /// It does not.
    MatchesNot,
}

impl Comparison {
    /// Every one and what it is written as, the longer ones first.
    const ALL: [(&str, Self); 4] = [
        ("=~", Self::Matches),
        ("!~", Self::MatchesNot),
        ("!=", Self::NotEqual),
        ("=", Self::Equal),
    ];

    fn text(self) -> &'static str {
        match self {
            Self::Matches => "=~",
            Self::MatchesNot => "!~",
            Self::NotEqual => "!=",
            Self::Equal => "=",
        }
    }
}

impl Selector {
    /// The longest text in bytes, unless it is that of a series ([`SeriesKey::TEXT_BYTES_MAX`]).
    pub const TEXT_BYTES_MAX: usize = 256;

    /// The series with this text, if there can be one: it has a name, each matcher is a `=` of another label,
    /// and there is no fold. If that series exists, the selector selects only that one.
    pub fn key(&self) -> Option<SeriesKey> {
        let name = self.name.as_ref().filter(|_| self.fold.is_none())?;
        let mut key = SeriesKey::new("", name, []);
        for (place, matcher) in self.matchers.iter().enumerate() {
            let is_twice = self.matchers[..place]
                .iter()
                .any(|it| it.label == matcher.label);
            if is_twice || matcher.comparison != Comparison::Equal || matcher.label == NAME_LABEL {
                return None;
            }
            if matcher.label == HOST_LABEL {
                key.host.clone_from(&matcher.value);
            } else if !matcher.value.is_empty() {
                key.labels
                    .insert(matcher.label.clone(), matcher.value.clone());
            }
        }
        Some(key)
    }

    /// Whether the matchers match a series; `None` if one has a regular expression.
    pub fn matches_plainly(&self, series: &SeriesKey) -> Option<bool> {
        let mut matches = self.name.as_ref().is_none_or(|name| *name == series.name);
        for matcher in &self.matchers {
            let is_same = series.label(&matcher.label) == matcher.value;
            matches &= match matcher.comparison {
                Comparison::Equal => is_same,
                Comparison::NotEqual => !is_same,
                Comparison::Matches | Comparison::MatchesNot => return None,
            };
        }
        Some(matches)
    }

    /// The text of one group of a fold, which selects the members of that group.
    pub fn of_group(&self, group: &SeriesKey) -> String {
        let mut selector = self.clone();
        let by = self.fold.iter().flat_map(|fold| &fold.by);
        let narrowed = by.map(|label| Matcher {
            label: label.clone(),
            comparison: Comparison::Equal,
            value: group.label(label).to_owned(),
        });
        for matcher in narrowed {
            if !selector.matchers.contains(&matcher) {
                selector.matchers.push(matcher);
            }
        }
        selector.to_string()
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(fold) = &self.fold {
            write!(f, "{fold}(")?;
        }
        if let Some(name) = &self.name {
            write_name(f, name, self.fold.is_some())?;
        }
        let mut before = "{";
        for matcher in &self.matchers {
            f.write_str(before)?;
            write_label(f, &matcher.label)?;
            f.write_str(matcher.comparison.text())?;
            write_value(f, &matcher.value)?;
            before = ",";
        }
        if before == "," {
            f.write_str("}")?;
        }
        if self.fold.is_some() {
            f.write_str(")")?;
        }
        Ok(())
    }
}

/// As its text.
impl Serialize for Selector {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Selector {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}
