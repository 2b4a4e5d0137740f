//! What parameters accept.

use super::value::Value;
use history::query::Aggregation;
use protocol::{Level, Stream, Timestamp};
use std::marker::PhantomData;
use utoipa::openapi::schema::AnyOfBuilder;
use utoipa::openapi::{KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, Type};

/// The longest text of a parameter, in characters: the longest name of a series has as many bytes.
pub(super) const TEXT_CHARS_MAX: usize = protocol::SeriesKey::TEXT_BYTES_MAX;

/// The most characters of a wrong value that an error repeats.
const SHOWN_CHARS_MAX: usize = 100;

/// What a parameter accepts.
pub(crate) trait Accepts {
    type Value;

    /// As a part of a sentence.
    fn accepted() -> String;

    /// `Err` is why the text is not accepted, to follow the name of the parameter.
    fn parse(text: &str) -> Result<Self::Value, String>;

    /// Without a description, which is [`Accepts::accepted`].
    fn schema() -> Schema;

    fn described() -> RefOr<Schema> {
        let mut schema = Self::schema();
        let description = Some(Self::accepted().trim_end_matches(',').to_owned());
        match &mut schema {
            Schema::Object(object) => object.description = description,
            Schema::AnyOf(any) => any.description = description,
            _ => {}
        }
        RefOr::T(schema)
    }

    fn not_accepted<T>(text: &str) -> Result<T, String> {
        let accepted = Self::accepted();
        Err(format!("is {:?}, and {accepted} is accepted", shown(text)))
    }
}

pub(crate) fn shown(text: &str) -> String {
    text.chars().take(SHOWN_CHARS_MAX).collect()
}

/// RFC 3339, or milliseconds since the Unix epoch. The value is the latter.
pub(crate) type Time = Value<TimeText>;

pub(crate) struct TimeText;

impl Accepts for TimeText {
    type Value = i64;

    fn accepted() -> String {
        "a time such as 2026-01-15T03:12:07Z, or milliseconds since the Unix epoch,".into()
    }

    fn parse(text: &str) -> Result<i64, String> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            let time = text.parse::<Timestamp>();
            return time
                .map(Timestamp::unix_ms)
                .or_else(|_| Self::not_accepted(text));
        }
        let (min, max) = (Timestamp::MIN, Timestamp::MAX);
        let (min_ms, max_ms) = (min.unix_ms(), max.unix_ms());
        let within = text
            .parse()
            .ok()
            .filter(|ms| (min_ms..=max_ms).contains(ms));
        within.ok_or_else(|| {
            let shown = shown(text);
            format!(
                "is {shown}, which is no time from {min} to {max}: milliseconds since the Unix epoch from \
                 {min_ms} to {max_ms} are accepted"
            )
        })
    }

    fn schema() -> Schema {
        let text = ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)));
        let unix_ms = ObjectBuilder::new()
            .schema_type(Type::Integer)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
            .minimum(Some(Timestamp::MIN.unix_ms()))
            .maximum(Some(Timestamp::MAX.unix_ms()));
        AnyOfBuilder::new().item(text).item(unix_ms).build().into()
    }
}

/// `true` or `false`.
pub(crate) struct YesOrNo;

impl Accepts for YesOrNo {
    type Value = bool;

    fn accepted() -> String {
        "`true` or `false`".into()
    }

    fn parse(text: &str) -> Result<bool, String> {
        text.parse().or_else(|_| Self::not_accepted(text))
    }

    fn schema() -> Schema {
        ObjectBuilder::new().schema_type(Type::Boolean).into()
    }
}

/// A whole number.
pub(crate) struct Number<const MIN: u64, const MAX: u64>;

impl<const MIN: u64, const MAX: u64> Accepts for Number<MIN, MAX> {
    type Value = u64;

    fn accepted() -> String {
        format!("a number from {MIN} to {MAX}")
    }

    fn parse(text: &str) -> Result<u64, String> {
        let is_digits = text.bytes().all(|byte| byte.is_ascii_digit());
        let number = text.parse().ok().filter(|_| is_digits);
        let within = number.filter(|number| (MIN..=MAX).contains(number));
        within.map_or_else(|| Self::not_accepted(text), Ok)
    }

    fn schema() -> Schema {
        let number = ObjectBuilder::new()
            .schema_type(Type::Integer)
            .minimum(Some(MIN))
            .maximum(Some(MAX));
        number.build().into()
    }
}

/// Any text of at most [`TEXT_CHARS_MAX`].
pub(crate) type Text = Value<AnyText>;

pub(crate) struct AnyText;

impl Accepts for AnyText {
    type Value = String;

    fn accepted() -> String {
        format!("a text of at most {TEXT_CHARS_MAX} characters")
    }

    fn parse(text: &str) -> Result<String, String> {
        match text.chars().count() <= TEXT_CHARS_MAX {
            true => Ok(text.to_owned()),
            false => Self::not_accepted(text),
        }
    }

    fn schema() -> Schema {
        let text = ObjectBuilder::new()
            .schema_type(Type::String)
            .max_length(Some(TEXT_CHARS_MAX));
        text.build().into()
    }
}

/// A selector. An invalid one selects nothing.
pub(crate) struct Selector;

impl Accepts for Selector {
    type Value = String;

    fn accepted() -> String {
        "a selector".into()
    }

    fn parse(text: &str) -> Result<String, String> {
        Ok(text.to_owned())
    }

    fn schema() -> Schema {
        let selector = ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::Custom("selector".into())));
        selector.build().into()
    }
}

/// One of some names.
pub(crate) struct OneOf<T>(PhantomData<T>);

/// Values with names.
pub(crate) trait Named: Sized {
    fn all() -> impl Iterator<Item = (&'static str, Self)>;
}

impl Named for Stream {
    fn all() -> impl Iterator<Item = (&'static str, Self)> {
        Self::PUBLIC
            .into_iter()
            .map(|stream| (stream.name(), stream))
    }
}

impl Named for Level {
    fn all() -> impl Iterator<Item = (&'static str, Self)> {
        Self::ALL.into_iter().map(|level| (level.name(), level))
    }
}

impl Named for Aggregation {
    fn all() -> impl Iterator<Item = (&'static str, Self)> {
        Self::ALL.into_iter()
    }
}

impl<T: Named> Accepts for OneOf<T> {
    type Value = T;

    fn accepted() -> String {
        let names: Vec<_> = T::all().map(|(name, _)| name).collect();
        names.join(", ")
    }

    fn parse(text: &str) -> Result<T, String> {
        let named = T::all().find(|(name, _)| *name == text);
        named.map_or_else(|| Self::not_accepted(text), |(_, value)| Ok(value))
    }

    fn schema() -> Schema {
        let names = T::all().map(|(name, _)| name);
        let text = ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(names));
        text.build().into()
    }
}

/// The format of a response; JSON by default.
pub(crate) type Format = Value<OneOf<ResponseFormat>>;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum ResponseFormat {
    #[default]
    Json,
    Csv,
}

impl Named for ResponseFormat {
    fn all() -> impl Iterator<Item = (&'static str, Self)> {
        [("json", Self::Json), ("csv", Self::Csv)].into_iter()
    }
}
