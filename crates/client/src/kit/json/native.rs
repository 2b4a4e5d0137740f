use protocol::Source;
use serde::de::DeserializeOwned;

/// A text that is parsed for each struct that is read of it.
pub(crate) struct Json(String);

#[expect(
    clippy::disallowed_types,
    reason = "a part is taken out as it is, to be read as a struct"
)]
impl Json {
    pub(crate) fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The text again, for what is read in another way.
    pub(crate) fn text(&self) -> String {
        self.0.clone()
    }

    /// A member of an object; none if it is absent or null.
    pub(crate) fn member(&self, name: &str) -> Option<Self> {
        let value: serde_json::Value = serde_json::from_str(&self.0).ok()?;
        let member = value.get(name).filter(|member| !member.is_null())?;
        Some(Self(member.to_string()))
    }

    /// The elements of an array; none of anything else.
    pub(crate) fn elements(&self) -> Vec<Self> {
        let values: Vec<serde_json::Value> = serde_json::from_str(&self.0).unwrap_or_default();
        values.iter().map(|value| Self(value.to_string())).collect()
    }
}

impl Source for Json {
    fn read<T: DeserializeOwned>(&self) -> Result<T, String> {
        self.0.as_str().read()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::Received;

    #[test]
    fn every_message_of_the_protocol_is_read() {
        let folder = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../protocol/tests/golden/server"
        );
        let mut count = 0;
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            if text.contains(r#""type": "metric","#) || text.contains(r#""type":"metric","#) {
                // Single values are for others than the page.
                continue;
            }
            let received = Received::read(&Json::new(&text));
            assert!(received.message.is_ok(), "{}: {received:?}", path.display());
            count += 1;
        }
        assert!(count > 10);
    }
}
