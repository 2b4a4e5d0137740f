use super::value::RawValue;
use std::ops::RangeInclusive;
use toml::Value;

/// All environment variables of settings begin with this.
pub(super) const ENV_PREFIX: &str = "WATCHROOM_";

/// One setting: its name everywhere, its default, what it accepts, and what it means. `--help`, the
/// errors and `docs/configuration.md` are made from it.
#[derive(Debug)]
pub struct Setting {
    /// Its place in the configuration file, as in `ring.frames`.
    pub key: &'static str,
    /// What it means, as a phrase without a full stop; a number's unit is in it.
    pub help: &'static str,
    pub(super) kind: Kind,
    /// Its flag, if it has one.
    pub flag: Option<Flag>,
    /// The key that it had in the version before; accepted with a warning.
    pub(super) deprecated_key: Option<&'static str>,
    /// An environment variable that many programs know, weaker than the setting's own.
    pub alias: Option<&'static str>,
    /// Whether a running server applies another value when it reads its configuration again.
    pub reloads: bool,
    /// Whether the value may hold a password, so that no error shows it.
    pub(super) is_secret: bool,
}

/// A setting's flag.
#[derive(Debug, Clone, Copy)]
pub struct Flag {
    /// As it is typed: `--ring-frames`. That of a list is repeated, hence a singular.
    pub name: &'static str,
    /// What it is followed by in `--help`.
    pub(super) value_name: &'static str,
}

/// The type of a setting's values, with its default and limits.
#[derive(Debug)]
pub(super) enum Kind {
    Switch {
        default: bool,
    },
    Integer {
        default: i64,
        accepted: RangeInclusive<i64>,
    },
    /// One of several words.
    Choice {
        default: &'static str,
        accepted: &'static [&'static str],
    },
    Text {
        default: Default,
        accepted: &'static str,
        check: Check,
    },
    /// Tables, as in `[[scrape]]`, by default none.
    Tables {
        accepted: &'static str,
        check: fn(&Value) -> bool,
    },
    /// Texts, by default none.
    List {
        accepted: &'static str,
        check: Check,
    },
}

/// The default of a text.
#[derive(Debug)]
pub(super) enum Default {
    Fixed(&'static str),
    /// Depends on the machine; described in words.
    Found {
        find: fn() -> String,
        described: &'static str,
    },
}

/// Whether a text can be used.
pub(super) type Check = fn(&str) -> bool;

impl Setting {
    pub(super) const fn new(key: &'static str, kind: Kind, help: &'static str) -> Self {
        Self {
            key,
            help,
            kind,
            flag: None,
            deprecated_key: None,
            alias: None,
            reloads: false,
            is_secret: false,
        }
    }

    pub(super) const fn integer(
        key: &'static str,
        default: i64,
        accepted: RangeInclusive<i64>,
        help: &'static str,
    ) -> Self {
        Self::new(key, Kind::Integer { default, accepted }, help)
    }

    pub(super) const fn flag(mut self, name: &'static str, value_name: &'static str) -> Self {
        self.flag = Some(Flag { name, value_name });
        self
    }

    pub(super) const fn renamed_from(mut self, deprecated_key: &'static str) -> Self {
        self.deprecated_key = Some(deprecated_key);
        self
    }

    pub(super) const fn alias(mut self, name: &'static str) -> Self {
        self.alias = Some(name);
        self
    }

    pub(super) const fn reloads(mut self) -> Self {
        self.reloads = true;
        self
    }

    pub(super) const fn secret(mut self) -> Self {
        self.is_secret = true;
        self
    }

    /// Its environment variable, as in `WATCHROOM_RING__FRAMES`.
    pub fn variable(&self) -> String {
        variable(self.key)
    }

    /// The default in words, the same on every machine; empty for an empty one.
    pub fn default_in_words(&self) -> String {
        match &self.kind {
            Kind::Switch { default } => default.to_string(),
            Kind::Integer { default, .. } => default.to_string(),
            Kind::Choice { default, .. } => (*default).to_owned(),
            Kind::Text { default, .. } => match default {
                Default::Fixed(text) => (*text).to_owned(),
                Default::Found { described, .. } => (*described).to_owned(),
            },
            Kind::List { .. } | Kind::Tables { .. } => String::new(),
        }
    }

    /// What is accepted, as a phrase.
    pub fn accepted(&self) -> String {
        match &self.kind {
            Kind::Switch { .. } => "true or false".to_owned(),
            Kind::Integer { accepted, .. } => {
                format!("{} to {}", accepted.start(), accepted.end())
            }
            Kind::Choice { accepted, .. } => one_of(accepted),
            Kind::Text { accepted, .. }
            | Kind::List { accepted, .. }
            | Kind::Tables { accepted, .. } => (*accepted).to_owned(),
        }
    }

    pub(super) fn default(&self) -> Value {
        match &self.kind {
            Kind::Switch { default } => (*default).into(),
            Kind::Integer { default, .. } => (*default).into(),
            Kind::Choice { default, .. } => (*default).into(),
            Kind::Text { default, .. } => match default {
                Default::Fixed(text) => (*text).into(),
                Default::Found { find, .. } => find().into(),
            },
            Kind::List { .. } | Kind::Tables { .. } => Value::Array(Vec::new()),
        }
    }

    /// The given value, if the setting accepts it.
    pub(super) fn read(&self, raw: &RawValue) -> Option<Value> {
        match &self.kind {
            Kind::Switch { .. } => raw.switch().map(Value::from),
            Kind::Integer { accepted, .. } => {
                let number = raw.integer().filter(|number| accepted.contains(number));
                number.map(Value::from)
            }
            Kind::Choice { accepted, .. } => {
                let text = raw.text().filter(|text| accepted.contains(text));
                text.map(Value::from)
            }
            Kind::Text { check, .. } => raw.text().filter(|text| check(text)).map(Value::from),
            Kind::Tables { check, .. } => raw.tables().filter(check),
            Kind::List { check, .. } => {
                let texts = raw.list()?;
                let are_accepted = texts.iter().all(|text| check(text));
                are_accepted.then(|| texts.into())
            }
        }
    }
}

/// As in `text, json or journald`.
fn one_of(words: &[&str]) -> String {
    match words {
        [all @ .., last] if !all.is_empty() => format!("{} or {last}", all.join(", ")),
        words => words.concat(),
    }
}

/// The variable of a key, which may be an old one.
pub(super) fn variable(key: &str) -> String {
    format!(
        "{ENV_PREFIX}{}",
        key.to_ascii_uppercase().replace('.', "__")
    )
}
