//! The values of parameters: how they are deserialized and described.

use super::accepts::{Accepts, shown};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use std::collections::HashSet;
use utoipa::openapi::schema::ArrayBuilder;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// The value of a parameter that is given once.
pub(crate) struct Value<A: Accepts>(pub(crate) A::Value);

impl<'de, A: Accepts> Deserialize<'de> for Value<A> {
    fn deserialize<D: Deserializer<'de>>(texts: D) -> Result<Self, D::Error> {
        let text = String::deserialize(texts)?;
        A::parse(&text).map(Self).map_err(D::Error::custom)
    }
}

impl<A: Accepts<Value: Default>> Default for Value<A> {
    fn default() -> Self {
        Self(A::Value::default())
    }
}

impl<A: Accepts> PartialSchema for Value<A> {
    fn schema() -> RefOr<Schema> {
        A::described()
    }
}

impl<A: Accepts> ToSchema for Value<A> {}

/// The values of a parameter that is repeated at most `MAX` times, each time with another value.
pub(crate) struct Values<A: Accepts, const MAX: usize>(pub(crate) Vec<A::Value>);

impl<'de, A: Accepts, const MAX: usize> Deserialize<'de> for Values<A, MAX> {
    fn deserialize<D: Deserializer<'de>>(texts: D) -> Result<Self, D::Error> {
        let texts = Vec::<String>::deserialize(texts)?;
        if texts.len() > MAX {
            let count = texts.len();
            let mistake = format!("is given {count} times, and {MAX} times are accepted");
            return Err(D::Error::custom(mistake));
        }
        let mut known = HashSet::new();
        if let Some(twice) = texts.iter().find(|text| !known.insert(text.as_str())) {
            let mistake = format!("is {:?} twice; name each once", shown(twice));
            return Err(D::Error::custom(mistake));
        }
        let values: Result<_, _> = texts.iter().map(|text| A::parse(text)).collect();
        values.map(Self).map_err(D::Error::custom)
    }
}

impl<A: Accepts, const MAX: usize> Default for Values<A, MAX> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<A: Accepts, const MAX: usize> PartialSchema for Values<A, MAX> {
    fn schema() -> RefOr<Schema> {
        let values = ArrayBuilder::new()
            .items(A::described())
            .min_items(Some(1))
            .max_items(Some(MAX))
            .unique_items(true);
        RefOr::T(values.build().into())
    }
}

impl<A: Accepts, const MAX: usize> ToSchema for Values<A, MAX> {}
