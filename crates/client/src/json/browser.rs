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
}

impl Source for Json {
    fn read<T: DeserializeOwned>(&self) -> Result<T, String> {
        T::deserialize(Value(self.0.clone())).map_err(|Unreadable| "not as expected".into())
    }
}
