use super::value::{Unreadable, Value};
use protocol::Source;
use serde::de::DeserializeOwned;
use wasm_bindgen::JsValue;

/// What the browser has made of a text; nothing, if it is not JSON.
pub(crate) struct Json(JsValue);

impl Json {
    pub(crate) fn new(text: &str) -> Self {
        Self(js_sys::JSON::parse(text).unwrap_or(JsValue::UNDEFINED))
    }

    /// The text again, for what is read in another way.
    pub(crate) fn text(&self) -> String {
        let text = js_sys::JSON::stringify(&self.0);
        text.map_or_else(|_| String::new(), String::from)
    }

    /// A member of an object; none if it is absent or null.
    pub(crate) fn member(&self, name: &str) -> Option<Self> {
        let member = js_sys::Reflect::get(&self.0, &JsValue::from_str(name)).ok()?;
        (!member.is_null() && !member.is_undefined()).then_some(Self(member))
    }

    /// The elements of an array; none of anything else.
    pub(crate) fn elements(&self) -> Vec<Self> {
        match js_sys::Array::is_array(&self.0) {
            true => js_sys::Array::from(&self.0).iter().map(Self).collect(),
            false => Vec::new(),
        }
    }
}

impl Source for Json {
    // The check of the reader reads everything.
    const READS_ALL: bool = cfg!(feature = "json-check");

    fn read<T: DeserializeOwned>(&self) -> Result<T, String> {
        T::deserialize(Value(self.0.clone())).map_err(|Unreadable| "not as expected".into())
    }
}
