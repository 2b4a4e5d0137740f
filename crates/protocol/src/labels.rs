use serde::de::{Error, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::ops::Index;

/// The labels of a series, by name: a map in JSON. A sorted list, since there are few: it takes less memory than
/// a tree, and less code in the browser.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Labels(Vec<(String, String)>);

impl Labels {
    /// A message with more labels is not read: setting one takes time for each that there is.
    pub const READ_MAX: usize = 100;

    /// No labels.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Sets a label. Returns the value that it had.
    pub fn insert(&mut self, label: String, value: String) -> Option<String> {
        for (place, (known, old)) in self.0.iter_mut().enumerate() {
            if *known == label {
                return Some(std::mem::replace(old, value));
            }
            if *known > label {
                self.0.insert(place, (label, value));
                return None;
            }
        }
        self.0.push((label, value));
        None
    }

    /// The value of a label.
    pub fn get(&self, label: &str) -> Option<&String> {
        let known = self.0.iter().find(|(known, _)| known == label);
        known.map(|(_, value)| value)
    }

    /// Names and values, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&String, &String)> + Clone {
        self.0.iter().map(|(label, value)| (label, value))
    }

    /// The names, in order.
    pub fn keys(&self) -> impl Iterator<Item = &String> {
        self.0.iter().map(|(label, _)| label)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Index<&str> for Labels {
    type Output = String;

    /// # Panics
    ///
    /// If there is no such label.
    fn index(&self, label: &str) -> &String {
        self.get(label).expect("a label of that name")
    }
}

impl FromIterator<(String, String)> for Labels {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(labels: I) -> Self {
        let mut all = Self::new();
        for (label, value) in labels {
            all.insert(label, value);
        }
        all
    }
}

impl<const N: usize> From<[(String, String); N]> for Labels {
    fn from(labels: [(String, String); N]) -> Self {
        labels.into_iter().collect()
    }
}

impl IntoIterator for Labels {
    type Item = (String, String);
    type IntoIter = std::vec::IntoIter<(String, String)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl Serialize for Labels {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (label, value) in &self.0 {
            map.serialize_entry(label, value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Labels {
    #[inline(never)]
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Map;

        impl<'de> Visitor<'de> for Map {
            type Value = Labels;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map of labels")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Labels, A::Error> {
                let mut labels = Labels::new();
                while let Some((label, value)) = map.next_entry()? {
                    if labels.len() == Labels::READ_MAX {
                        return Err(A::Error::custom("too many labels"));
                    }
                    labels.insert(label, value);
                }
                Ok(labels)
            }
        }

        deserializer.deserialize_map(Map)
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for Labels {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        <std::collections::BTreeMap<String, String> as utoipa::PartialSchema>::schema()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for Labels {}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(pairs: &[(&str, &str)]) -> Labels {
        let pairs = pairs.iter();
        pairs
            .map(|(label, value)| ((*label).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn labels_are_sorted_and_set_once() {
        let mut some = labels(&[
            ("shard", "7"),
            ("region", "us"),
            ("zone", "a"),
            ("region", "eu"),
        ]);
        assert_eq!(
            some,
            labels(&[("region", "eu"), ("shard", "7"), ("zone", "a")])
        );
        assert_eq!(some.insert("shard".into(), "8".into()), Some("7".into()));
        assert_eq!(some.get("shard").map(String::as_str), Some("8"));
        assert_eq!(some.get("sharp"), None);
        assert_eq!(some.keys().collect::<Vec<_>>(), ["region", "shard", "zone"]);
    }

    #[test]
    fn in_json_they_are_a_map() {
        let json = r#"{"shard":"7","region":"eu"}"#;
        let read: Labels = serde_json::from_str(json).unwrap();
        assert_eq!(
            serde_json::to_string(&read).unwrap(),
            r#"{"region":"eu","shard":"7"}"#
        );
        assert!(serde_json::from_str::<Labels>(r#"["a"]"#).is_err());
        let many: Vec<_> = (0..=Labels::READ_MAX)
            .map(|it| format!(r#""{it}":"""#))
            .collect();
        let many = format!("{{{}}}", many.join(","));
        assert!(serde_json::from_str::<Labels>(&many).is_err());
    }
}
