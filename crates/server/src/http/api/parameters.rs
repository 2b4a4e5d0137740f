use super::Failure;
use axum::extract::Query;
use axum::http::Uri;
use protocol::Timestamp;

/// The parameters of a request.
pub(super) struct Parameters(Vec<(String, String)>);

/// What an answer is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Json,
    Csv,
}

impl Parameters {
    /// Reads a query; a parameter of another name than these is a mistake.
    pub(super) fn of(uri: &Uri, known: &[&str]) -> Result<Self, Failure> {
        let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(uri)
            .map_err(|error| Failure::Request(format!("cannot read the query: {error}")))?;
        let unknown = pairs
            .iter()
            .find(|(name, _)| !known.contains(&name.as_str()));
        match unknown {
            Some((name, _)) => Err(Failure::Request(format!(
                "there is no parameter `{name}`; there are {}",
                known.join(", ")
            ))),
            None => Ok(Self(pairs)),
        }
    }

    /// Every value of a parameter that may be repeated.
    pub(super) fn all(&self, name: &str) -> Vec<String> {
        let named = self.0.iter().filter(|(known, _)| known == name);
        named.map(|(_, value)| value.clone()).collect()
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        let mut named = self.0.iter().filter(|(known, _)| known == name);
        named.next().map(|(_, value)| value.as_str())
    }

    /// A parameter that something can be read from; `accepted` says what.
    pub(super) fn read<T>(
        &self,
        name: &str,
        accepted: &str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, Failure> {
        let Some(text) = self.text(name) else {
            return Ok(None);
        };
        read(text).map(Some).ok_or_else(|| {
            Failure::Request(format!("`{name}` is {text:?}, and {accepted} is accepted"))
        })
    }

    /// A whole number within limits.
    pub(super) fn count(
        &self,
        name: &str,
        range: std::ops::RangeInclusive<usize>,
    ) -> Result<Option<usize>, Failure> {
        let accepted = format!("a number from {} to {}", range.start(), range.end());
        self.read(name, &accepted, |text| {
            text.parse().ok().filter(|count| range.contains(count))
        })
    }

    /// A moment, in milliseconds since the Unix epoch.
    pub(super) fn time(&self, name: &str) -> Result<Option<i64>, Failure> {
        const ACCEPTED: &str =
            "a time such as 2026-01-15T03:12:07Z, or milliseconds since the Unix epoch,";
        self.read(name, ACCEPTED, |text| {
            let read = text.parse::<Timestamp>().map(Timestamp::unix_ms).ok();
            read.or_else(|| text.parse().ok())
        })
    }

    pub(super) fn required<T>(name: &str, value: Option<T>) -> Result<T, Failure> {
        value.ok_or_else(|| Failure::Request(format!("`{name}` is missing")))
    }

    pub(super) fn format(&self) -> Result<Format, Failure> {
        let format = self.read("format", "json or csv", |text| match text {
            "json" => Some(Format::Json),
            "csv" => Some(Format::Csv),
            _ => None,
        })?;
        Ok(format.unwrap_or(Format::Json))
    }
}
