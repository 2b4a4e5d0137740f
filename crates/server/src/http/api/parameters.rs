//! Parameters of requests: one definition of each, from which it is parsed and described.

use super::Failure;
use axum::extract::Query;
use axum::http::Uri;
use protocol::Timestamp;
use std::collections::HashSet;
use std::ops::RangeInclusive;
use std::str::FromStr;

/// The longest text of a parameter, in characters: the longest name of a series has as many bytes.
pub(super) const TEXT_CHARS_MAX: usize = protocol::SeriesKey::TEXT_BYTES_MAX;

/// A parameter of a request.
pub(super) struct Parameter {
    pub(super) name: &'static str,
    pub(super) accepts: Accepts,
    pub(super) repeats: Repeats,
    pub(super) is_required: bool,
    /// Its description.
    pub(super) what: &'static str,
}

/// The values of a parameter.
pub(super) enum Accepts {
    /// RFC 3339, or milliseconds since the Unix epoch.
    Time,
    /// A whole number.
    Number(RangeInclusive<u64>),
    /// One of these names.
    OneOf(fn() -> Vec<&'static str>),
    /// Any text of at most [`TEXT_CHARS_MAX`].
    Text,
    /// A selector. An invalid one selects nothing.
    Selector,
}

/// How often a parameter may be given.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Repeats {
    Never,
    /// At most this often, each time with another value.
    UpTo(usize),
}

impl Parameter {
    pub(super) const fn new(name: &'static str, accepts: Accepts, what: &'static str) -> Self {
        Self {
            name,
            accepts,
            repeats: Repeats::Never,
            is_required: false,
            what,
        }
    }

    pub(super) const fn required(self) -> Self {
        Self {
            is_required: true,
            ..self
        }
    }

    pub(super) const fn up_to(self, values_max: usize) -> Self {
        Self {
            repeats: Repeats::UpTo(values_max),
            ..self
        }
    }

    /// What is accepted, as a part of a sentence.
    pub(super) fn accepted(&self) -> String {
        match &self.accepts {
            Accepts::Time => {
                "a time such as 2026-01-15T03:12:07Z, or milliseconds since the Unix epoch,".into()
            }
            Accepts::Number(range) => format!("a number from {} to {}", range.start(), range.end()),
            Accepts::OneOf(names) => names().join(", "),
            Accepts::Selector => "a selector".into(),
            Accepts::Text => format!("a text of at most {TEXT_CHARS_MAX} characters"),
        }
    }

    fn check(&self, text: &str) -> Result<(), Failure> {
        let is_accepted = match &self.accepts {
            Accepts::Time => match time(text) {
                Ok(_) => true,
                Err(NoTime::Unreadable) => false,
                Err(NoTime::OutOfRange) => return Err(self.out_of_range(text)),
            },
            Accepts::Number(range) => number(text).is_some_and(|it| range.contains(&it)),
            Accepts::OneOf(names) => names().contains(&text),
            Accepts::Selector => true,
            Accepts::Text => text.chars().count() <= TEXT_CHARS_MAX,
        };
        if is_accepted {
            return Ok(());
        }
        let shown: String = text.chars().take(100).collect();
        let (name, accepted) = (self.name, self.accepted());
        let mistake = format!("`{name}` is {shown:?}, and {accepted} is accepted");
        Err(Failure::Request(mistake))
    }

    fn out_of_range(&self, text: &str) -> Failure {
        let shown: String = text.chars().take(100).collect();
        let (name, min, max) = (self.name, Timestamp::MIN, Timestamp::MAX);
        let (min_ms, max_ms) = (min.unix_ms(), max.unix_ms());
        Failure::Request(format!(
            "`{name}` is {shown}, which is no time from {min} to {max}: milliseconds since the Unix epoch \
             from {min_ms} to {max_ms} are accepted"
        ))
    }
}

