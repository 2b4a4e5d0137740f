use super::{Comparison, InvalidSelector, Matcher, Selector};
use crate::SeriesKey;
use regex::{Regex, RegexBuilder};
use std::borrow::Cow;

/// The memory limit of a compiled regular expression; a larger one is rejected. Matching takes time in
/// proportion to its size and the length of the value.
const COMPILED_BYTES_MAX: usize = 256 << 10;

/// A selector with compiled regular expressions.
#[derive(Debug)]
pub struct CompiledSelector<'a> {
    name: Option<Cow<'a, str>>,
    matchers: Vec<(Cow<'a, Matcher>, Option<Regex>)>,
}

impl Selector {
    /// Compiles the regular expressions.
    ///
    /// # Errors
    ///
    /// If one is invalid or too large.
    pub fn compile(&self) -> Result<CompiledSelector<'_>, InvalidSelector> {
        let compiled = self.matchers.iter().map(|matcher| {
            let regex = match matcher.comparison {
                Comparison::Equal | Comparison::NotEqual => None,
                Comparison::Matches | Comparison::MatchesNot => Some(compile(&matcher.value)?),
            };
            Ok((Cow::Borrowed(matcher), regex))
        });
        Ok(CompiledSelector {
            name: self.name.as_deref().map(Cow::Borrowed),
            matchers: compiled.collect::<Result<_, _>>()?,
        })
    }
}

impl CompiledSelector<'_> {
    /// One that does not borrow the selector.
    pub fn into_owned(self) -> CompiledSelector<'static> {
        let matchers = self.matchers.into_iter();
        let matchers = matchers.map(|(matcher, regex)| (Cow::Owned(matcher.into_owned()), regex));
        CompiledSelector {
            name: self.name.map(|name| Cow::Owned(name.into_owned())),
            matchers: matchers.collect(),
        }
    }

    /// Whether a series has the name and passes each matcher.
    pub fn matches(&self, series: &SeriesKey) -> bool {
        self.name.as_ref().is_none_or(|name| *name == series.name)
            && self.matchers.iter().all(|(matcher, regex)| {
                let value = series.label(&matcher.label);
                let is_equal = match regex {
                    Some(regex) => regex.is_match(value),
                    None => value == matcher.value,
                };
                let is_positive =
                    matches!(matcher.comparison, Comparison::Equal | Comparison::Matches);
                is_equal == is_positive
            })
    }
}

/// As Prometheus does: the whole value must match, and a dot matches line breaks.
fn compile(pattern: &str) -> Result<Regex, InvalidSelector> {
    let build = |pattern: &str| {
        RegexBuilder::new(pattern)
            .size_limit(COMPILED_BYTES_MAX)
            .dfa_size_limit(COMPILED_BYTES_MAX)
            .build()
    };
    // First without the group: `a)|(b` is valid only inside it.
    let built = build(pattern).and_then(|_| build(&format!(r"\A(?s:{pattern})\z")));
    built.map_err(|error| InvalidSelector::Pattern {
        pattern: pattern.to_owned(),
        why: why(&error),
    })
}

/// The last line of a syntax error describes it; the others show its place.
fn why(error: &regex::Error) -> String {
    let text = error.to_string();
    let line = text.lines().last().unwrap_or_default();
    line.trim_start_matches("error: ").to_owned()
}
