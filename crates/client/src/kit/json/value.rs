use js_sys::{Array, Object, Reflect};
use serde::de::{
    DeserializeSeed, Deserializer, Error, IntoDeserializer, MapAccess, SeqAccess, Visitor,
};
use serde::forward_to_deserialize_any;
use std::{fmt, slice};
use wasm_bindgen::{JsCast, JsValue};

/// A JavaScript value, as serde reads it: as much of JSON as the protocol uses.
pub(super) struct Value(pub(super) JsValue);

/// The error of a value that cannot be read. It does not say what and where: formatting that takes kilobytes.
#[derive(Debug)]
pub(super) struct Unreadable;

impl fmt::Display for Unreadable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("unreadable")
    }
}

impl std::error::Error for Unreadable {}

impl Error for Unreadable {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

impl<'de> Deserializer<'de> for Value {
    type Error = Unreadable;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        let value = self.0;
        if let Some(number) = value.as_f64() {
            // Every integer up to here is exact (ECMA-262, 21.1.2.6), and JSON does not distinguish 1 from 1.0.
            const INTEGER_MAX: f64 = 9_007_199_254_740_991.0;
            if !number.is_finite() {
                // A text like 1e999.
                Err(Unreadable)
            } else if number.fract() != 0.0 || number.abs() > INTEGER_MAX {
                visitor.visit_f64(number)
            } else if number < 0.0 {
                visitor.visit_i64(number as i64)
            } else {
                visitor.visit_u64(number as u64)
            }
        } else if let Some(text) = value.as_string() {
            visitor.visit_string(text)
        } else if let Some(truth) = value.as_bool() {
            visitor.visit_bool(truth)
        } else {
            visitor.visit_unit()
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        if is_absent(&self.0) {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    /// Reads the fields one after the other, in their order. Read member by member, each struct would need code
    /// of its own to distinguish their names.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unreadable> {
        if !self.0.is_object() {
            return Err(Unreadable);
        }
        visitor.visit_seq(Fields {
            object: self.0,
            fields: fields.iter(),
        })
    }

    /// A list that is absent is an empty one.
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        let array = if is_absent(&self.0) {
            Array::new()
        } else {
            self.0.dyn_into().map_err(|_| Unreadable)?
        };
        visitor.visit_seq(Elements { array, next: 0 })
    }

    /// A map that is absent is an empty one.
    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        let keys = if is_absent(&self.0) {
            Array::new()
        } else {
            Object::keys(self.0.dyn_ref::<Object>().ok_or(Unreadable)?)
        };
        let keys = Elements {
            array: keys,
            next: 0,
        };
        visitor.visit_map(Entries {
            object: self.0,
            keys,
            value: JsValue::UNDEFINED,
        })
    }

    /// The protocol's enums are names.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unreadable> {
        let name = self.0.as_string().ok_or(Unreadable)?;
        visitor.visit_enum(name.into_deserializer())
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Unreadable> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string
        bytes byte_buf unit unit_struct tuple tuple_struct identifier
    }
}

struct Elements {
    array: Array,
    next: u32,
}

impl<'de> SeqAccess<'de> for Elements {
    type Error = Unreadable;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Unreadable> {
        match self.next_value() {
            Some(value) => seed.deserialize(value).map(Some),
            None => Ok(None),
        }
    }
}

impl Elements {
    fn next_value(&mut self) -> Option<Value> {
        let index = self.next;
        self.next += 1;
        (index < self.array.length()).then(|| Value(self.array.get(index)))
    }
}

/// A struct's fields; an absent one is `undefined`.
struct Fields {
    object: JsValue,
    fields: slice::Iter<'static, &'static str>,
}

impl Fields {
    fn next_value(&mut self) -> Option<Value> {
        let name = JsValue::from_str(self.fields.next()?);
        Some(Value(
            Reflect::get(&self.object, &name).unwrap_or(JsValue::UNDEFINED),
        ))
    }
}

impl<'de> SeqAccess<'de> for Fields {
    type Error = Unreadable;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Unreadable> {
        match self.next_value() {
            Some(value) => seed.deserialize(value).map(Some),
            None => Ok(None),
        }
    }
}

struct Entries {
    object: JsValue,
    keys: Elements,
    /// That of the key before.
    value: JsValue,
}

impl<'de> MapAccess<'de> for Entries {
    type Error = Unreadable;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Unreadable> {
        let Some(Value(key)) = self.keys.next_value() else {
            return Ok(None);
        };
        self.value = Reflect::get(&self.object, &key).unwrap_or(JsValue::UNDEFINED);
        seed.deserialize(Value(key)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(
        &mut self,
        seed: V,
    ) -> Result<V::Value, Unreadable> {
        seed.deserialize(Value(self.value.clone()))
    }
}

/// On the wire, null is the same as absent.
fn is_absent(value: &JsValue) -> bool {
    value.is_null() || value.is_undefined()
}