enum NoTime {
    Unreadable,
    /// A number that is no time within four-digit years.
    OutOfRange,
}

/// A moment, in milliseconds since the Unix epoch.
fn time(text: &str) -> Result<i64, NoTime> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        let time = text.parse::<Timestamp>();
        return time.map(Timestamp::unix_ms).map_err(|_| NoTime::Unreadable);
    }
    let range = Timestamp::MIN.unix_ms()..=Timestamp::MAX.unix_ms();
    let within = text.parse().ok().filter(|ms| range.contains(ms));
    within.ok_or(NoTime::OutOfRange)
}

fn number(text: &str) -> Option<u64> {
    let is_digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_digits)
}

/// The parameters of a request, each as it is described.
pub(super) struct Parameters(Vec<(String, String)>);

/// The format of a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Json,
    Csv,
}

impl Format {
    const ALL: [(&str, Self); 2] = [("json", Self::Json), ("csv", Self::Csv)];
}

/// See [`Parameters::format`].
pub(super) const FORMAT: Parameter = Parameter::new(
    "format",
    Accepts::OneOf(|| Format::ALL.map(|(name, _)| name).to_vec()),
    "What the answer is written as; `json` by default",
);

impl Parameters {
    /// Parses a query; an unknown parameter is an error.
    pub(super) fn of(uri: &Uri, known: &[&Parameter]) -> Result<Self, Failure> {
        let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(uri)
            .map_err(|error| Failure::Request(format!("cannot read the query: {error}")))?;
        for (name, value) in &pairs {
            let parameter = known.iter().find(|known| known.name == name);
            let Some(parameter) = parameter else {
                let known: Vec<&str> = known.iter().map(|known| known.name).collect();
                let known = known.join(", ");
                let mistake = format!("there is no parameter `{name}`; there are {known}");
                return Err(Failure::Request(mistake));
            };
            parameter.check(value)?;
        }
        let parameters = Self(pairs);
        for &Parameter { name, repeats, .. } in known {
            let count = parameters.values(name).count();
            let mistake = match *repeats {
                Repeats::Never if count > 1 => {
                    format!("`{name}` is given {count} times, and once is accepted")
                }
                Repeats::UpTo(max) if count > max => {
                    format!("`{name}` is given {count} times, and {max} times are accepted")
                }
                Repeats::UpTo(_) => match parameters.twice(name) {
                    Some(value) => format!("`{name}` is {value:?} twice; name each once"),
                    None => continue,
                },
                Repeats::Never => continue,
            };
            return Err(Failure::Request(mistake));
        }
        let is_missing = |known: &&&Parameter| {
            let is_given = parameters.values(known.name).next().is_some();
            known.is_required && known.repeats == Repeats::Never && !is_given
        };
        match known.iter().find(is_missing) {
            Some(known) => Err(Failure::Request(format!("`{}` is missing", known.name))),
            None => Ok(parameters),
        }
    }

    fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        let named = self.0.iter().filter(move |(known, _)| known == name);
        named.map(|(_, value)| value.as_str())
    }

    /// The start of a value that a parameter has more than once.
    fn twice(&self, name: &str) -> Option<String> {
        let mut seen = HashSet::new();
        let twice = self.values(name).find(|value| !seen.insert(*value))?;
        Some(twice.chars().take(100).collect())
    }

    /// Every value of a parameter that may be repeated.
    pub(super) fn all(&self, parameter: &Parameter) -> Vec<String> {
        self.values(parameter.name).map(str::to_owned).collect()
    }

    pub(super) fn text(&self, parameter: &Parameter) -> Option<&str> {
        self.values(parameter.name).next()
    }

    /// One of some names, as what it names.
    pub(super) fn one_of<T: FromStr>(&self, parameter: &Parameter) -> Option<T> {
        self.text(parameter)?.parse().ok()
    }

    /// A whole number.
    pub(super) fn number(&self, parameter: &Parameter) -> Option<u64> {
        number(self.text(parameter)?)
    }

    /// A moment, in milliseconds since the Unix epoch.
    pub(super) fn time(&self, parameter: &Parameter) -> Option<i64> {
        time(self.text(parameter)?).ok()
    }

    /// A required value, which [`Parameters::of`] has found.
    pub(super) fn required<T>(parameter: &Parameter, value: Option<T>) -> Result<T, Failure> {
        value.ok_or_else(|| Failure::Request(format!("`{}` is missing", parameter.name)))
    }

    pub(super) fn format(&self) -> Format {
        let name = self.text(&FORMAT);
        let known = Format::ALL.iter().find(|(known, _)| Some(*known) == name);
        known.map_or(Format::Json, |(_, format)| *format)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FROM: Parameter = Parameter::new("from", Accepts::Time, "The first moment").required();
    const POINTS: Parameter = Parameter::new("points", Accepts::Number(1..=10), "How many");
    const SERIES: Parameter = Parameter::new("series", Accepts::Text, "Which").up_to(2);

    fn read(query: &str) -> Result<Parameters, String> {
        let uri: Uri = format!("/?{query}").parse().unwrap();
        let known = [&FROM, &POINTS, &SERIES, &FORMAT];
        Parameters::of(&uri, &known).map_err(|failure| failure.to_string())
    }

    #[track_caller]
    fn refused(query: &str, part: &str) {
        let Err(mistake) = read(query) else {
            panic!("{query} is accepted");
        };
        assert!(mistake.contains(part), "{query}: {mistake}");
    }

    #[test]
    fn a_time_is_a_text_or_a_number() {
        for (text, ms) in [
            ("0", 0),
            ("-1", -1),
            ("1768473000123", 1_768_473_000_123),
            ("2026-01-15T10:30:00.123Z", 1_768_473_000_123),
            ("253402300799999", Timestamp::MAX.unix_ms()),
            ("-62167219200000", Timestamp::MIN.unix_ms()),
        ] {
            let parameters = read(&format!("from={text}")).unwrap();
            assert_eq!(parameters.time(&FROM), Some(ms), "{text}");
        }
    }

    #[test]
    fn a_number_that_is_no_time_is_called_so() {
        for text in [
            "9223372036854775807",
            "-9223372036854775808",
            "9223372036854775808",
            "99999999999999999999999999999999999999999999",
            "253402300800000",
            "-62167219200001",
        ] {
            let query = format!("from={text}");
            refused(
                &query,
                &format!("`from` is {text}, which is no time from 0000-01-01T"),
            );
            refused(&query, "to 9999-12-31T23:59:59.999Z");
        }
        refused("from=yesterday", "a time such as 2026-01-15T03:12:07Z");
        refused("from=10000-01-01T00:00:00Z", "a time such as");
        refused("from=", "a time such as");
        refused("from=-", "a time such as");
    }

    #[test]
    fn invalid_parameters_are_refused() {
        refused("points=1", "`from` is missing");
        refused("from=0&from=1", "`from` is given 2 times");
        refused("from=0&points=0", "a number from 1 to 10");
        refused("from=0&points=11", "a number from 1 to 10");
        refused("from=0&points=%2B1", "a number from 1 to 10");
        refused("from=0&format=xml", "json, csv");
        refused("from=0&series=a&series=b&series=c", "3 times, and 2 times");
        refused("from=0&series=a&series=a", "`series` is \"a\" twice");
        refused(
            "from=0&form=csv",
            "no parameter `form`; there are from, points",
        );
        let long = "x".repeat(TEXT_CHARS_MAX + 1);
        refused(&format!("from=0&series={long}"), "at most 512 characters");
        let parameters = read("from=0&series=a&series=b&format=csv").unwrap();
        assert_eq!(parameters.all(&SERIES), ["a", "b"]);
        assert_eq!(parameters.format(), Format::Csv);
    }
}
