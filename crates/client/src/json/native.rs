use protocol::Source;
use serde::de::DeserializeOwned;

/// A text that is read each time somebody asks it for a struct.
pub(crate) struct Json(String);

impl Json {
    pub(crate) fn new(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl Source for Json {
    fn read<T: DeserializeOwned>(&self) -> Result<T, String> {
        self.0.as_str().read()
    }
}
