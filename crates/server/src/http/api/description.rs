//! The parameters of [`super::parameters`] in the words of OpenAPI.

use super::parameters::{Accepts, Parameter, Repeats, TEXT_CHARS_MAX};
use protocol::Timestamp;
use utoipa::openapi::path::{
    Parameter as Described, ParameterBuilder, ParameterIn, ParameterStyle,
};
use utoipa::openapi::schema::{AnyOfBuilder, ArrayBuilder};
use utoipa::openapi::{KnownFormat, ObjectBuilder, RefOr, Required, Schema, SchemaFormat, Type};

impl Parameter {
    pub(super) fn described(&self) -> Described {
        let required = match self.is_required {
            true => Required::True,
            false => Required::False,
        };
        let described = ParameterBuilder::new()
            .name(self.name)
            .parameter_in(ParameterIn::Query)
            .required(required)
            .description(Some(self.what));
        let one = self.accepts.described();
        match self.repeats {
            Repeats::Never => described.schema(Some(one)).build(),
            Repeats::UpTo(values_max) => {
                let all = ArrayBuilder::new()
                    .items(RefOr::T(one))
                    .min_items(self.is_required.then_some(1))
                    .max_items(Some(values_max))
                    .unique_items(true);
                described
                    .schema(Some(all))
                    .style(Some(ParameterStyle::Form))
                    .explode(Some(true))
                    .build()
            }
        }
    }
}

impl Accepts {
    fn described(&self) -> Schema {
        match self {
            Self::Time => {
                let text = ObjectBuilder::new()
                    .schema_type(Type::String)
                    .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)));
                let (min, max) = (Timestamp::MIN.unix_ms(), Timestamp::MAX.unix_ms());
                let unix_ms = ObjectBuilder::new()
                    .schema_type(Type::Integer)
                    .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
                    .minimum(Some(min))
                    .maximum(Some(max));
                let either = AnyOfBuilder::new().item(text).item(unix_ms);
                Schema::AnyOf(either.build())
            }
            Self::Number(range) => ObjectBuilder::new()
                .schema_type(Type::Integer)
                .minimum(Some(*range.start()))
                .maximum(Some(*range.end()))
                .build()
                .into(),
            Self::OneOf(names) => ObjectBuilder::new()
                .schema_type(Type::String)
                .enum_values(Some(names()))
                .build()
                .into(),
            Self::Selector => ObjectBuilder::new()
                .schema_type(Type::String)
                .format(Some(SchemaFormat::Custom("selector".into())))
                .build()
                .into(),
            Self::Text => ObjectBuilder::new()
                .schema_type(Type::String)
                .max_length(Some(TEXT_CHARS_MAX))
                .build()
                .into(),
        }
    }
}
