//! A value as given, before it is validated.

use std::fmt;

/// The value that the file, the environment or a flag has for a setting.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum RawValue {
    /// Of the file, which distinguishes numbers and texts.
    Toml(toml::Value),
    /// Of the environment or the command line, which have only texts.
    Text(String),
    /// Of a flag that may be repeated.
    Texts(Vec<String>),
    /// Of the environment, and not UTF-8.
    NotUnicode,
}

impl RawValue {
    pub(super) fn switch(&self) -> Option<bool> {
        match self {
            Self::Toml(value) => value.as_bool(),
            Self::Text(text) => text.parse().ok(),
            Self::Texts(_) | Self::NotUnicode => None,
        }
    }

    pub(super) fn integer(&self) -> Option<i64> {
        match self {
            Self::Toml(value) => value.as_integer(),
            Self::Text(text) => text.parse().ok(),
            Self::Texts(_) | Self::NotUnicode => None,
        }
    }

    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Toml(value) => value.as_str(),
            Self::Text(text) => Some(text),
            Self::Texts(_) | Self::NotUnicode => None,
        }
    }

    /// An array of tables; in the environment written as in the file.
    pub(super) fn tables(&self) -> Option<toml::Value> {
        let value = match self {
            Self::Toml(value) => value.clone(),
            Self::Text(text) => {
                let table: toml::Table = toml::from_str(&format!("tables = {text}")).ok()?;
                table.get("tables")?.clone()
            }
            Self::Texts(_) | Self::NotUnicode => return None,
        };
        let is_array = value
            .as_array()
            .is_some_and(|it| it.iter().all(toml::Value::is_table));
        is_array.then_some(value)
    }

    /// In the environment a list is written as in the file.
    pub(super) fn list(&self) -> Option<Vec<String>> {
        let texts = |value: &toml::Value| {
            let texts = value.as_array()?.iter();
            texts.map(|text| Some(text.as_str()?.to_owned())).collect()
        };
        match self {
            Self::Toml(value) => texts(value),
            Self::Text(text) => texts(
                toml::from_str::<toml::Table>(&format!("list = {text}"))
                    .ok()?
                    .get("list")?,
            ),
            Self::Texts(texts) => Some(texts.clone()),
            Self::NotUnicode => None,
        }
    }
}

/// As an error shows it: a text in quotes.
impl fmt::Display for RawValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Toml(toml::Value::Table(_)) => f.write_str("a table"),
            Self::Toml(value) => value.fmt(f),
            Self::Text(text) => write!(f, "{text:?}"),
            Self::Texts(texts) => write!(f, "{texts:?}"),
            Self::NotUnicode => f.write_str("a text that is not UTF-8"),
        }
    }
}
