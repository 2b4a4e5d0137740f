use crate::{Metric, SeriesKey};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The longest unit, in bytes; a longer one is ignored.
const UNIT_BYTES_MAX: usize = 32;

/// The unit of a series' values, such as `%` or `B/s`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit(String);

impl Unit {
    /// A unit that a program reports; `None` if the text is empty, too long, or not one line.
    pub fn new(text: &str) -> Option<Self> {
        let is_unit =
            (1..=UNIT_BYTES_MAX).contains(&text.len()) && !text.contains(char::is_control);
        is_unit.then(|| Self(text.to_owned()))
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The kind of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Kind {
    /// A value that goes up and down.
    Gauge,
    /// A total that only grows, until it is reset.
    Counter,
}

impl Kind {
    /// The kind of a series: that of its [`Metric`]; a gauge if a program reports it.
    pub fn of(series: &SeriesKey) -> Self {
        Metric::of(series).map_or(Self::Gauge, |metric| metric.kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_is_one_short_line() {
        assert_eq!(Unit::new("1/s").as_ref().map(Unit::as_str), Some("1/s"));
        for text in ["", "a\nb", &"x".repeat(UNIT_BYTES_MAX + 1)] {
            assert_eq!(Unit::new(text), None, "{text:?}");
        }
    }
}
