//! Parameters of requests: a handler takes a struct of them, from which they are parsed and described.

mod accepts;
mod value;

use super::error::ApiError;
use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{self, DeserializeOwned, Deserializer, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;
use serde_path_to_error::Segment;
use std::collections::BTreeMap;
use std::fmt::Display;

pub(super) use accepts::{Format, Number, OneOf, ResponseFormat, Selector, Text, Time, YesOrNo};
pub(super) use value::{Value, Values};

/// The parameters of a request. An unknown one is an error.
pub(super) struct Parameters<T>(pub(super) T);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Parameters<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri)
            .map_err(|error| ApiError::Request(format!("cannot read the query: {error}")))?;
        parse(pairs).map(Self).map_err(ApiError::Request)
    }
}

fn parse<T: DeserializeOwned>(pairs: Vec<(String, String)>) -> Result<T, String> {
    let mut parameters: BTreeMap<String, Texts> = BTreeMap::new();
    for (name, text) in pairs {
        parameters.entry(name).or_default().0.push(text);
    }
    let map = MapDeserializer::new(parameters.into_iter());
    serde_path_to_error::deserialize(map).map_err(|error| {
        let name = match error.path().iter().next() {
            Some(Segment::Map { key }) => key.clone(),
            _ => String::new(),
        };
        match error.into_inner() {
            Mistake::Value(mistake) => format!("`{name}` {mistake}"),
            other => other.to_string(),
        }
    })
}

/// The texts of one parameter: a list, or a single text.
#[derive(Default)]
struct Texts(Vec<String>);

impl<'de> Deserializer<'de> for Texts {
    type Error = Mistake;

    fn deserialize_any<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Mistake> {
        let count = self.0.len();
        match self.0.pop().filter(|_| count == 1) {
            Some(text) => visitor.visit_string(text),
            None => Err(Mistake::Value(format!(
                "is given {count} times, and once is accepted"
            ))),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        visitor.visit_some(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        visitor.visit_seq(SeqDeserializer::new(self.0.into_iter()))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        newtype_struct tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl IntoDeserializer<'_, Mistake> for Texts {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// A mistake in the parameters of a request.
#[derive(Debug, thiserror::Error)]
enum Mistake {
    /// It follows the name of the parameter.
    #[error("{0}")]
    Value(String),
    #[error("`{0}` is missing")]
    Missing(&'static str),
    #[error("there is no parameter `{name}`; there are {known}")]
    Unknown { name: String, known: String },
}

impl de::Error for Mistake {
    fn custom<T: Display>(mistake: T) -> Self {
        Self::Value(mistake.to_string())
    }

    fn missing_field(name: &'static str) -> Self {
        Self::Missing(name)
    }

    fn unknown_field(name: &str, known: &'static [&'static str]) -> Self {
        let (name, known) = (name.to_owned(), known.join(", "));
        Self::Unknown { name, known }
    }
}

#[cfg(test)]
mod tests {
    use super::accepts::{AnyText, TEXT_CHARS_MAX};
    use super::*;
    use axum::http::Uri;
    use protocol::Timestamp;
    use serde::Deserialize;
    use utoipa::IntoParams as _;

    #[derive(Deserialize, utoipa::IntoParams)]
    #[serde(deny_unknown_fields)]
    #[into_params(parameter_in = Query)]
    struct Example {
        /// The first moment
        #[param(inline)]
        from: Time,
        /// How many
        #[param(inline)]
        points: Option<Points>,
        /// Which
        #[serde(default)]
        #[param(inline)]
        series: Two,
        #[serde(default)]
        #[param(inline)]
        format: Format,
    }

    type Points = Value<Number<1, 10>>;
    type Two = Values<AnyText, 2>;

    fn read(query: &str) -> Result<Example, String> {
        let uri: Uri = format!("/?{query}").parse().unwrap();
        let Query(pairs) = Query::try_from_uri(&uri).unwrap();
        parse(pairs)
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
            assert_eq!(read(&format!("from={text}")).unwrap().from.0, ms, "{text}");
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
        refused(
            &format!("from=0&series=b&series={long}"),
            "`series` is \"xxx",
        );
        refused(&format!("from=0&series={long}"), "at most 512 characters");
        let example = read("from=0&series=a&series=b&points=7&format=csv").unwrap();
        assert_eq!(example.series.0, ["a", "b"]);
        assert_eq!(example.points.unwrap().0, 7);
        assert_eq!(example.format.0, ResponseFormat::Csv);
    }

    #[test]
    fn only_required_parameters_are_described_as_such() {
        let described = Example::into_params(|| None);
        let required: Vec<_> = described
            .iter()
            .filter(|it| matches!(it.required, utoipa::openapi::Required::True))
            .map(|it| it.name.as_str())
            .collect();
        assert_eq!(required, ["from"]);
    }
}
