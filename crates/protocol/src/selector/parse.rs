use super::{Comparison, Matcher, Selector};
use crate::series_key::ends_label;
use crate::{Fold, Operation, SeriesKey};
use std::str::FromStr;

/// Why a text is not a valid selector.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSelector {
    /// It is too long.
    #[error("it has {0} bytes, and {max} are possible", max = Selector::TEXT_BYTES_MAX)]
    TooLong(usize),
    /// Something else is expected.
    #[error("{what} is expected at character {at}")]
    Expected {
        /// What.
        what: &'static str,
        /// Where, counted from 1.
        at: usize,
    },
    /// A backslash before a character that need not be escaped.
    #[error("`\\{0}` is no escape; a backslash is written `\\\\`")]
    Escape(char),
    /// It would select every series.
    #[error("it has neither a name nor a matcher")]
    Empty,
    /// A label occurs twice in `by`.
    #[error("`{0}` is there twice in `by`")]
    LabelTwice(String),
    /// A regular expression cannot be compiled.
    #[cfg(feature = "match")]
    #[error("`{pattern}` is no regular expression that is possible: {why}")]
    Pattern {
        /// The expression.
        pattern: String,
        /// The mistake.
        why: String,
    },
}

impl FromStr for Selector {
    type Err = InvalidSelector;

    fn from_str(text: &str) -> Result<Self, InvalidSelector> {
        if text.len() > SeriesKey::TEXT_BYTES_MAX {
            return Err(InvalidSelector::TooLong(text.len()));
        }
        let mut parser = Parser { text, at: 0 };
        let fold = parser.fold()?;
        let (name, matchers) = parser.series(fold.is_some())?;
        parser.skip_space();
        if fold.is_some() {
            parser.expect(")", "`)`")?;
            parser.skip_space();
        }
        if !parser.rest().is_empty() {
            return Err(parser.expected("the end"));
        }
        if name.is_none() && matchers.is_empty() {
            return Err(InvalidSelector::Empty);
        }
        let selector = Self {
            name,
            matchers,
            fold,
        };
        if text.len() > Self::TEXT_BYTES_MAX && selector.key().is_none() {
            return Err(InvalidSelector::TooLong(text.len()));
        }
        Ok(selector)
    }
}

/// Whether a text starts like a fold.
pub(crate) fn looks_like_fold(text: &str) -> bool {
    let mut parser = Parser { text, at: 0 };
    parser.skip_space();
    parser.fold_start().is_some()
}

struct Parser<'a> {
    text: &'a str,
    /// A byte offset.
    at: usize,
}

impl<'a> Parser<'a> {
    /// `sum by (a,b) (`, if it is there.
    fn fold(&mut self) -> Result<Option<Fold>, InvalidSelector> {
        self.skip_space();
        let Some((operation, is_by)) = self.fold_start() else {
            return Ok(None);
        };
        let mut by = Vec::new();
        if is_by {
            self.labels(&mut by)?;
            self.skip_space();
            self.expect("(", "`(`")?;
        }
        Ok(Some(Fold { operation, by }))
    }

    /// Skips `sum (` or `sum by (`; returns whether it has `by`.
    fn fold_start(&mut self) -> Option<(Operation, bool)> {
        let operation = |(name, operation): &(&str, Operation)| {
            Some((self.rest().strip_prefix(name)?, *operation))
        };
        let (after, operation) = Operation::ALL.iter().find_map(operation)?;
        let spaced = after.trim_start();
        let by = spaced
            .strip_prefix("by")
            .filter(|_| spaced.len() < after.len())
            .map(str::trim_start);
        let rest = by.unwrap_or(spaced).strip_prefix('(')?;
        self.at = self.text.len() - rest.len();
        Some((operation, by.is_some()))
    }

    /// Labels up to the closing parenthesis.
    fn labels(&mut self, labels: &mut Vec<String>) -> Result<(), InvalidSelector> {
        loop {
            self.skip_space();
            let label = self.label()?;
            if labels.contains(&label) {
                return Err(InvalidSelector::LabelTwice(label));
            }
            labels.push(label);
            self.skip_space();
            if self.take(")") {
                return Ok(());
            }
            self.expect(",", "`,` or `)`")?;
        }
    }

