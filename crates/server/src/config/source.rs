use super::setting::Setting;
use super::value::RawValue;
use super::{ConfigError, listen_alias};
use std::path::PathBuf;
use toml::Value;

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    File(PathBuf),
    /// The environment variable of this name.
    Variable(String),
    /// The flag of this name.
    Flag(&'static str),
}

/// A setting's value, with its source.
#[derive(Debug, Clone)]
pub(super) struct Assignment {
    pub(super) setting: &'static Setting,
    pub(super) source: Source,
    /// Whether the source uses the deprecated name.
    pub(super) is_deprecated: bool,
    pub(super) raw: RawValue,
}

impl Assignment {
    /// The value, if the setting accepts it.
    pub(super) fn value(&self) -> Result<Value, ConfigError> {
        let value = self.setting.read(&self.raw);
        value.ok_or_else(|| ConfigError::Invalid {
            setting: self.setting.key,
            origin: self.source_in_words(),
            value: if self.setting.is_secret {
                "its value".to_owned()
            } else {
                self.raw.to_string()
            },
            accepted: match self.accepted_by_alias() {
                Some(accepted) => accepted.to_owned(),
                None => self.setting.accepted(),
            },
        })
    }

    /// The name as it stands in the source.
    pub(super) fn name(&self) -> &str {
        match &self.source {
            Source::Variable(name) => name,
            Source::Flag(name) => name,
            Source::File(_) => match self.setting.deprecated_key {
                Some(deprecated_key) if self.is_deprecated => deprecated_key,
                _ => self.setting.key,
            },
        }
    }

    /// To stand behind the setting's key.
    pub(super) fn source_in_words(&self) -> String {
        match &self.source {
            Source::File(path) if self.is_deprecated => {
                format!(" in `{}`, called `{}` there", path.display(), self.name())
            }
            Source::File(path) => format!(" in `{}`", path.display()),
            Source::Variable(name) => format!(" from the environment variable {name}"),
            Source::Flag(name) => format!(" from the flag {name}"),
        }
    }

    /// What an alias accepts, which sets only a part of its setting.
    fn accepted_by_alias(&self) -> Option<&'static str> {
        match (&self.source, &self.raw) {
            (Source::Variable(name), RawValue::Text(text)) => listen_alias::accepted(name, text),
            _ => None,
        }
    }
}