    /// A name and matchers; within a fold a name ends at a parenthesis.
    fn series(
        &mut self,
        is_folded: bool,
    ) -> Result<(Option<String>, Vec<Matcher>), InvalidSelector> {
        self.skip_space();
        if self.fold_start().is_some() {
            return Err(self.expected("the name of a metric (a fold takes no other fold)"));
        }
        let name = self.name(is_folded)?;
        let mut matchers = Vec::new();
        if !self.take("{") {
            return Ok((name, matchers));
        }
        loop {
            self.skip_space();
            if self.take("}") {
                return Ok((name, matchers));
            }
            if !matchers.is_empty() {
                self.expect(",", "`,` or `}`")?;
                self.skip_space();
                // Prometheus allows a trailing comma.
                if self.take("}") {
                    return Ok((name, matchers));
                }
            }
            matchers.push(self.matcher()?);
        }
    }

    /// Up to a brace, without unescaped white space at its ends; `None` if there is nothing.
    fn name(&mut self, is_folded: bool) -> Result<Option<String>, InvalidSelector> {
        let mut name = String::new();
        // The end of the name without trailing white space.
        let mut end = 0;
        while let Some(character) = self.peek() {
            match character {
                '{' => break,
                ')' if is_folded => break,
                '"' | '}' => return Err(self.expected("a name, `{` or the end")),
                '\\' => {
                    name.push(self.escaped(|it| it.is_ascii_punctuation() || it.is_whitespace())?);
                    end = name.len();
                }
                other => {
                    self.at += other.len_utf8();
                    name.push(other);
                    if !other.is_whitespace() {
                        end = name.len();
                    }
                }
            }
        }
        name.truncate(end);
        Ok((!name.is_empty()).then_some(name))
    }

    fn matcher(&mut self) -> Result<Matcher, InvalidSelector> {
        let label = self.label()?;
        self.skip_space();
        let comparisons = Comparison::ALL.iter();
        let comparison = comparisons.copied().find(|(text, _)| self.take(text));
        let (_, comparison) = comparison.ok_or(self.expected("`=`, `!=`, `=~` or `!~`"))?;
        self.skip_space();
        self.expect("\"", "`\"`")?;
        let mut value = String::new();
        loop {
            match self.peek() {
                None => return Err(self.expected("`\"`")),
                Some('"') => break,
                Some('\\') => {
                    value.push(self.escaped(|it| matches!(it, '"' | '\\' | '{' | '}'))?);
                }
                Some(other) => {
                    self.at += other.len_utf8();
                    value.push(other);
                }
            }
        }
        self.at += 1;
        Ok(Matcher {
            label,
            comparison,
            value,
        })
    }

    fn label(&mut self) -> Result<String, InvalidSelector> {
        let mut label = String::new();
        while let Some(character) = self.peek() {
            if character == '\\' {
                label.push(self.escaped(|it| it.is_ascii_punctuation() || it.is_whitespace())?);
            } else if ends_label(character) {
                break;
            } else {
                self.at += character.len_utf8();
                label.push(character);
            }
        }
        match label.is_empty() {
            true => Err(self.expected("the name of a label")),
            false => Ok(label),
        }
    }

    /// The character after a backslash.
    fn escaped(&mut self, may_be: impl Fn(char) -> bool) -> Result<char, InvalidSelector> {
        self.at += 1;
        let Some(character) = self.peek() else {
            return Err(self.expected("a character behind the backslash"));
        };
        if !may_be(character) {
            return Err(InvalidSelector::Escape(character));
        }
        self.at += character.len_utf8();
        Ok(character)
    }

    fn skip_space(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    fn take(&mut self, text: &str) -> bool {
        let is_there = self.rest().starts_with(text);
        if is_there {
            self.at += text.len();
        }
        is_there
    }

    fn expect(&mut self, text: &str, what: &'static str) -> Result<(), InvalidSelector> {
        match self.take(text) {
            true => Ok(()),
            false => Err(self.expected(what)),
        }
    }

    fn expected(&self, what: &'static str) -> InvalidSelector {
        let at = self.text[..self.at].chars().count() + 1;
        InvalidSelector::Expected { what, at }
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }
}
